// package_order: in which order can the packages of this Debian system be installed? installation.hpp
// is the heart: each package waits by name for those that it depends on.
//
//   package_order [FILE]    a dpkg status file; the default is this machine's own, or a small sample
#include <algorithm>
#include <cstddef>
#include <exception>
#include <filesystem>
#include <functional>
#include <iomanip>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "check.hpp"
#include "dpkg_status.hpp"
#include "installation.hpp"

namespace {

using namespace package_order;

void print(const packages& all, const installation& result) {
  std::cout << all.size() << " packages, " << result.first_round() << " of them free of circles\n";
  std::vector<std::pair<std::size_t, std::string>> deepest;
  result.done().for_each([&](const std::string& name, const installed& each) {
    deepest.emplace_back(each.depth, name);
  });
  std::ranges::sort(deepest, std::greater<>());
  deepest.resize(std::min<std::size_t>(deepest.size(), 5));

  std::cout << "\n  depth  packages\n";
  for (const auto& [depth, name] : deepest) {
    const auto closure = result.done().get(name)->closure->size();
    std::cout << std::setw(7) << depth << std::setw(10) << closure << "  " << name << '\n';
  }
  std::cout << "\nthe first dependency of each of " << result.circles().size()
            << " circles was given up\n";
  for (const circle& each : result.circles()) {
    std::cout << "  ";
    for (const auto& [who, on_whom] : each) std::cout << who << " -> ";
    std::cout << each.front().first << '\n';
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::string of_this_machine = "/var/lib/dpkg/status";
    const std::string path = argc > 1                                   ? argv[1]
                             : std::filesystem::exists(of_this_machine) ? of_this_machine
                                                                        : PACKAGE_ORDER_SAMPLE;
    const packages all = read_packages(path);
    installation result(all);
    result.run();
    print(all, result);
    check(all, result);
    std::cout << "the sequential check agrees\n";
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "package_order: " << error.what() << '\n';
    return 1;
  }
}
