// last_words where processes do not fork: the program is run once more, and does in there what its test case does up to
// the same call.
#pragma once

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#define WIN32_LEAN_AND_MEAN
#include <process.h>
#include <windows.h>

#include "support/catch.hpp"

namespace support {

// What the two processes tell each other.
class last_call {
 public:
  static constexpr const char* number_variable = "WAIT_MAP_LAST_CALL";
  static constexpr const char* words_variable = "WAIT_MAP_LAST_WORDS";
  static constexpr int aborted = 134;
  static constexpr int returned = 135;

  // Which call of last_words() this is, of the test case and of all its sections.
  static int count() {
    static std::string counted_case;
    static int calls = 0;
    if (counted_case != test_case()) calls = 0;
    counted_case = test_case();
    return ++calls;
  }
  static std::string test_case() {
    return std::string(Catch::getResultCapture().getCurrentTestName());
  }

  // Of the process that was started to make this call. It does not return.
  template <class Function>
  [[noreturn]] static void make(Function& function) {
    std::freopen(std::getenv(words_variable), "w", stderr);
    std::setvbuf(stderr, nullptr, _IONBF, 0);
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX);
    std::signal(SIGABRT, [](int) { _exit(aborted); });
    function();
    _exit(returned);
  }

  // Starts that process. Returns how it ended.
  static std::intptr_t make_elsewhere(int call, const std::filesystem::path& words) {
    char program[4096];
    GetModuleFileNameA(nullptr, program, sizeof program);
    SetEnvironmentVariableA(number_variable, std::to_string(call).c_str());
    SetEnvironmentVariableA(words_variable, words.string().c_str());
    std::string command = quoted(program) + " " + quoted(escaped(test_case())) + " --out NUL";
    STARTUPINFOA startup{};
    startup.cb = sizeof startup;
    PROCESS_INFORMATION started{};
    DWORD status = 0;
    if (!CreateProcessA(program, command.data(), nullptr, nullptr, FALSE, 0, nullptr, nullptr,
                        &startup, &started))
      return -1;
    WaitForSingleObject(started.hProcess, INFINITE);
    GetExitCodeProcess(started.hProcess, &status);
    CloseHandle(started.hProcess);
    CloseHandle(started.hThread);
    SetEnvironmentVariableA(number_variable, nullptr);
    return static_cast<std::intptr_t>(status);
  }

 private:
  // As Windows reads a command line. No test case's name ends in a backslash.
  static std::string quoted(const std::string& word) {
    std::string text = "\"";
    for (const char each : word) {
      if (each == '"') text += '\\';
      text += each;
    }
    return text + '"';
  }
  // As Catch2 reads the name of a test case.
  static std::string escaped(const std::string& name) {
    std::string text;
    for (const char each : name) {
      if (each == '\\' || each == ',' || each == '[') text += '\\';
      text += each;
    }
    return text;
  }
};

// Runs the function in another process, which runs the test case anew until it is there; what earlier calls return there
// is empty. Returns what the process wrote to stderr if it ended by abort(); otherwise how it ended instead.
template <class Function>
std::string last_words(Function&& function) {
  const int call = last_call::count();
  if (const char* const wanted = std::getenv(last_call::number_variable)) {
    if (call == std::atoi(wanted)) last_call::make(function);
    return {};
  }
  const std::filesystem::path file =
      std::filesystem::temp_directory_path() /
      ("last_words." + std::to_string(GetCurrentProcessId()) + "." + std::to_string(call));
  const std::intptr_t status = last_call::make_elsewhere(call, file);
  std::string words;
  {
    std::ifstream said(file);
    words.assign(std::istreambuf_iterator<char>(said), {});
  }
  std::error_code ignored;
  std::filesystem::remove(file, ignored);
  if (status == last_call::aborted) return words;
  return "not aborted, status " + std::to_string(status) + ": " + words;
}

}  // namespace support
