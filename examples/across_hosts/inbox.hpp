// inbox: what other threads want of the one thread that talks to Redis.
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <mutex>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <wait_map/wait_map.hpp>

namespace across_hosts {

using string_map = waitmap::wait_map<std::string, std::string>;

// Whoever holds the claim of a key is the one who brings its value.
struct question {
  std::string key;
  string_map::claim_type claim;
};
struct setting {
  std::string key;
  std::string value;
};

struct news {
  std::vector<question> questions;
  std::vector<setting> settings;
  bool stop = false;
};

class inbox {
 public:
  inbox() : bell_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (bell_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  }
  inbox(const inbox&) = delete;
  inbox& operator=(const inbox&) = delete;
  ~inbox() { ::close(bell_); }

  // Once the inbox is closed, what is posted is dropped: a question's claim, too, which ends the
  // waits on its key. It is dropped without the lock, since who is resumed by that may post.
  void post(question asked) {
    add([&](news& to) { to.questions.push_back(std::move(asked)); });
  }
  void post(setting set) {
    add([&](news& to) { to.settings.push_back(std::move(set)); });
  }
  void stop() {
    add([](news& to) { to.stop = true; });
  }

  // Readable when there is something to take.
  int bell() const { return bell_; }

  news take() {
    std::uint64_t rings = 0;
    [[maybe_unused]] const auto size = ::read(bell_, &rings, sizeof rings);
    const std::lock_guard lock(mutex_);
    return std::exchange(news_, news{});
  }
  news close() {
    const std::lock_guard lock(mutex_);
    open_ = false;
    return std::exchange(news_, news{});
  }

 private:
  template <class Function>
  void add(Function&& function) {
    const std::lock_guard lock(mutex_);
    if (!open_) return;
    function(news_);
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto size = ::write(bell_, &one, sizeof one);
  }

  const int bell_;
  std::mutex mutex_;
  news news_;         // protected by mutex_
  bool open_ = true;  // protected by mutex_
};

}  // namespace across_hosts
