// The client: any number of calls at once on one connection. A call waits in a wait_map for the reply
// with its id, so that replies may come in any order.
#pragma once

#include <asio.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <chrono>
#include <cstdint>
#include <exception>
#include <string>
#include <utility>
#include <variant>
#include <vector>
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
  explicit client(tcp::socket socket)
      : socket_(std::move(socket)), outbox_(socket_), executor_(socket_.get_executor()) {}

  // Reads the replies until the connection ends; then every call ends, and later ones at once.
  asio::awaitable<void> run() {
    frame_reader frames(socket_);
    for (bool open = true; open;) {
      try {
        auto reply = co_await frames.next();
        open = reply.has_value();
        if (open) accept(std::move(*reply));
      } catch (const bad_frame& error) {
        errors_.push_back(error.what());
      } catch (const std::exception& error) {
        errors_.push_back(error.what());
        open = false;
      }
    }
    replies_.close();
  }

  asio::awaitable<call_result> call(std::string request, std::chrono::milliseconds time) {
    using namespace asio::experimental::awaitable_operators;
    const std::uint64_t id = next_id_++;
    auto reply = async_subscribe_take(replies_, id);  // waits from here on, before the request goes
    outbox_.send(encode(id, request));

    asio::steady_timer deadline(executor_, time);
    auto first = co_await (reply.async_wait(asio::use_awaitable) ||
                           deadline.async_wait(asio::use_awaitable));
    if (first.index() == 1) co_return call_result{call_status::deadline_passed, {}};
    auto text = std::get<0>(std::move(first));
    if (!text) co_return call_result{call_status::connection_closed, {}};
    co_return call_result{call_status::answered, *std::move(text)};
  }

  void close() { socket_.close(); }
  std::size_t calls() const { return replies_.waiting(); }
  const std::vector<std::string>& errors() const { return errors_; }
  std::size_t late_replies() const { return late_replies_; }

 private:
  // A reply nobody waits for is not kept: nothing grows with the replies that come too late.
  void accept(frame reply) {
    const auto delivered = replies_.deliver(reply.id, std::move(reply.text));
    if (delivered) return;
    if (reply.id < next_id_) {
      ++late_replies_;
    } else {
      errors_.push_back("a reply to request " + std::to_string(reply.id) +
                        ", which was never made");
    }
  }

  tcp::socket socket_;
  outbox outbox_;
  tcp::socket::executor_type executor_;
  waitmap::wait_map<std::uint64_t, std::string> replies_;
  std::uint64_t next_id_ = 0;
  std::size_t late_replies_ = 0;
  std::vector<std::string> errors_;
};

}  // namespace rpc
