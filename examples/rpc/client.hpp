// The client: any number of calls at once on one connection. A call waits in a wait_map for the reply
// with its id, so that replies may come in any order.
#pragma once

#include <asio.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <stdexcept>
#include <string>
#include <utility>
#include <wait_map/asio.hpp>

#include "frame.hpp"
#include "outbox.hpp"

namespace rpc {

enum class call_status { answered, deadline_passed, connection_closed };

struct call_result {
  call_status status;
  std::string text;  // the answer
};

class client {
 public:
  static constexpr std::size_t most_errors = 16;

  explicit client(tcp::socket socket) : socket_(std::move(socket)), outbox_(socket_) {}

  // Reads the replies until the connection ends; then every call ends, and later ones at once.
  asio::awaitable<void> run() {
    frame_reader frames(socket_);
    for (bool open = true; open;) {
      try {
        auto reply = co_await frames.next();
        open = reply.has_value();
        if (open) accept(std::move(*reply));
      } catch (const bad_frame& error) {
        note(error.what());
      } catch (const std::exception& error) {
        note(error.what());
        open = false;
      }
    }
    replies_.close();
  }

  // Throws std::length_error where the request is longer than longest_request; nothing is sent then.
  asio::awaitable<call_result> call(std::string request, std::chrono::nanoseconds time) {
    const auto deadline = std::chrono::steady_clock::now() + time;
    if (request.size() > longest_request) throw std::length_error("the request is too long");
    const std::uint64_t id = next_id_++;
    auto reply = async_subscribe_take(replies_, id);  // waits from here on, before the request goes
    outbox_.send(encode(id, request));

    // Not `reply.async_wait(...) || timer`: that drops a reply which comes in the turn of the deadline.
    auto text = co_await reply.async_wait_until(deadline, asio::use_awaitable);
    if (text) {
      ++consumed_;
      co_return call_result{call_status::answered, *std::move(text)};
    }
    const bool closed = replies_.closed();
    co_return call_result{closed ? call_status::connection_closed : call_status::deadline_passed,
                          {}};
  }

  void close() { socket_.close(); }
  std::size_t calls() const { return replies_.waiting(); }
  std::size_t error_count() const { return error_count_; }
  const std::deque<std::string>& errors() const { return errors_; }  // the last few
  std::size_t late_replies() const { return late_replies_; }
  std::size_t handed_off() const { return handed_off_; }  // replies that somebody waited for
  std::size_t lost_replies() const { return handed_off_ - consumed_; }  // once all calls have ended

 private:
  // A reply nobody waits for is not kept: nothing grows with the replies that come too late.
  void accept(frame reply) {
    const auto delivered = replies_.deliver(reply.id, std::move(reply.text));
    if (delivered) {
      ++handed_off_;
    } else if (reply.id < next_id_) {
      ++late_replies_;
    } else {
      note("a reply to request " + std::to_string(reply.id) + ", which was never made");
    }
  }

  void note(std::string error) {
    ++error_count_;
    errors_.push_back(std::move(error));
    if (errors_.size() > most_errors) errors_.pop_front();
  }

  tcp::socket socket_;
  outbox outbox_;
  waitmap::wait_map<std::uint64_t, std::string> replies_;
  std::uint64_t next_id_ = 0;
  std::size_t handed_off_ = 0;
  std::size_t consumed_ = 0;
  std::size_t late_replies_ = 0;
  std::size_t error_count_ = 0;
  std::deque<std::string> errors_;
};

}  // namespace rpc
