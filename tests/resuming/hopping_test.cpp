#include <atomic>
#include <coroutine>
#include <functional>
#include <latch>
#include <thread>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/manual_executor.hpp"
#include "support/spawn.hpp"

namespace hopping_test {

using map_type = waitmap::wait_map<int, int>;

// co_await hop_to{executor} goes on where the executor is cranked.
struct hop_to {
  explicit hop_to(support::manual_executor& to) noexcept : executor(&to) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> coroutine) const { executor->post(coroutine); }
  void await_resume() const noexcept {}
  support::manual_executor* executor;
};

support::owned hop_and_insert(map_type& map, support::manual_executor& executor) {
  auto value = co_await map.wait(1);
  co_await hop_to(executor);
  map.insert(2, value.value_or(-1));
}

support::owned block_until(map_type& map, std::latch& released) {
  auto value = co_await map.wait(1);
  (void)value;
  released.wait();
}

support::owned note_thread(map_type& map, int key, std::atomic<std::size_t>& thread) {
  auto value = co_await map.wait(key);
  (void)value;
  thread = std::hash<std::thread::id>{}(std::this_thread::get_id());
}

// The first thread is still inside its insert, so still drains its queue, while the coroutine that
// it resumed inserts on the second thread: the waiters of that insert belong to the second thread.
TEST_CASE("a coroutine that hops to another thread resumes its waiters there", "[5.3]") {
  map_type map;
  support::manual_executor executor;
  std::latch inserted(1);
  std::atomic<std::size_t> resumed_on{0};
  const auto a = hop_and_insert(map, executor);
  const auto b = block_until(map, inserted);
  const auto c = note_thread(map, 2, resumed_on);

  std::thread first([&] { map.insert(1, 10); });
  std::size_t second_id = 0;
  std::thread second([&] {
    second_id = std::hash<std::thread::id>{}(std::this_thread::get_id());
    while (!executor.run_one()) std::this_thread::yield();
    inserted.count_down();
  });
  second.join();
  first.join();
  CHECK(a.done());
  CHECK(b.done());
  CHECK(c.done());
  CHECK(resumed_on == second_id);
}

support::owned play(map_type& map, int from, int until, std::atomic<int>& played) {
  for (int ball = from; ball < until; ball += 2) {
    auto value = co_await map.take(ball);
    played.fetch_add(value.has_value());
    map.insert(ball + 1, ball + 1);
  }
}

support::owned hop_between(map_type& map, support::manual_executor& one,
                           support::manual_executor& other, int rounds, int& seen) {
  for (int i = 0; i < rounds; ++i) {
    co_await hop_to(i % 2 == 0 ? one : other);
    auto value = co_await map.take(i);
    seen += value == i;
  }
}

TEST_CASE("coroutines that play ball over the keys of a map pass each ball on once", "[5.3]") {
  map_type map;
  constexpr int balls = 10'000;
  std::atomic<int> played{0};
  const auto even = play(map, 0, balls, played);
  const auto odd = play(map, 1, balls, played);
  map.insert(0, 0);
  CHECK(played == balls);
  CHECK(map.get(balls) == balls);
}

TEST_CASE("a coroutine that hops between threads at each wait loses no value", "[5.3][3.3]") {
  constexpr int rounds = 5000;
  map_type map;
  support::manual_executor one, other;
  std::atomic<bool> over{false};
  int seen = 0;
  const auto crank = [&over](support::manual_executor& executor) {
    while (!over.load()) {
      if (!executor.run_one()) std::this_thread::yield();
    }
  };
  const auto task = hop_between(map, one, other, rounds, seen);
  std::thread first(crank, std::ref(one)), second(crank, std::ref(other));
  for (int i = 0; i < rounds; ++i) {
    map.insert(i, i);
    while (map.contains(i)) std::this_thread::yield();
  }
  while (map.waiting() != 0) std::this_thread::yield();
  over = true;
  first.join();
  second.join();
  CHECK(seen == rounds);
}

}  // namespace hopping_test
