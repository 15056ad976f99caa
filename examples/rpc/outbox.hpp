// Frames on their way out of one socket: what is sent while a write is under way goes with the next.
// Whoever sends as much as others ask for waits for room: else a peer that never reads makes it keep
// everything.
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
  static constexpr std::size_t most_kept = 256 * 1024;

  explicit outbox(tcp::socket& to) : state_(std::make_shared<state>(to)) {}
  outbox(const outbox&) = delete;
  outbox& operator=(const outbox&) = delete;
  ~outbox() { state_->to = nullptr; }

  // Resumes when there is room for more: at once, or when what was sent before has gone; also when the
  // connection has ended, where nothing is kept. One at a time.
  asio::awaitable<void> room() {
    const auto kept = state_;
    while (kept->open && kept->waiting.size() + kept->under_way.size() >= most_kept) {
      asio::error_code ignored;  // cancelled: a write has ended
      kept->gone.expires_at(asio::steady_timer::time_point::max());
      co_await kept->gone.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
  }

  std::size_t size() const { return state_->waiting.size() + state_->under_way.size(); }

  void send(const std::string& bytes) {
    if (!state_->open) return;
    state_->waiting += bytes;
    if (state_->under_way.empty()) write(state_);
  }

 private:
  // Outlives the outbox while a write is under way.
  struct state {
    explicit state(tcp::socket& socket) : to(&socket), gone(socket.get_executor()) {}

    tcp::socket* to;
    bool open = true;         // until a write fails
    asio::steady_timer gone;  // cancelled when a write has ended
    std::string under_way;
    std::string waiting;
  };

  static void write(const std::shared_ptr<state>& kept) {
    kept->under_way = std::exchange(kept->waiting, {});
    asio::async_write(*kept->to, asio::buffer(kept->under_way),
                      [kept](asio::error_code error, std::size_t) {
                        kept->under_way.clear();
                        if (error) {
                          kept->open = false;
                          kept->waiting.clear();
                        }
                        kept->gone.cancel();
                        if (kept->to != nullptr && !kept->waiting.empty()) write(kept);
                      });
  }

  std::shared_ptr<state> state_;
};

}  // namespace rpc
