// Frames on their way out of one socket: what is sent while a write is under way goes with the next.
#pragma once

#include <asio.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "frame.hpp"

namespace rpc {

class outbox {
 public:
  explicit outbox(tcp::socket& to) : state_(std::make_shared<state>(to)) {}
  outbox(const outbox&) = delete;
  outbox& operator=(const outbox&) = delete;
  ~outbox() { state_->to = nullptr; }

  void send(const std::string& bytes) {
    state_->waiting += bytes;
    if (state_->under_way.empty()) write(state_);
  }

 private:
  // Outlives the outbox while a write is under way.
  struct state {
    explicit state(tcp::socket& socket) : to(&socket) {}

    tcp::socket* to;
    std::string under_way;
    std::string waiting;
  };

  static void write(const std::shared_ptr<state>& kept) {
    kept->under_way = std::exchange(kept->waiting, {});
    asio::async_write(*kept->to, asio::buffer(kept->under_way),
                      [kept](asio::error_code error, std::size_t) {
                        kept->under_way.clear();
                        if (kept->to != nullptr && !error && !kept->waiting.empty()) write(kept);
                      });
  }

  std::shared_ptr<state> state_;
};

}  // namespace rpc
