// What including the header costs: seconds of the compiler, lines after the preprocessor.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "harness.hpp"
#include "tables.hpp"

namespace bench {
namespace {

namespace fs = std::filesystem;

void run_command(const std::string& command) {
  if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
}

std::size_t lines_of(const fs::path& file) {
  std::ifstream in(file);
  std::size_t lines = 0;
  for (std::string line; std::getline(in, line);)
    ++lines;
  return lines;
}

class includer {
public:
  includer(std::string name, const std::string& text)
      : name_(std::move(name)), source_(fs::temp_directory_path() / file_name()) {
    std::ofstream(source_) << text;
    const std::string compiler = WAIT_MAP_BENCH_COMPILER
        " " WAIT_MAP_BENCH_FLAGS " -std=c++20 -I'" WAIT_MAP_BENCH_INCLUDE "' ";
    compile_ = compiler + "-c -o /dev/null '" + source_.string() + "'";
    const fs::path expanded = source_.string() + ".expanded";
    run_command(compiler + "-E -P -o '" + expanded.string() + "' '" + source_.string() + "'");
    lines_ = static_cast<double>(lines_of(expanded));
    fs::remove(expanded);
  }

  contestant compiling() const {
    return {name_, [command = compile_, lines = lines_] {
              const auto start = clock::now();
              run_command(command);
              return std::vector{nanoseconds_since(start) / 1e9, lines};
            }};
  }

private:
  static std::string file_name() {
    static int number = 0;
    return "wait_map_bench_" + std::to_string(std::rand()) + "_" + std::to_string(++number) +
           ".cpp";
  }

  std::string name_;
  fs::path source_;
  std::string compile_;
  double lines_ = 0;
};

}  // namespace

void run_compile(table& to) {
  const includer floor("floor",
                       "#include <absl/container/flat_hash_map.h>\n#include <coroutine>\n");
  const includer map(ours, "#include <wait_map/wait_map.hpp>\n");
  const includer tbb("tbb", "#include <tbb/concurrent_hash_map.h>\n");
  const includer asio(
      "asio channel",
      "#include <boost/asio/io_context.hpp>\n#include <boost/asio/use_awaitable.hpp>\n"
      "#include <boost/asio/experimental/concurrent_channel.hpp>\n");
  to.race({{.name = "include: compile", .unit = "s"},
           {.name = "include: preprocessed", .unit = "lines"}},
          {floor.compiling(), map.compiling(), tbb.compiling(), asio.compiling()});
}

}  // namespace bench
