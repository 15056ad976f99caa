#include <atomic>
#include <coroutine>
#include <string>
#include <thread>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/manual_executor.hpp"
#include "support/maps.hpp"
#include "support/noted.hpp"

namespace user_resumer_test {

TEST_CASE("a user's resumer is called once per waiter, in order, and the map resumes nobody itself",
          "[5.2]") {
  support::manual_executor executor;
  support::manual_map<int, int> map(executor.get_resumer());
  std::vector<support::noted<int>> notes(5);
  std::vector<support::owned> tasks;
  for (auto& note : notes) tasks.push_back(support::observe(map, 1, note));
  CHECK(map.insert(1, 10).resumed == 5);
  CHECK(executor.queued() == 5);
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(notes[i].pending());
    CHECK(executor.run_one());
    CHECK(notes[i].got(10));
  }
  CHECK_FALSE(executor.run_one());
}

TEST_CASE("a wait that does not suspend needs no resumer", "[5.2][3.1]") {
  support::manual_executor executor;
  support::manual_map<int, int> map(executor.get_resumer());
  map.insert(1, 10);
  support::noted<int> note;
  const auto waiter = support::observe(map, 1, note);
  CHECK(note.got(10));
  CHECK(executor.queued() == 0);
}

TEST_CASE("waits that end by a stop, a cancel or a failure go through the resumer too", "[5.2]") {
  support::manual_executor executor;
  support::manual_map<int, int> map(executor.get_resumer());
  support::noted<int> first, second, third;
  const auto one = support::observe(map, 1, first);
  const auto two = support::observe(map, 2, second);
  const auto three = support::observe(map, 3, third);
  map.cancel(1);
  CHECK(executor.queued() == 1);
  map.fail(2, std::make_exception_ptr(1));
  CHECK(executor.queued() == 2);
  map.close();
  CHECK(executor.run_all() == 3);
  CHECK(first.got_nothing());
  CHECK(second.failed());
  CHECK(third.got_nothing());
}

struct asking_policy : waitmap::default_policy {
  struct resumer;
};
using asking_map = support::map_with<asking_policy>;

// Asks the map about the key before it resumes.
struct asking_policy::resumer {
  asking_map** map;
  std::vector<std::size_t>* waiting;
  void operator()(std::coroutine_handle<> coroutine) const;
};

void asking_policy::resumer::operator()(std::coroutine_handle<> coroutine) const {
  waiting->push_back((*map)->waiting(1));
  coroutine.resume();
}

TEST_CASE("a resumer is called without a lock, when all outcomes are decided", "[5.1][5.2]") {
  asking_map* address = nullptr;
  std::vector<std::size_t> waiting;
  asking_map map(waitmap::options{}, {}, {}, asking_policy::resumer{&address, &waiting});
  address = &map;
  support::noted<int> first, second;
  const auto one = support::observe(map, 1, first);
  const auto two = support::observe(map, 1, second);
  map.insert(1, 10);
  CHECK(waiting == std::vector<std::size_t>{0, 0});
  CHECK(second.got(10));
}

TEST_CASE("an executor on another thread may resume while the insert is still going on", "[5.2]") {
  constexpr int rounds = 5000;
  support::manual_executor executor;
  std::atomic<bool> over{false};
  std::thread worker([&] {
    while (!over.load()) {
      if (!executor.run_one()) std::this_thread::yield();
    }
    executor.run_all();
  });
  std::vector<support::noted<int>> notes(2 * rounds);
  {
    support::manual_map<int, int> map(executor.get_resumer());
    std::vector<support::owned> tasks;
    for (int key = 0; key < rounds; ++key) {
      tasks.push_back(support::observe(map, key, notes[static_cast<std::size_t>(2 * key)]));
      tasks.push_back(support::take(map, key, notes[static_cast<std::size_t>(2 * key + 1)]));
      map.insert(key, key);
    }
    over = true;
    worker.join();
  }
  int wrong = 0;
  for (int i = 0; i < 2 * rounds; ++i) wrong += !notes[static_cast<std::size_t>(i)].got(i / 2);
  CHECK(wrong == 0);
}

}  // namespace user_resumer_test
