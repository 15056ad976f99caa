// A fixed set of threads that run one function together. They stay alive between runs: glibc drops
// the atomic instructions of a mutex in a process that never had a second thread, and no server is
// such a process.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <thread>
#include <vector>

#include "harness.hpp"

namespace bench {

// What a run of a team returns, in nanoseconds.
enum class timing {
  processor,  // what the one member had of the processor
  wall,       // from the start of the first to the end of the last: asleep and preempted too
};

class team {
 public:
  // Threads that wait for each other must be timed on the wall; for one, the processor's time
  // leaves out what others do on the machine.
  explicit team(std::size_t size) : team(size, size == 1 ? timing::processor : timing::wall) {}
  team(std::size_t size, timing what) : what_(what) {
    for (std::size_t index = 1; index < size; ++index) {
      members_.emplace_back([this, index] { serve(index); });
    }
  }
  team(const team&) = delete;
  team& operator=(const team&) = delete;
  ~team() {
    work_ = nullptr;
    start();
    for (std::thread& member : members_) member.join();
  }

  // Runs work(0) here and work(1).. on the others.
  double run(const std::function<void(std::size_t)>& work) {
    work_ = &work;
    ready_.store(0, std::memory_order_relaxed);
    busy_.store(members_.size(), std::memory_order_relaxed);
    start();
    // A member that still wakes up would not be measured: begin when all are there.
    while (ready_.load(std::memory_order_acquire) != members_.size()) std::this_thread::yield();
    const auto begin = clock::now();
    const stopwatch watch;
    go_.fetch_add(1, std::memory_order_release);
    work(0);
    while (busy_.load(std::memory_order_acquire) != 0) std::this_thread::yield();
    return what_ == timing::wall ? nanoseconds_since(begin) : watch.elapsed();
  }

 private:
  void start() {
    generation_.fetch_add(1, std::memory_order_release);
    generation_.notify_all();
  }

  void serve(std::size_t index) {
    for (std::size_t seen = 0;; ++seen) {
      generation_.wait(seen, std::memory_order_acquire);
      if (work_ == nullptr) return;
      ready_.fetch_add(1, std::memory_order_release);
      while (go_.load(std::memory_order_acquire) == seen) std::this_thread::yield();
      (*work_)(index);
      busy_.fetch_sub(1, std::memory_order_release);
    }
  }

  timing what_;
  const std::function<void(std::size_t)>* work_ = nullptr;
  std::atomic<std::size_t> generation_{0}, ready_{0}, go_{0}, busy_{0};
  std::vector<std::thread> members_;
};

}  // namespace bench
