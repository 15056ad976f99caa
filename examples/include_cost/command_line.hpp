// command_line: what the user asked for.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace include_cost {

inline constexpr std::string_view help_text =
    R"(usage: include_cost [-I DIRECTORY]... [--threads N] [PATH]

How many lines does each header pull in? PATH is a directory, whose headers are
measured, or one header (or source file). The default is the standard library:
the newest version in /usr/include/c++.

  lines    of all the headers that a header pulls in, directly or not, each
           counted once, itself included
  headers  how many they are
  depth    the longest chain of includes, counted in headers; the headers of a
           cycle count as one

An #include "name" is looked for beside the including file, then like <name>: in
the directory PATH (or that of the header), then in each -I DIRECTORY. What is
not found there is counted as external. Every #include counts, in whichever
branch of an #if it stands.

  -I DIRECTORY   look for includes there, too
  --threads N    measure on N threads; the default is one per processor
  --help         print this text

The result is checked against a sequential computation. Exit status: 0 if they
agree, 1 if not or if something cannot be read, 2 for a wrong command line.
)";

struct command_line {
  bool help = false;
  std::size_t threads = std::max(1u, std::thread::hardware_concurrency());
  std::vector<std::filesystem::path> include_directories;
  std::optional<std::filesystem::path> path;
};

struct usage_error : std::runtime_error {
  using runtime_error::runtime_error;
};

inline std::size_t parse_threads(std::string_view text) {
  std::size_t threads = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), threads);
  if (error != std::errc() || end != text.data() + text.size() || threads < 1 || threads > 1024) {
    throw usage_error("--threads needs a number from 1 to 1024, not '" + std::string(text) + "'");
  }
  return threads;
}

// Throws usage_error.
inline command_line parse_command_line(const std::vector<std::string>& arguments) {
  command_line result;
  for (auto argument = arguments.begin(); argument != arguments.end(); ++argument) {
    const auto value = [&, option = *argument]() -> const std::string& {
      if (++argument == arguments.end()) throw usage_error(option + " needs a value");
      return *argument;
    };
    if (*argument == "--help" || *argument == "-h") {
      result.help = true;
      return result;
    }
    if (*argument == "-I") {
      result.include_directories.emplace_back(value());
    } else if (*argument == "--threads") {
      result.threads = parse_threads(value());
    } else if (argument->starts_with('-')) {
      throw usage_error("unknown option " + *argument);
    } else if (result.path) {
      throw usage_error("more than one path: " + result.path->string() + " and " + *argument);
    } else {
      result.path = *argument;
    }
  }
  return result;
}

}  // namespace include_cost
