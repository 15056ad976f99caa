// What the library costs the compiler: of including the header, seconds on the processor and lines after the
// preprocessor; of one more kind of map, seconds and bytes of text.
#include <stdlib.h>
#include <sys/resource.h>

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "harness.hpp"
#include "tables.hpp"

namespace bench {
namespace {

namespace fs = std::filesystem;

// A directory of its own, gone at the end.
class scratch {
 public:
  scratch() {
    std::string name = (fs::temp_directory_path() / "wait_map_bench_XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
    path_ = name;
  }
  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;
  ~scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

void run_command(const std::string& command) {
  if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
}

// What the commands run so far had of the processor.
double seconds_of_commands() {
  rusage used{};
  getrusage(RUSAGE_CHILDREN, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

std::size_t lines_of(const fs::path& file) {
  std::ifstream in(file);
  std::size_t lines = 0;
  for (std::string line; std::getline(in, line);) ++lines;
  return lines;
}

const std::string& compiler() {
  static const std::string command = WAIT_MAP_BENCH_COMPILER
      " " WAIT_MAP_BENCH_FLAGS " -std=c++20 -I'" WAIT_MAP_BENCH_INCLUDE "' ";
  return command;
}

contestant including(const scratch& directory, std::string name, const std::string& text) {
  const std::string source = (directory.path() / (name + ".cpp")).string();
  std::ofstream(source) << text;
  run_command(compiler() + "-E -P -o '" + source + ".expanded' '" + source + "'");
  const double lines = static_cast<double>(lines_of(source + ".expanded"));
  const std::string compile = compiler() + "-c -o /dev/null '" + source + "'";
  return {std::move(name), [compile, lines] {
            const double before = seconds_of_commands();
            run_command(compile);
            return std::vector{seconds_of_commands() - before, lines};
          }};
}

// As size(1) counts it: code, constants, and what unwinds the stack.
std::size_t text_of(const std::string& object) {
  const std::string report = object + ".size";
  run_command("size '" + object + "' >'" + report + "'");
  std::ifstream in(report);
  std::string header;
  std::size_t text = 0;
  if (!std::getline(in, header) || !(in >> text))
    throw std::runtime_error("what is " + report + "?");
  return text;
}

// What a second kind of map adds to the first.
contestant instantiating(const scratch& directory, std::string name, const std::string& defines) {
  const std::string object = (directory.path() / "instances.o").string();
  return {std::move(name), [object, defines] {
            const auto compile = [&](int instances) {
              const double before = seconds_of_commands();
              run_command(compiler() + defines + " -DINSTANCES=" + std::to_string(instances) +
                          " -c -o '" + object +
                          "' '" WAIT_MAP_BENCH_INCLUDE "/../bench/instances.cpp'");
              return std::pair(seconds_of_commands() - before, text_of(object));
            };
            const auto [one_time, one_text] = compile(1);
            const auto [two_time, two_text] = compile(2);
            return std::vector{two_time - one_time, static_cast<double>(two_text - one_text)};
          }};
}

}  // namespace

void run_compile(table& to) {
  const scratch directory;
  to.race(
      {{.name = "include: compile", .unit = "s"},
       {.name = "include: preprocessed", .unit = "lines"}},
      {including(directory, "floor",
                 "#include <absl/container/flat_hash_map.h>\n#include <coroutine>\n"),
       including(directory, ours, "#include <wait_map/wait_map.hpp>\n"),
       including(directory, "tbb", "#include <tbb/concurrent_hash_map.h>\n"),
       including(directory, "asio channel",
                 "#include <boost/asio/io_context.hpp>\n#include <boost/asio/use_awaitable.hpp>\n"
                 "#include <boost/asio/experimental/concurrent_channel.hpp>\n")});
  to.race(
      {{.name = "one more instantiation: compile",
        .unit = "s",
        .reference = "hand-rolled",
        .kind = bound::figure,
        .limit = 2.5},
       {.name = "one more instantiation: text",
        .unit = "B",
        .reference = "hand-rolled",
        .kind = bound::figure,
        .limit = 18'000}},
      {instantiating(directory, "hand-rolled", "-DBY_HAND"), instantiating(directory, ours, "")});
}

}  // namespace bench
