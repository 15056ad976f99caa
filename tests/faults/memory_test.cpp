// Rule 6.2: a table that cannot grow ends the program and says why.
#include "support/catch.hpp"

#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/failing.hpp"
#include "support/fragile.hpp"
#include "support/last_words.hpp"
#include "support/noted.hpp"

namespace memory_test {

using support::step;

using fragile = support::fragile<support::fragile_moves::never_throws>;
using map_type = waitmap::wait_map<fragile, fragile, support::fragile_hash, support::fragile_equal>;

void insert_many(map_type& into, int count) {
  for (int number = 0; number < count; ++number) into.try_emplace(fragile(number), number);
}

TEST_CASE("a table that finds no memory to grow ends the program and says so", "[6.2]") {
  // The first tables and the growth of the fifth.
  for (std::size_t n = 0; n != 4; ++n) {
    const std::string words = support::last_words([n] {
      map_type grows;
      const support::failing one(step::nothrow_allocation, n);
      insert_many(grows, 1000);
    });
    CHECK(words.find("wait_map: out of memory while a table grew") != std::string::npos);
  }
}

TEST_CASE("a string that finds no memory leaves the one that it was to overwrite", "[6.2]") {
  waitmap::wait_map<int, std::string> map;
  map.insert(1, "old");
  const std::string longer(100, 'n');
  {
    const support::failing one(step::allocation, 0);
    CHECK_THROWS_AS(map.insert_or_assign(1, longer), std::bad_alloc);
    CHECK(one.has_failed());
  }
  CHECK(map.get(1) == "old");
  CHECK(map.insert_or_assign(1, longer).outcome == waitmap::insert_outcome::assigned);
  CHECK(map.get(1) == longer);
}

TEST_CASE("room that is reserved is looked for before a table grows", "[6.2]") {
  map_type reserved;
  insert_many(reserved, 10);
  {
    const support::failing one(step::nothrow_allocation, 0);
    CHECK_THROWS_AS(reserved.reserve(10'000), std::bad_alloc);
  }
  CHECK(reserved.size() == 10);
  CHECK(reserved.capacity() < 10'000);
  // Memory that is gone by the time at which it is taken.
  const std::string words = support::last_words([] {
    map_type grows;
    const support::failing one(step::nothrow_allocation, 1);
    grows.reserve(100);
  });
  CHECK(words.find("wait_map: out of memory while a table grew") != std::string::npos);
}

TEST_CASE("a hash that throws while a table grows ends the program and says so", "[6.2]") {
  const std::string words = support::last_words([] {
    map_type grows(waitmap::options{.shards = 1});
    insert_many(grows, 100);
    const support::failing one(step::hash, 0);
    grows.reserve(1000);
  });
  CHECK(words.find("wait_map: the hash of a key threw while a table grew") != std::string::npos);
}

TEST_CASE("a table that shrinks ends the program in the same ways, or not at all", "[6.2]") {
  const auto shrinking = [](step kind, std::size_t n) {
    return support::last_words([=] {
      map_type shrinks(waitmap::options{.capacity = 1000, .shards = 1});
      insert_many(shrinks, 10);
      const support::failing one(kind, n);
      shrinks.shrink_to_fit();
      if (shrinks.size() != 10 || shrinks.capacity() > 100) std::abort();
    });
  };
  CHECK(shrinking(step::nothrow_allocation, 0).find("wait_map: out of memory while a table grew") !=
        std::string::npos);
  for (std::size_t n = 0; n != 10; ++n) {
    CHECK(shrinking(step::hash, n).find("wait_map: the hash of a key threw while a table grew") !=
          std::string::npos);
  }
  for (const step kind : support::all_steps) {
    CHECK(shrinking(kind, 1'000'000) == "not aborted, wait status 0: ");
  }
}

TEST_CASE("room that is there already is reserved without anything that can fail", "[6.2]") {
  map_type reserved(waitmap::options{.capacity = 100});
  for (const step kind : support::all_steps) {
    const support::failing one(kind, 0);
    reserved.reserve(50);
    CHECK_FALSE(one.has_failed());
  }
}

TEST_CASE("a table that grows without a failure does not end the program", "[6.2]") {
  const std::string words = support::last_words([] {
    map_type grows;
    const support::failing one(step::nothrow_allocation, 1'000'000);
    insert_many(grows, 1000);
  });
  CHECK(words == "not aborted, wait status 0: ");
}

TEST_CASE("a map that finds no memory for its shards throws, and leaks nothing", "[6.2]") {
  const std::size_t before = support::allocated::blocks();
  int failures = 0;
  for (std::size_t n = 0;; ++n) {
    const support::failing one(step::allocation, n);
    try {
      map_type made(waitmap::options{.shards = 8});
    } catch (const std::bad_alloc&) {
      ++failures;
    }
    if (!one.has_failed()) break;
  }
  CHECK(failures > 0);
  CHECK(support::allocated::blocks() == before);
}

TEST_CASE("waiters leave without an allocation", "[3.6][6.2]") {
  waitmap::wait_map<int, int> map;
  std::vector<support::noted<int>> notes(200);
  std::vector<support::owned> waiters;
  for (auto& note : notes) waiters.push_back(support::observe(map, 1, note));

  for (const step kind : {step::allocation, step::nothrow_allocation}) {
    const std::size_t first = kind == step::allocation ? 0 : 95;
    const support::failing one(kind, 0);
    for (std::size_t i = first; i < first + 95; ++i) waiters[i].destroy();
    CHECK_FALSE(one.has_failed());
  }

  CHECK(map.waiting(1) == 10);
  CHECK(map.insert(1, 5).resumed == 10);
  for (std::size_t i = 190; i < 200; ++i) CHECK(notes[i].got(5));
}

}  // namespace memory_test
