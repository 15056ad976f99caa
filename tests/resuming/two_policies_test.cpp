#include <atomic>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/maps.hpp"
#include "support/spawn.hpp"

namespace two_policies_test {

// An atomic of another size than std::atomic<T>: waiters are then laid out differently.
template <class T>
struct padded_atomic : std::atomic<T> {
  using std::atomic<T>::atomic;
  char padding[40] = {};
};

struct padded_policy : waitmap::default_policy {
  template <class T>
  using atomic = padded_atomic<T>;
};

template <class From, class To>
support::owned pass_on(From& from, To& to, int key, std::vector<int>& order) {
  auto value = co_await from.wait(key);
  order.push_back(key);
  to.insert(key + 1, value.value_or(-1));
}

TEST_CASE("maps of two policies may resume through the same thread's queue", "[5.3][1.5]") {
  support::map_with<waitmap::default_policy> plain;
  support::map_with<padded_policy> padded;
  std::vector<int> order;
  const auto one = pass_on(plain, padded, 1, order);
  const auto two = pass_on(padded, plain, 2, order);
  const auto three = pass_on(plain, padded, 3, order);
  plain.insert(1, 10);
  CHECK(order == std::vector<int>{1, 2, 3});
  CHECK(padded.get(4) == 10);
}

}  // namespace two_policies_test
