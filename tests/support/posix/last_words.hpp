// last_words where processes fork.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <string>

// Writes the counters of a program that is compiled for coverage, and linked to have this: abort() would lose them.
extern "C" [[gnu::weak]] void __gcov_dump();

namespace support {

// Runs the function in a child process. Returns what the child wrote to stderr if it ended by abort();
// otherwise how it ended instead. Not for programs in which other threads run.
template <class Function>
std::string last_words(Function&& function) {
  int pipe_ends[2];
  if (pipe(pipe_ends) != 0) return "no pipe";
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    dup2(pipe_ends[1], STDERR_FILENO);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    // Instead of the test framework's handler, which would report a failure.
    std::signal(SIGABRT, [](int) {
      if (&__gcov_dump != nullptr) __gcov_dump();
    });
    function();
    _exit(0);
  }
  close(pipe_ends[1]);
  std::string words;
  char buffer[256];
  for (ssize_t size; (size = read(pipe_ends[0], buffer, sizeof buffer)) > 0;) {
    words.append(buffer, static_cast<std::size_t>(size));
  }
  close(pipe_ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT) return words;
  return "not aborted, wait status " + std::to_string(status) + ": " + words;
}

}  // namespace support
