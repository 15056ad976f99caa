// Runs the inputs in files and folders, and random ones: replay [--random N] [--seed N] [--trace] PATH...
//
// --trace prints each operation before it is done, for an input that crashes.
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "journal.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using bytes = std::vector<std::uint8_t>;

bytes contents(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw std::runtime_error("cannot read " + file.string());
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<std::filesystem::path> files_in(const std::filesystem::path& path) {
  if (!std::filesystem::is_directory(path)) return {path};
  std::vector<std::filesystem::path> files;
  for (const auto& each : std::filesystem::directory_iterator(path)) files.push_back(each.path());
  if (files.empty()) throw std::runtime_error("no file in " + path.string());
  return files;
}

// The same for all compilers and libraries: no std distribution.
bytes random_input(std::mt19937& random) {
  bytes made(8 + random() % 250);
  for (std::uint8_t& each : made) each = static_cast<std::uint8_t>(random());
  return made;
}

void run(const std::string& title, const bytes& input) {
  fuzz::journal::title = title;
  if (fuzz::journal::prints_at_once) std::cerr << title << '\n';
  LLVMFuzzerTestOneInput(input.data(), input.size());
}

}  // namespace

int main(int count, char** arguments) try {
  unsigned long random_inputs = 0;
  std::uint32_t seed = 1;
  unsigned long inputs = 0;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 1; i < count; ++i) {
    const std::string argument = arguments[i];
    if (argument == "--trace") {
      fuzz::journal::prints_at_once = true;
    } else if (argument == "--random" && i + 1 < count) {
      random_inputs = std::stoul(arguments[++i]);
    } else if (argument == "--seed" && i + 1 < count) {
      seed = static_cast<std::uint32_t>(std::stoul(arguments[++i]));
    } else {
      for (const auto& file : files_in(argument)) {
        run(file.string(), contents(file));
        ++inputs;
      }
    }
  }
  std::mt19937 random(seed);
  for (unsigned long i = 0; i < random_inputs; ++i, ++inputs) {
    run("random input " + std::to_string(i) + " of seed " + std::to_string(seed),
        random_input(random));
  }
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  std::cout << inputs << " inputs in " << taken.count() << " s\n";
  return inputs == 0 ? 1 : 0;
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
