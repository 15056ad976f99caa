// request_reply: requests to a server that answers out of order, at once, late or never. A map from
// the id of a request to its reply brings them together.
#include <algorithm>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <iostream>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>

#include <wait_map/wait_map.hpp>

#include "event_loop.hpp"

namespace {

using request_reply::event_loop;
using request_id = int;
using reply = std::unique_ptr<std::string>;  // cannot be copied: it is taken by whoever asked

constexpr event_loop::milliseconds patience = 50;
constexpr request_id requests = 1000;

// Some answers come before the request has even been sent, some after the caller's patience.
constexpr event_loop::milliseconds latency(request_id id) { return id * 7919 % 71; }
constexpr bool is_lost(request_id id) { return id % 100 == 99; }

struct counts {
  request_id answered = 0, wrong = 0, timed_out = 0, late = 0, out_of_order = 0, newest = -1;
};

class server {
 public:
  server(event_loop& loop, waitmap::wait_map<request_id, reply>& replies, counts& seen)
      : loop_(loop), replies_(replies), seen_(seen) {}

  void send(request_id id, const std::string& text) {
    if (is_lost(id)) return;
    if (latency(id) == 0) return answer(id, text);
    loop_.after(latency(id), [this, id, text] { answer(id, text); });
  }

 private:
  void answer(request_id id, const std::string& text) {
    const auto accepted = replies_.deliver(id, std::make_unique<std::string>(text + "!"));
    if (!accepted) ++seen_.late;  // nobody waits any more, and nothing stays behind
  }

  event_loop& loop_;
  waitmap::wait_map<request_id, reply>& replies_;
  counts& seen_;
};

struct task {  // starts at once, frees itself at its end
  struct promise_type {
    task get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
  };
};

task call(request_id id, server& peer, waitmap::wait_map<request_id, reply>& replies,
          event_loop& loop, counts& seen) {
  std::stop_source timeout;
  auto coming = replies.subscribe_take(id, timeout.get_token());  // before sending: none is missed
  peer.send(id, "reply " + std::to_string(id));
  loop.after(patience, [timeout]() mutable { timeout.request_stop(); });

  auto got = co_await coming;
  if (!got) {
    ++seen.timed_out;
    co_return;
  }
  ++seen.answered;
  seen.wrong += **got != "reply " + std::to_string(id) + "!";
  seen.out_of_order += id < seen.newest;
  seen.newest = std::max(seen.newest, id);
}

}  // namespace

int main() {
  event_loop loop;
  waitmap::wait_map<request_id, reply> replies;
  counts seen, expected;
  server peer(loop, replies, seen);
  for (request_id id = 0; id < requests; ++id) {
    call(id, peer, replies, loop, seen);
    const bool late = latency(id) > patience && !is_lost(id);
    expected.late += late;
    expected.timed_out += late || is_lost(id);
  }
  loop.run();

  std::cout << requests << " requests: " << seen.answered << " answered, " << seen.out_of_order
            << " of them out of order; " << seen.timed_out << " timed out; " << seen.late
            << " late replies\n";
  const bool right = seen.wrong == 0 && seen.out_of_order > 0 && seen.late == expected.late &&
                     seen.timed_out == expected.timed_out &&
                     seen.answered == requests - expected.timed_out && replies.empty() &&
                     replies.waiting() == 0;
  if (!right) std::cerr << "request_reply: that is wrong\n";
  return right ? 0 : 1;
}
