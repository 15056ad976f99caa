// race: runs functions at the same time.
#pragma once

#include <atomic>
#include <thread>
#include <tuple>
#include <utility>

namespace support {

// Runs each function on a thread of its own, all starting together; returns when all have returned.
// In them: nothing of Catch2, which is not made for threads. Note what happened and check it
// afterwards.
template <class... Functions>
void race(Functions... functions) {
  std::atomic<std::size_t> missing{sizeof...(Functions)};
  const auto run = [&missing](auto& function) {
    missing.fetch_sub(1);
    while (missing.load() != 0) std::this_thread::yield();
    function();
  };
  std::thread threads[] = {std::thread([&run, &functions] { run(functions); })...};
  for (std::thread& each : threads) each.join();
}

}  // namespace support
