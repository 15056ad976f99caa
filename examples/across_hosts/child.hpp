// child: another program, whose output is read line by line. It ends with the child object, and with
// this process, however that ends.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace across_hosts {

class child {
 public:
  using clock = std::chrono::steady_clock;

  // Must be called by a thread that lives as long as the child shall.
  explicit child(std::vector<std::string> command) : name_(command.front()) {
    std::vector<char*> words;
    for (std::string& word : command) words.push_back(word.data());
    words.push_back(nullptr);
    int ends[2];
    check(pipe2(ends, O_CLOEXEC), "pipe");
    output_ = ends[0];
    const pid_t parent = getpid();
    process_ = fork();
    if (process_ == 0) {  // only what is safe after a fork of one thread among others
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (getppid() == parent && dup2(ends[1], STDOUT_FILENO) >= 0) execvp(words[0], words.data());
      _exit(127);
    }
    ::close(ends[1]);
    if (process_ < 0) ::close(output_);
    check(process_, "fork");
  }
  child(const child&) = delete;
  child& operator=(const child&) = delete;
  ~child() {
    kill();
    ::close(output_);
  }

  // Returns: nullopt at the end of its output.
  std::optional<std::string> read_line(clock::time_point deadline) {
    for (;;) {
      const auto end = std::find(read_.begin(), read_.end(), '\n');
      if (end != read_.end()) {
        std::string line(read_.begin(), end);
        read_.erase(read_.begin(), end + 1);
        return line;
      }
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock::now());
      pollfd ready{output_, POLLIN, 0};
      const int count = ::poll(&ready, 1, std::max(0, static_cast<int>(left.count())));
      if (count == 0) throw std::runtime_error(name_ + " has not answered in time");
      char bytes[4096];
      const ssize_t size = count < 0 ? count : ::read(output_, bytes, sizeof bytes);
      if (size == 0) return std::nullopt;
      if (size < 0 && errno != EINTR) check(-1, "read");
      if (size > 0) read_.append(bytes, static_cast<std::size_t>(size));
    }
  }

  void kill() {
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    wait();
  }

  bool has_ended() const {
    siginfo_t end{};
    check(waitid(P_PID, static_cast<id_t>(process_), &end, WEXITED | WNOHANG | WNOWAIT), "waitid");
    return end.si_pid != 0;
  }

  // Waits for its end. Returns: its exit status; 128 and the signal where one has ended it.
  int wait() {
    int status = 0;
    while (waitpid(process_, &status, 0) < 0 && errno == EINTR) {
    }
    process_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  static void check(int result, const char* what) {
    if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  }

  const std::string name_;
  pid_t process_ = 0;
  int output_ = -1;
  std::string read_;
};

}  // namespace across_hosts
