// The scenarios that nobody thought of: every program of a few threads and operations.
#pragma once

#include <functional>
#include <span>
#include <string>

namespace model {

struct family {
  const char* name;
  void (*generate)(const std::function<void(std::string scenario)>& take);
};

std::span<const family> families();

}  // namespace model
