// The values of many keys: those that are missing are computed together.
#include <cstddef>
#include <exception>
#include <list>
#include <optional>
#include <ranges>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "producing/compute.hpp"
#include "support/catch.hpp"
#include "support/own_stop_source.hpp"
#include "support/race.hpp"

namespace compute_all_test {

using waitmap::wait_interrupted;
using waitmap::wait_status;
using numbers = std::vector<int>;

// Computes 10 times the key; each call waits for a go-ahead, which says how many values it gives beyond that, or
// that it fails.
struct batch_shop {
  static constexpr int fails = -100;
  waitmap::wait_map<int, int> go_ahead;
  std::vector<numbers> asked;

  lazy<numbers> work(numbers keys) {
    asked.push_back(keys);
    const int own = static_cast<int>(asked.size()) - 1;
    auto more = co_await go_ahead.take(own);
    if (!more || *more == fails) throw unlucky{};
    numbers values;
    for (const int key : keys) values.push_back(10 * key);
    values.resize(static_cast<std::size_t>(static_cast<int>(values.size()) + *more));
    co_return values;
  }
  void finish(int call, int more = 0) { go_ahead.insert(call, more); }
  auto factory() {
    return [this](numbers keys) { return work(std::move(keys)); };
  }
};

template <class Waiter>
wait_status interrupted(const Waiter& caller) {
  const auto error = caller.template error<wait_interrupted>();
  return error ? error->status() : wait_status::value;
}

TEST_CASE("the keys that are missing are computed together, in their order", "[4.2]") {
  map_type map;
  batch_shop shop;
  map.insert(2, 22);
  support::waiter caller(
      [&] { return waitmap::get_or_compute_all(map, numbers{3, 2, 1, 4}, shop.factory()); });
  CHECK(shop.asked == std::vector<numbers>{{3, 1, 4}});
  CHECK(caller.pending());
  shop.finish(0);
  REQUIRE(caller.has_result());
  CHECK(caller.result() == numbers{30, 22, 10, 40});
  CHECK((map.get(1) == 10 && map.get(3) == 30 && map.get(4) == 40));
}

TEST_CASE("a key that is given twice is computed once", "[4.2]") {
  map_type map;
  batch_shop shop;
  support::waiter caller(
      [&] { return waitmap::get_or_compute_all(map, numbers{1, 2, 1, 1}, shop.factory()); });
  CHECK(shop.asked == std::vector<numbers>{{1, 2}});
  shop.finish(0);
  REQUIRE(caller.has_result());
  CHECK(caller.result() == numbers{10, 20, 10, 10});
  CHECK(shop.asked.size() == 1);
}

TEST_CASE("a key that is given twice is computed once, though somebody takes its value", "[4.2]") {
  map_type map;
  batch_shop shop;
  support::waiter taker([&] { return map.take(1); });
  support::waiter caller(
      [&] { return waitmap::get_or_compute_all(map, numbers{1, 2, 1}, shop.factory()); });
  shop.finish(0);
  CHECK(taker.result() == 10);
  REQUIRE(caller.has_result());
  CHECK(caller.result() == numbers{10, 20, 10});
  CHECK(shop.asked == std::vector<numbers>{{1, 2}});
}

TEST_CASE("where no key is missing the factory is not called", "[4.2]") {
  map_type map;
  batch_shop shop;
  map.insert(1, 11);
  map.insert(2, 22);
  support::waiter caller(
      [&] { return waitmap::get_or_compute_all(map, numbers{2, 1, 2}, shop.factory()); });
  support::waiter none([&] { return waitmap::get_or_compute_all(map, numbers{}, shop.factory()); });
  REQUIRE((caller.has_result() && none.has_result()));
  CHECK(caller.result() == numbers{22, 11, 22});
  CHECK(none.result().empty());
  CHECK(shop.asked.empty());
}

TEST_CASE("the keys may come from any range, and may die before the computation starts", "[4.2]") {
  waitmap::wait_map<std::string, int> map;
  const auto factory = [](std::vector<std::string> keys) -> lazy<numbers> {
    numbers lengths;
    for (const auto& key : keys) lengths.push_back(static_cast<int>(key.size()));
    co_return lengths;
  };
  const auto make = [&] {
    const std::list<std::string> keys{std::string(30, 'a'), std::string(40, 'b')};
    return waitmap::get_or_compute_all(map, keys, factory);
  };
  support::waiter caller(make);
  REQUIRE(caller.has_result());
  CHECK(caller.result() == numbers{30, 40});
  support::waiter lengths([&] {
    const auto keys = std::views::iota(1, 4) | std::views::transform([](int length) {
                        return std::string(static_cast<std::size_t>(length), 'c');
                      });
    return waitmap::get_or_compute_all(map, keys, factory);
  });
  REQUIRE(lengths.has_result());
  CHECK(lengths.result() == numbers{1, 2, 3});
}

TEST_CASE("a factory that gives another number of values fails all who wait", "[4.2]") {
  map_type map;
  batch_shop shop;
  support::waiter caller(
      [&] { return waitmap::get_or_compute_all(map, numbers{1, 2}, shop.factory()); });
  support::waiter plain([&] { return map.wait(1); });
  support::waiter follower([&] { return map.claim_or_wait(2); });
  const int more = GENERATE(-1, 1);
  shop.finish(0, more);
  CHECK(caller.failed_with<std::length_error>());
  CHECK(plain.failed_with<std::length_error>());
  REQUIRE(follower.has_result());
  CHECK_THROWS_AS(follower.result().outcome.value(), std::length_error);
  CHECK(map.empty());
  CHECK((map.try_claim(1) && map.try_claim(2)));
}

TEST_CASE("what the factory throws reaches all who wait for one of its keys", "[4.2]") {
  map_type map;
  batch_shop shop;
  support::waiter caller(
      [&] { return waitmap::get_or_compute_all(map, numbers{1, 2}, shop.factory()); });
  support::waiter one([&] { return map.wait(1); });
  support::waiter two([&] { return map.wait(2); });
  shop.finish(0, batch_shop::fails);
  CHECK(caller.failed_with<unlucky>());
  CHECK(one.failed_with<unlucky>());
  CHECK(two.failed_with<unlucky>());
  CHECK((map.try_claim(1) && map.try_claim(2)));
}

TEST_CASE("a key that somebody else has claimed is waited for", "[4.2]") {
  map_type map;
  batch_shop shop;
  auto claim = map.try_claim(2);
  support::waiter caller(
      [&] { return waitmap::get_or_compute_all(map, numbers{1, 2, 3}, shop.factory()); });
  CHECK(shop.asked == std::vector<numbers>{{1, 3}});
  SECTION("its value comes first") {
    claim.set_value(22);
    shop.finish(0);
  }
  SECTION("its value comes last") {
    shop.finish(0);
    CHECK((map.get(1) == 10 && map.get(3) == 30));  // for others, at once
    CHECK(caller.pending());
    claim.set_value(22);
  }
  REQUIRE(caller.has_result());
  CHECK(caller.result() == numbers{10, 22, 30});
}

TEST_CASE("a key whose producer lets go of it is computed by a further call", "[4.2][3.12]") {
  map_type map;
  batch_shop shop;
  std::optional two = map.try_claim(2);
  std::optional three = map.try_claim(3);
  support::waiter caller(
      [&] { return waitmap::get_or_compute_all(map, numbers{1, 2, 3}, shop.factory()); });
  SECTION("before it waits") {
    two.reset();
    CHECK(shop.asked.size() == 1);
    shop.finish(0);
  }
  SECTION("while it waits") {
    shop.finish(0);
    two.reset();
  }
  CHECK(shop.asked == std::vector<numbers>{{1}, {2}});
  shop.finish(1);
  CHECK(caller.pending());
  three->set_value(33);
  REQUIRE(caller.has_result());
  CHECK(caller.result() == numbers{10, 20, 33});
}

TEST_CASE("a value that somebody inserts meanwhile wins", "[4.2][4.1]") {
  map_type map;
  batch_shop shop;
  support::waiter caller(
      [&] { return waitmap::get_or_compute_all(map, numbers{1, 2}, shop.factory()); });
  map.insert(2, 22);
  shop.finish(0);
  REQUIRE(caller.has_result());
  CHECK(caller.result() == numbers{10, 22});
  CHECK(map.get(2) == 22);
}

TEST_CASE("what is invalidated meanwhile is given and not stored", "[4.2][2.7]") {
  map_type map;
  batch_shop shop, anew;
  support::waiter caller(
      [&] { return waitmap::get_or_compute_all(map, numbers{1, 2}, shop.factory()); });
  support::waiter follower(
      [&] { return waitmap::get_or_compute_all(map, numbers{2}, anew.factory()); });
  CHECK(anew.asked.empty());
  CHECK(map.invalidate(2));
  CHECK(anew.asked == std::vector<numbers>{{2}});
  shop.finish(0);
  REQUIRE(caller.has_result());
  CHECK(caller.result() == numbers{10, 20});
  CHECK(map.get(1) == 10);
  CHECK_FALSE(map.contains(2));
  CHECK(follower.pending());
  anew.finish(0);
  CHECK(follower.has_result());
  CHECK(map.get(2) == 20);
}

TEST_CASE("a wait for somebody else's value can be interrupted", "[4.2][4]") {
  map_type map;
  batch_shop shop;
  support::own_stop_source source;
  auto claim = map.try_claim(1);
  support::waiter caller([&] {
    return waitmap::get_or_compute_all(map, numbers{1, 2}, shop.factory(), source.get_token());
  });
  shop.finish(0);
  CHECK(caller.pending());
  SECTION("cancelled") {
    CHECK(map.cancel(1) == 1);
    CHECK(interrupted(caller) == wait_status::cancelled);
  }
  SECTION("stopped") {
    source.request_stop();
    CHECK(interrupted(caller) == wait_status::stopped);
  }
  SECTION("closed") {
    CHECK(map.close() == 1);
    CHECK(interrupted(caller) == wait_status::closed);
  }
  SECTION("failed") {
    CHECK(map.fail(1, std::make_exception_ptr(unlucky{})) == 1);
    CHECK(caller.failed_with<unlucky>());
  }
  SECTION("failed by the producer") {
    CHECK(claim.set_exception(std::make_exception_ptr(unlucky{})) == 1);
    CHECK(caller.failed_with<unlucky>());
  }
  CHECK(map.get(2) == 20);
}

TEST_CASE("on a closed map nothing is computed", "[4.2][4]") {
  map_type map;
  batch_shop shop;
  map.insert(1, 11);
  map.close();
  support::waiter there(
      [&] { return waitmap::get_or_compute_all(map, numbers{1, 1}, shop.factory()); });
  REQUIRE(there.has_result());
  CHECK(there.result() == numbers{11, 11});
  support::waiter absent(
      [&] { return waitmap::get_or_compute_all(map, numbers{1, 2}, shop.factory()); });
  CHECK(interrupted(absent) == wait_status::closed);
  CHECK(shop.asked.empty());
}

TEST_CASE("what is computed while the map closes is given", "[4.2][4]") {
  map_type map;
  batch_shop shop;
  support::waiter caller(
      [&] { return waitmap::get_or_compute_all(map, numbers{1, 2}, shop.factory()); });
  map.close();
  shop.finish(0);
  REQUIRE(caller.has_result());
  CHECK(caller.result() == numbers{10, 20});
  CHECK(map.empty());
}

TEST_CASE("a caller that is destroyed hands its keys on", "[4.2][3.12]") {
  map_type map;
  batch_shop shop, next, last;
  support::waiter caller(
      [&] { return waitmap::get_or_compute_all(map, numbers{1, 2, 3}, shop.factory()); });
  support::waiter one([&] { return waitmap::get_or_compute_all(map, numbers{1}, next.factory()); });
  support::waiter two([&] { return waitmap::get_or_compute_all(map, numbers{2}, last.factory()); });
  caller.destroy_coroutine();
  CHECK(next.asked == std::vector<numbers>{{1}});
  CHECK(last.asked == std::vector<numbers>{{2}});
  CHECK(map.try_claim(3));
  next.finish(0);
  last.finish(0);
  CHECK((one.has_result() && two.has_result()));
}

TEST_CASE("one that is never awaited claims nothing", "[4.2][3.10]") {
  map_type map;
  batch_shop shop;
  {
    [[maybe_unused]] const auto never =
        waitmap::get_or_compute_all(map, numbers{1}, shop.factory());
    CHECK(map.try_claim(1));
  }
  CHECK(shop.asked.empty());
}

// Each gets one of two keys and then needs the other.
TEST_CASE("two calls whose keys cross do not wait for each other", "[4.2]") {
  map_type map;
  batch_shop one, two;
  std::optional first = map.try_claim(1);
  std::optional second = map.try_claim(2);
  support::waiter a([&] { return waitmap::get_or_compute_all(map, numbers{1, 2}, one.factory()); });
  support::waiter b([&] { return waitmap::get_or_compute_all(map, numbers{2, 1}, two.factory()); });
  first.reset();
  second.reset();
  CHECK(one.asked == std::vector<numbers>{{1}});
  CHECK(two.asked == std::vector<numbers>{{2}});
  SECTION("the one first") {
    one.finish(0);
    CHECK(a.pending());
    two.finish(0);
  }
  SECTION("the other first") {
    two.finish(0);
    CHECK(b.pending());
    one.finish(0);
  }
  REQUIRE((a.has_result() && b.has_result()));
  CHECK(a.result() == numbers{10, 20});
  CHECK(b.result() == numbers{20, 10});
}

TEST_CASE("calls of threads whose keys cross all end", "[4.2][6.1]") {
  int wrong = 0;
  for (int round = 0; round < 500; ++round) {
    map_type map;
    const auto factory = [](numbers keys) -> lazy<numbers> {
      for (int& key : keys) key *= 10;
      co_return keys;
    };
    const auto ask = [&](numbers keys) {
      return [&map, &factory, keys] { return waitmap::get_or_compute_all(map, keys, factory); };
    };
    const auto up = ask({1, 2, 3, 4}), down = ask({4, 3, 2, 1}), across = ask({2, 4, 1, 3});
    std::optional<support::waiter<std::remove_const_t<decltype(up)>>> a, b, c;
    support::race([&] { a.emplace(up); }, [&] { b.emplace(down); }, [&] { c.emplace(across); });
    wrong += !a->has_result() || a->result() != numbers{10, 20, 30, 40};
    wrong += !b->has_result() || b->result() != numbers{40, 30, 20, 10};
    wrong += !c->has_result() || c->result() != numbers{20, 40, 10, 30};
    wrong += map.size() != 4 || map.waiting() != 0;
  }
  CHECK(wrong == 0);
}

}  // namespace compute_all_test
