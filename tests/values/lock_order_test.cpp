// 2.5: two maps that are locked one inside the other need one order. Two threads that only read waited for
// each other for ever; debug builds tell of it, before it happens.
#include <cstdio>
#include <memory>
#include <sstream>
#include <string>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/last_words.hpp"

namespace lock_order_test {

using map_type = waitmap::wait_map<int, int>;

TEST_CASE("maps may be nested in one order, as often as one likes", "[2.5]") {
  map_type outer, between, inner;
  outer.insert(1, 10);
  between.insert(1, 20);
  for (int i = 0; i < 3; ++i) {
    outer.visit(1, [&](int value) { inner.insert(i, value); });
    outer.visit(1, [&](int) { between.visit(1, [&](int) { CHECK(inner.contains(0)); }); });
    between.visit(1, [&](int) { CHECK(inner.contains(0)); });
  }
}

TEST_CASE("an order is forgotten with its map", "[2.5]") {
  map_type stays;
  stays.insert(1, 10);
  for (int i = 0; i < 2; ++i) {
    const auto goes = std::make_unique<map_type>();
    goes->insert(1, 20);
    if (i == 0) {
      stays.visit(1, [&](int) { CHECK(goes->contains(1)); });
    } else {
      goes->visit(1, [&](int) { CHECK(stays.contains(1)); });
    }
  }
}

#ifndef NDEBUG

TEST_CASE("two maps that are nested both ways are noticed, and both are named", "[2.5]") {
  map_type first, second;
  first.insert(1, 10);
  second.insert(1, 20);
  const std::string words = support::last_words([&] {
    // Where they are in there: the addresses here may be others.
    std::fprintf(stderr, "%p %p\n", static_cast<void*>(&first), static_cast<void*>(&second));
    first.visit(1, [&](int) { (void)second.get(1); });
    second.visit(1, [&](int) { (void)first.get(1); });
  });
  std::string first_place, second_place;
  std::istringstream(words) >> first_place >> second_place;
  REQUIRE((!first_place.empty() && !second_place.empty()));
  CHECK(words.find("the map at " + first_place) != std::string::npos);
  CHECK(words.find("the map at " + second_place) != std::string::npos);
  CHECK(words.find("in one order") != std::string::npos);
}

TEST_CASE("a circle of three maps is noticed", "[2.5]") {
  map_type first, second, third;
  for (map_type* each : {&first, &second, &third}) each->insert(1, 10);
  const std::string words = support::last_words([&] {
    first.visit(1, [&](int) { (void)second.get(1); });
    second.visit(1, [&](int) { (void)third.get(1); });
    third.visit(1, [&](int) { (void)first.get(1); });
  });
  CHECK(words.find("in one order") != std::string::npos);
}

#endif

}  // namespace lock_order_test
