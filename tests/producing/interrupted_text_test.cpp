#include <string>

#include "producing/compute.hpp"
#include "support/catch.hpp"

namespace interrupted_text_test {

using waitmap::wait_interrupted;
using waitmap::wait_status;

TEST_CASE("an interruption says why, as a status and in words", "[4.2]") {
  const auto text = [](wait_status why) { return std::string(wait_interrupted(why).what()); };
  CHECK(text(wait_status::stopped) == "wait_map: the wait for a value was stopped");
  CHECK(text(wait_status::closed) == "wait_map: the map is closed");
  CHECK(text(wait_status::cancelled) == "wait_map: the wait for a value was cancelled");
  for (const wait_status why : {wait_status::stopped, wait_status::closed, wait_status::cancelled})
    CHECK(wait_interrupted(why).status() == why);
}

}  // namespace interrupted_text_test
