// 6.6: two files of one program, with and without NDEBUG and of any level of optimisation, share a map. The
// guards of a lock once had two layouts under one name: such a program hung or crashed.
//
// Prints what failed; exits with 0 where nothing did.
#include <cstdio>
#include <cstdlib>

#include "mixing/shared_map.hpp"

namespace {

void check(bool holds, const char* what) {
  if (holds) return;
  std::printf("failed: %s\n", what);
  std::exit(1);
}

void use_both(const caller& one, const caller& other) {
  shared_map* const map = one.create();
  for (int key = 0; key < 8; ++key) {
    one.insert(*map, key);
    check(other.append(*map, key), "modify finds the value");
    check(one.append(*map, key), "modify finds it again");
    check(other.get(*map, key) == "value++", "get and visit see what was done to it");
    check(one.get(*map, key) == "value++", "in either file");
  }
  std::string got, cancelled, ended;
  {
    const support::owned waiting = one.wait(*map, 100, got);
    const support::owned lost = other.wait(*map, 101, cancelled);
    other.insert(*map, 100);
    check(got == "value", "a wait of one file gets the value of the other");
    check(one.cancel(*map, 101) == 1 && cancelled == "nothing", "and is cancelled by it");
    {
      const support::owned dropped = other.wait(*map, 102, ended);
    }
    check(other.claim_and_drop(*map, 102) && one.claim_and_drop(*map, 102), "a claim is dropped");
  }
  std::string computed, joined;
  {
    const support::owned leader = one.compute(*map, 200, computed);
    const support::owned follower = other.compute(*map, 200, joined);
    other.insert(*map, 201);
    check(computed == "value!" && joined == "value!", "what one file computes is for both");
  }
  other.destroy(map);
}

}  // namespace

int main() {
  for (int i = 0; i < 3; ++i) {
    use_both(first_file, second_file);
    use_both(second_file, first_file);
  }
  std::puts("both files share the map");
}
