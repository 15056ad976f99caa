// server: a redis-server of our own, on a free port of the loopback, with a folder of its own.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>

#include "child.hpp"
#include "plan.hpp"
#include "redis.hpp"

namespace across_hosts {

class temporary_folder {
 public:
  temporary_folder() {
    std::string name = std::filesystem::temp_directory_path() / "across_hosts.XXXXXX";
    if (mkdtemp(name.data()) == nullptr) {
      throw std::system_error(errno, std::generic_category(), "cannot make " + name);
    }
    path_ = name;
  }
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  ~temporary_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string path() const { return path_; }

 private:
  std::filesystem::path path_;
};

class server {
 public:
  // The ports tried are below those the system gives to clients: none of them can take the port
  // while the server restarts.
  server() {
    constexpr int first = 10'000, count = 20'000, tries = 20;
    for (int i = 0; i != tries && !process_; ++i) {
      where_.port = first + (getpid() * 31 + i * 977) % count;
      start();
    }
    if (!process_) throw std::runtime_error("cannot start redis-server: " + last_words_);
  }

  const address& where() const { return where_; }
  connection connect() const { return {where_, longest_scene}; }

  // It keeps its values while it is stopped.
  void stop() {
    try {
      connect().ask({"SHUTDOWN", "SAVE"});
      throw std::runtime_error("redis-server does not shut down");
    } catch (const redis_error&) {  // the end of the connection is the answer
      while (process_->read_line(deadline())) {
      }
      if (process_->wait() != 0) throw std::runtime_error("redis-server has not shut down well");
    }
  }
  void start_again() {
    start();
    if (!process_) throw std::runtime_error("cannot restart redis-server: " + last_words_);
  }

  void kill() { process_->kill(); }
  bool has_died() const { return process_->has_ended(); }

 private:
  static child::clock::time_point deadline() { return child::clock::now() + longest_scene; }

  // Leaves no process where it does not start.
  void start() {
    process_.emplace(std::vector<std::string>{
        "redis-server", "--port", std::to_string(where_.port), "--bind", where_.host, "--dir",
        folder_.path(), "--save", "", "--appendonly", "no", "--daemonize", "no", "--logfile", ""});
    last_words_ = "is it installed?";
    const auto limit = deadline();
    for (;;) {
      auto line = process_->read_line(limit);
      if (!line) return process_.reset();
      if (line->find("Ready to accept connections") != line->npos) return;
      if (!line->empty()) last_words_ = *line;
    }
  }

  temporary_folder folder_;
  address where_{"127.0.0.1", 0};
  std::optional<child> process_;
  std::string last_words_;
};

}  // namespace across_hosts
