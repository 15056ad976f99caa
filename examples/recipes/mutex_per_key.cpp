// A fair mutex per key: the claim is the lock guard. claim_or_wait() locks the key; dropping the claim
// unlocks it and hands it to whoever has waited longest. A key that nobody locks takes no memory.
//
// try_claim() is try_lock(). claim_or_wait(key, timer.after(1s)) is a timed lock for coroutines, and
// blocking_claim_or_wait_for(key, 1s) one for threads. No value is ever stored.
#include <chrono>
#include <iostream>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "task.hpp"

using namespace std::chrono_literals;
using mutexes = waitmap::wait_map<std::string, std::monostate>;

// A mutex of std must not be held across a co_await: the coroutine may go on in another thread. A claim may.
task print(mutexes& locks, waitmap::wait_map<std::string, int>& ink, std::string name,
           std::string& paper) {
  auto lock = co_await locks.claim_or_wait("printer");
  if (!lock.claim) co_return;  // the map was closed
  paper += name + " 1, ";
  co_await ink.take(name);  // the others wait meanwhile
  paper += name + " 2, ";
}

task count(mutexes& locks, std::string key, long& counter) {
  auto lock = co_await locks.claim_or_wait(key);
  if (lock.claim) ++counter;  // a plain long: the lock protects it
}

int main() {
  mutexes locks;

  // First come, first served.
  waitmap::wait_map<std::string, int> ink;
  std::string paper;
  auto held = locks.try_claim("printer");
  for (const auto* name : {"anna", "ben", "cleo"}) print(locks, ink, name, paper);
  const bool try_lock_fails = !locks.try_claim("printer");
  const auto timed = locks.blocking_claim_or_wait_for("printer", 10ms);
  held = {};  // unlocks: anna has the printer
  for (const auto* name : {"cleo", "ben", "anna"}) ink.insert(name, 1);
  const bool unlocked = static_cast<bool>(locks.try_claim("printer"));

  // Mutual exclusion: four threads, two keys.
  long red = 0, blue = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread != 4; ++thread) {
    threads.emplace_back([&] {
      for (int times = 0; times != 1000; ++times) {
        count(locks, "red", red);
        count(locks, "blue", blue);
      }
    });
  }
  for (auto& thread : threads) thread.join();

  std::cout << paper << "red: " << red << ", blue: " << blue << '\n';
  return paper == "anna 1, anna 2, ben 1, ben 2, cleo 1, cleo 2, " && try_lock_fails &&
                 !timed.claim && timed.outcome.status() == waitmap::wait_status::stopped &&
                 unlocked && red == 4000 && blue == 4000
             ? 0
             : 1;
}
