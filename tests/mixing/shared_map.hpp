// The map that two files of one program share, each compiled in its own way.
#pragma once

#include <optional>
#include <string>

#include <wait_map/get_or_compute.hpp>
#include <wait_map/wait_map.hpp>

#include "support/lazy.hpp"
#include "support/spawn.hpp"

using shared_map = waitmap::wait_map<int, std::string>;

// In either file the same function template is instantiated with it.
struct shared_factory {
  shared_map* map;
  int key;
  support::lazy<std::string> operator()() const { return compute(map, key); }
  static support::lazy<std::string> compute(shared_map* map, int key) {
    auto part = co_await map->wait(key + 1);
    co_return part.value_or("nothing") + "!";
  }
};

// Each calls what a file of its own way of compiling instantiates.
struct caller {
  void (*insert)(shared_map& map, int key);
  bool (*append)(shared_map& map, int key);
  std::optional<std::string> (*get)(const shared_map& map, int key);
  support::owned (*wait)(shared_map& map, int key, std::string& got);
  support::owned (*compute)(shared_map& map, int key, std::string& got);
  std::size_t (*cancel)(shared_map& map, int key);
  bool (*claim_and_drop)(shared_map& map, int key);
  void (*destroy)(shared_map* map);
  shared_map* (*create)();
};

extern const caller first_file, second_file;
