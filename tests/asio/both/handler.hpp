// One handler type, and so the same template arguments, for both Asios.
#pragma once

#include <optional>
#include <string>
#include <system_error>

#include <wait_map/wait_map.hpp>

using shared_map = waitmap::wait_map<std::string, int>;

struct add_up {
  int* sum;
  template <class Error>
  void operator()(Error, std::optional<int> value) const {
    *sum += *value;
  }
};

void wait_with_asio(shared_map& map, int& sum);
void wait_with_boost_asio(shared_map& map, int& sum);
