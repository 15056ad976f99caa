// single_flight: a thousand coroutines ask for the same slow files; each file is read once, and a
// failure reaches all who wait for it.
//
//   single_flight [DIRECTORY]    reads the files in it; the default is the working directory
#include <atomic>
#include <cstddef>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <wait_map/get_or_compute.hpp>

#include "readers.hpp"
#include "task.hpp"

namespace {

using namespace single_flight;

using contents = std::shared_ptr<const std::string>;  // cheap to copy to everyone who waits
using cache = waitmap::wait_map<std::string, contents>;

struct counts {
  std::atomic<std::size_t> reads = 0;
  std::atomic<std::size_t> answers = 0;
  std::atomic<std::size_t> bytes = 0;
  std::atomic<std::size_t> failures = 0;
};

std::string read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(in), {}};
}

task<contents> load(readers& threads, std::string path, counts& seen) {
  co_await threads.turn();
  ++seen.reads;
  co_return std::make_shared<const std::string>(read(path));
}

background ask(cache& files, readers& threads, std::string path, counts& seen) {
  try {
    const auto factory = [&threads, &path, &seen] { return load(threads, path, seen); };
    auto text = co_await waitmap::get_or_compute(files, path, factory);
    ++seen.answers;
    seen.bytes += text->size();
  } catch (const std::runtime_error&) {
    ++seen.failures;
  }
}

// Returns: whether each file was read once, and everybody got what they asked for.
bool run(const std::string& directory) {
  std::vector<std::string> paths;
  std::size_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (!entry.is_regular_file() || entry.file_size() > 10'000'000) continue;
    paths.push_back(entry.path().string());
    bytes += read(paths.back()).size();
  }
  if (paths.empty()) throw std::runtime_error("no files of up to 10 MB in " + directory);

  cache files;
  readers threads;
  counts seen;
  constexpr std::size_t callers = 1000;
  for (std::size_t i = 0; i < callers; ++i) {
    for (const std::string& path : paths) ask(files, threads, path, seen);
    ask(files, threads, "/no/such/file", seen);
  }
  const std::size_t waited = files.waiting();
  threads.run(4);

  std::cout << callers << " callers for each of " << paths.size() << " files: " << seen.reads
            << " reads, " << seen.answers << " answers of " << seen.bytes << " bytes, "
            << seen.failures << " failures; " << waited << " waited\n";
  return seen.reads == paths.size() + 1 && seen.answers == callers * paths.size() &&
         seen.bytes == callers * bytes && seen.failures == callers &&
         files.size() == paths.size() && waited == (callers - 1) * (paths.size() + 1);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (run(argc > 1 ? argv[1] : ".")) return 0;
    std::cerr << "single_flight: that is wrong\n";
  } catch (const std::exception& error) {  // a filesystem_error names the directory
    std::cerr << "single_flight: " << error.what() << '\n';
  }
  return 1;
}
