// Compilers do not align coroutine frames for over-aligned types: a key that a wait keeps is not one.
// The compiler says: compilers do not align coroutine frames for over-aligned types
#include <utility>

#include <wait_map/wait_map.hpp>

struct alignas(64) wide {
  int number;

  friend bool operator==(const wide&, const wide&) = default;
  template <class State>
  friend State AbslHashValue(State state, const wide& hashed) {
    return State::combine(std::move(state), hashed.number);
  }
};

int main() {
  waitmap::wait_map<wide, int> map;
  const wide key{1};
  auto refers_to_its_key = map.wait(key);
#ifdef MISUSE
  auto keeps_its_key = map.wait(wide{1});
#endif
}
