// Runs the inputs in files and folders, and random ones: replay [--random N] [--seed N] PATH...
//
// Where an input fails, or crashes, this prints what the input did until then.
#include <chrono>
#include <csignal>
#include <cstddef>
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

// Of the address sanitizer, where there is one.
extern "C" [[gnu::weak]] void __sanitizer_set_death_callback(void (*callback)());

namespace {

// An assertion or a call of the library's fatal() ends the program, too.
void print_journal_before_death() {
  std::signal(SIGABRT, [](int) { fuzz::journal::print_current(); });
  if (__sanitizer_set_death_callback != nullptr) {
    __sanitizer_set_death_callback(&fuzz::journal::print_current);
  } else {
    std::signal(SIGSEGV, [](int signal) {
      fuzz::journal::print_current();
      std::signal(signal, SIG_DFL);
    });
  }
}

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
  LLVMFuzzerTestOneInput(input.data(), input.size());
}

}  // namespace

int main(int count, char** arguments) try {
  print_journal_before_death();
  unsigned long random_inputs = 0;
  std::uint32_t seed = 1;
  unsigned long inputs = 0;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 1; i < count; ++i) {
    const std::string argument = arguments[i];
    if (argument == "--random" && i + 1 < count) {
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
