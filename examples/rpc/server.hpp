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

inline std::string answer_to(std::string_view request) {
  return "you said " + std::string(request);
}

// Serves one connection until it ends. It answers as many requests as it has read at once, the last
// one first.
inline asio::awaitable<void> serve(tcp::socket socket) {
  frame_reader frames(socket);
  outbox replies(socket);
  std::vector<std::string> answers;
  for (;;) {
    if (!frames.has_next()) {
      std::ranges::reverse(answers);
      for (const std::string& each : answers) replies.send(each);
      answers.clear();
    }
    std::optional<frame> request;
    try {
      request = co_await frames.next();
    } catch (const bad_frame&) {
      continue;  // refused: its caller's deadline will pass
    }
    if (!request) break;
    if (request->text == no_answer_please) continue;
    answers.push_back(encode(request->id, answer_to(request->text)));
  }
}

}  // namespace rpc
