// The server: answers in an order of its own, and not every request.
#pragma once

#include <algorithm>
#include <asio.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "frame.hpp"
#include "outbox.hpp"

namespace rpc {

constexpr std::string_view no_answer_please = "drop";

inline std::string answer_to(std::string_view request) { return std::string(said).append(request); }

// What a connection has seen.
struct connection_report {
  std::size_t most_kept = 0;  // bytes of answers at once
  int refused = 0;
};

// Serves one connection until it ends. It answers as many requests as it has read at once, the last
// one first. While its client does not read the answers, it reads no requests.
inline asio::awaitable<void> serve(tcp::socket socket, connection_report* report = nullptr) {
  connection_report unread;
  connection_report& seen = report != nullptr ? *report : unread;
  frame_reader frames(socket);
  outbox replies(socket);
  std::vector<std::string> answers;
  for (;;) {
    if (!frames.has_next()) {
      std::ranges::reverse(answers);
      for (const std::string& each : answers) replies.send(each);
      answers.clear();
      seen.most_kept = std::max(seen.most_kept, replies.size());
      co_await replies.room();
    }
    std::optional<frame> request;
    try {
      request = co_await frames.next();
    } catch (const bad_frame&) {
      ++seen.refused;
      continue;  // its caller's deadline will pass
    }
    if (!request) break;
    if (request->text.size() > longest_request) {
      ++seen.refused;
      continue;
    }
    if (request->text == no_answer_please) continue;
    answers.push_back(encode(request->id, answer_to(request->text)));
  }
}

}  // namespace rpc
