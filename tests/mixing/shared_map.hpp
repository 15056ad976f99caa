// The map that two files of one program share, each compiled in its own way.
#pragma once

#include <optional>
#include <string>

#include <wait_map/wait_map.hpp>

#include "support/spawn.hpp"

using shared_map = waitmap::wait_map<int, std::string>;

// Each calls what a file of its own way of compiling instantiates.
struct caller {
  void (*insert)(shared_map& map, int key);
  bool (*append)(shared_map& map, int key);
  std::optional<std::string> (*get)(const shared_map& map, int key);
  support::owned (*wait)(shared_map& map, int key, std::string& got);
  std::size_t (*cancel)(shared_map& map, int key);
  bool (*claim_and_drop)(shared_map& map, int key);
  void (*destroy)(shared_map* map);
  shared_map* (*create)();
};

extern const caller first_file, second_file;
