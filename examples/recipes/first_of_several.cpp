// The first of several: one value is taken from whichever key has one first; the others keep theirs.
#include <cstddef>
#include <iostream>
#include <string>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "task.hpp"

using map_type = waitmap::wait_map<std::string, std::string>;

task fetch(map_type& mirrors, std::vector<std::string> names, std::string& from) {
  auto first = co_await mirrors.take_any(names);
  from = first ? names[first.index] + ": " + *first.outcome : "nothing";
}

int main() {
  map_type mirrors;
  std::string from;
  fetch(mirrors, {"berlin", "lisbon", "oslo"}, from);
  mirrors.insert("lisbon", "the file");
  mirrors.insert("oslo", "the same file");  // nobody waits for it any more: it is stored

  std::cout << from << '\n';
  return from == "lisbon: the file" && mirrors.contains("oslo") && mirrors.waiting() == 0 ? 0 : 1;
}
