// include_cost: what does it cost to include a header? Every header's cost is computed once, by a
// coroutine that waits, by path, for the costs of the headers that it includes: parallel
// memoization. parallel.hpp is the heart; --help explains the figures.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <exception>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "command_line.hpp"
#include "cost.hpp"
#include "parallel.hpp"
#include "progress.hpp"
#include "report.hpp"
#include "sequential.hpp"
#include "source_tree.hpp"

namespace include_cost {
namespace {

// "12.2" is {12, 2}; what is no version, as libc++'s "v1", is {}: older than all others.
std::vector<int> version_of(const fs::path& directory) {
  const std::string name = directory.filename().string();
  std::vector<int> version;
  const char* const end = name.data() + name.size();
  for (const char* next = name.data(); next != end;) {
    int number = 0;
    const auto [after, error] = std::from_chars(next, end, number);
    if (error != std::errc()) break;
    version.push_back(number);
    next = after == end ? end : after + 1;  // over the dot
  }
  return version;
}

fs::path newest_standard_library() {
  const fs::path parent = "/usr/include/c++";
  std::error_code error;
  std::vector<fs::path> versions;
  for (const fs::directory_entry& entry : fs::directory_iterator(parent, error)) {
    if (entry.is_directory()) versions.push_back(entry.path());
  }
  if (versions.empty()) {
    throw std::runtime_error("no standard library in " + parent.string() +
                             ": name a directory or a header");
  }
  return *std::ranges::max_element(versions, {}, version_of);
}

// Throws where `path` does not exist.
fs::path existing(const fs::path& path) {
  std::error_code error;
  fs::path found = fs::canonical(path, error);
  if (error) throw std::system_error(error, path.string());
  return found;
}

struct assignment {
  fs::path path;
  std::vector<fs::path> roots;
  std::vector<std::string> headers;
};

assignment understand(const command_line& arguments) {
  assignment result;
  result.path = existing(arguments.path ? *arguments.path : newest_standard_library());
  const bool is_directory = fs::is_directory(result.path);
  if (!is_directory && !fs::is_regular_file(result.path)) {
    throw std::runtime_error(result.path.string() + ": neither a directory nor a file");
  }

  result.roots.push_back(is_directory ? result.path : result.path.parent_path());
  for (const fs::path& each : arguments.include_directories) {
    result.roots.push_back(existing(each));
    if (!fs::is_directory(result.roots.back())) {
      throw std::runtime_error(each.string() + ": not a directory");
    }
  }

  if (is_directory) {
    result.headers = headers_below(result.path);
  } else {
    result.headers.push_back(result.path.string());
  }
  if (result.headers.empty()) throw std::runtime_error("no headers in " + result.path.string());
  return result;
}

class stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// Says where the two differ first.
bool agree(const figures_by_path& measured, const figures_by_path& expected,
           const source_tree& tree) {
  const auto [here, there] = std::ranges::mismatch(measured, expected);
  if (here == measured.end() && there == expected.end()) return true;
  const std::string& path = here == measured.end()    ? there->first
                            : there == expected.end() ? here->first
                                                      : std::min(here->first, there->first);
  std::cerr << "include_cost: the sequential check differs at " << tree.name_of(path) << '\n';
  return false;
}

constexpr std::size_t rounds = 3;  // that are timed; odd, so that one of them is the median

double median(std::vector<double> seconds) {
  std::ranges::sort(seconds);
  return seconds[seconds.size() / 2];
}

int run(const command_line& arguments) {
  progress shown;
  const assignment work = understand(arguments);
  const source_tree tree(work.roots);

  // By turns, after a round that is not timed: it may have to wait for the disk, the others find the files in
  // memory.
  std::optional<parallel_measurement> parallel;
  figures_by_path measured;
  std::vector<double> parallel_seconds, sequential_seconds;
  bool same = true;
  for (std::size_t round = 0; round <= rounds; ++round) {
    const stopwatch parallel_time;
    parallel.emplace(tree, arguments.threads);
    parallel->run(work.headers, shown);
    measured = parallel->results();
    if (round != 0) parallel_seconds.push_back(parallel_time.seconds());

    const stopwatch sequential_time;
    sequential_measurement sequential(tree, work.headers);
    const figures_by_path expected = sequential.run(shown);
    if (round != 0) sequential_seconds.push_back(sequential_time.seconds());

    same = same && agree(measured, expected, tree);
  }
  shown.clear();

  print_totals(std::cout, work.path.string(), parallel->headers());
  print_most_expensive(std::cout, measured, tree);
  print_cycles(std::cout, parallel->cycles(), parallel->cancelled_waits(), tree);
  std::cout << "\nBoth ways read all files, by turns; medians of " << rounds
            << " rounds, after one untimed that fills the system's cache:\n"
            << std::fixed << std::setprecision(3) << counted{arguments.threads, "thread"} << ": "
            << median(parallel_seconds) << " s; sequential check: " << median(sequential_seconds)
            << " s on 1 thread, " << (same ? "the same result\n" : "a different result\n")
            << std::flush;
  if (!std::cout) throw std::runtime_error("cannot write the result");
  return same ? 0 : 1;
}

}  // namespace
}  // namespace include_cost

int main(int argc, char** argv) {
  try {
    const auto arguments = include_cost::parse_command_line({argv + 1, argv + argc});
    if (arguments.help) {
      std::cout << include_cost::help_text;
      return 0;
    }
    return include_cost::run(arguments);
  } catch (const include_cost::usage_error& error) {
    std::cerr << "include_cost: " << error.what() << "; --help explains\n";
    return 2;
  } catch (const std::exception& error) {
    std::cerr << "include_cost: " << error.what() << '\n';
    return 1;
  }
}
