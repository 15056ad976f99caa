#include <string>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/noted.hpp"

namespace scenes_test {

using birth_years = waitmap::wait_map<std::string, int>;

TEST_CASE("a task that waits for Rosa Luxemburg gets her value", "[3]") {
  birth_years map;
  support::noted<int> year;
  const auto task = support::observe(map, "Rosa Luxemburg", year);
  CHECK(year.pending());
  CHECK(map.insert("Rosa Luxemburg", 1871).resumed == 1);
  CHECK(year.got(1871));
}

TEST_CASE("a task that waits for Voltairine de Cleyre is cancelled", "[4]") {
  birth_years map;
  support::noted<int> year;
  const auto task = support::observe(map, "Voltairine de Cleyre", year);
  CHECK(year.pending());
  CHECK(map.cancel("Voltairine de Cleyre") == 1);
  CHECK(year.got_nothing());
}

}  // namespace scenes_test
