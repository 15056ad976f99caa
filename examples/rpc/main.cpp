// rpc: calls over TCP, many at once on one connection, answered in any order or not at all.
// client.hpp is the heart. Seven scenes, each checks its result: the exit status is 0 if all do.
//   rpc [calls [at once]]
#include <algorithm>
#include <asio.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "client.hpp"
#include "frame.hpp"
#include "latency.hpp"
#include "server.hpp"

namespace rpc {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds no_deadline = 24h;  // however slow the machine is

void check(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error(what);
}
void rethrow(std::exception_ptr error) {
  if (error) std::rethrow_exception(error);
}

// Both ends of a connection, in one event loop or in two.
struct connection {
  connection(asio::io_context& near, asio::io_context& far) : client(near), server(far) {
    tcp::acceptor acceptor(far, {asio::ip::address_v4::loopback(), 0});
    client.connect(acceptor.local_endpoint());
    acceptor.accept(server);
    client.set_option(tcp::no_delay(true));
    server.set_option(tcp::no_delay(true));
  }
  tcp::socket client;
  tcp::socket server;
};

// --- many calls at once, of which some are never answered ------------------------------------------

struct tally {
  int answered = 0;
  int timed_out = 0;
  int wrong = 0;
  int next = 0;
  int callers = 0;
  latency answers;
};

// Each reply that was handed off to a call is the answer of that call: none is lost at a deadline.
void check_replies(const client& caller, int answered) {
  std::cout << caller.handed_off() << " replies handed off, " << caller.lost_replies()
            << " of them lost\n";
  check(caller.lost_replies() == 0, "a reply was lost");
  check(caller.handed_off() == static_cast<std::size_t>(answered), "an answer came from nowhere");
}

asio::awaitable<void> make_calls(client& to, int calls, tally& sum) {
  ++sum.callers;
  while (sum.next < calls) {
    const int number = sum.next++;
    const bool dropped = number % 100 == 7;
    const std::string request = dropped ? std::string(no_answer_please) : std::to_string(number);
    const auto start = clock::now();
    const call_result result = co_await to.call(request, dropped ? 20ms : no_deadline);
    if (result.status == call_status::answered) {
      ++sum.answered;
      sum.answers.add(clock::now() - start);
      if (dropped || result.text != answer_to(request)) ++sum.wrong;
    } else {
      ++sum.timed_out;
      if (!dropped) ++sum.wrong;
    }
  }
  if (--sum.callers == 0) to.close();
}

// A client and a server, each in a thread of its own, and so many callers.
struct crowd {
  using coroutine = asio::awaitable<void> (*)(client& to, int calls, tally& sum);

  crowd(coroutine caller_of, int calls, int at_once) {
    asio::co_spawn(there, serve(std::move(ends.server)), rethrow);
    asio::co_spawn(here, caller.run(), rethrow);
    for (int i = 0; i != at_once; ++i) {
      asio::co_spawn(here, caller_of(caller, calls, sum), rethrow);
    }
    std::jthread server([&] { there.run(); });
    here.run();
  }

  asio::io_context here;
  asio::io_context there;
  connection ends{here, there};
  client caller{std::move(ends.client)};
  tally sum;
};

void many_calls(int calls, int at_once) {
  const auto start = clock::now();
  crowd played(make_calls, calls, at_once);
  const std::chrono::duration<double> seconds = clock::now() - start;
  const client& caller = played.caller;
  tally& sum = played.sum;

  std::cout << calls << " calls, " << at_once << " at once: " << sum.answered << " answered, "
            << sum.timed_out << " given up at their deadline; "
            << static_cast<int>(calls / seconds.count()) << " calls/s\n";
  sum.answers.print(std::cout);
  check(sum.answered + sum.timed_out == calls, "a call has no end");
  check(sum.timed_out == (calls + 92) / 100, "a call was lost");
  check(sum.wrong == 0, "a call got a wrong answer");
  check(caller.calls() == 0, "an ended call still waits");
  check_replies(caller, sum.answered);
}

// --- deadlines that pass when the replies come -----------------------------------------------------

// The more calls are answered in time, the less time have the next ones: about half of them are.
asio::awaitable<void> call_in_haste(client& to, int calls, tally& sum) {
  ++sum.callers;
  std::chrono::nanoseconds time = 100us;
  while (sum.next < calls) {
    const std::string request = std::to_string(sum.next++);
    const call_result result = co_await to.call(request, time);
    if (result.status == call_status::answered) {
      ++sum.answered;
      if (result.text != answer_to(request)) ++sum.wrong;
      time -= time / 16;
    } else {
      ++sum.timed_out;
      time += time / 16 + 1us;
    }
  }
  if (--sum.callers == 0) to.close();
}

void hasty_calls(int calls, int at_once) {
  const crowd played(call_in_haste, calls, at_once);
  const client& caller = played.caller;
  const tally& sum = played.sum;

  std::cout << calls << " calls with hardly any time: " << sum.answered << " answered, "
            << sum.timed_out << " given up at their deadline, " << caller.late_replies()
            << " late replies; ";
  check(sum.answered + sum.timed_out == calls, "a call has no end");
  check(sum.wrong == 0, "a call got a wrong answer");
  check(caller.late_replies() <= static_cast<std::size_t>(sum.timed_out),
        "a call that was answered has a late reply");
  check_replies(caller, sum.answered);
}

// --- frames that are refused ----------------------------------------------------------------------

asio::awaitable<void> send_bad_frames(tcp::socket to) {
  frame_reader requests(to);
  auto first = co_await requests.next();
  std::string bytes;
  append_number(bytes, std::uint32_t{longest_frame + 1});  // too long
  bytes.append(longest_frame + 1, 'x');
  append_number(bytes, std::uint32_t{3});  // too short for an id
  bytes += "abc";
  bytes += encode(4711, "nobody asked");
  bytes += encode(first->id, answer_to(first->text));  // what came before has lost nothing
  co_await asio::async_write(to, asio::buffer(bytes), asio::use_awaitable);

  auto second = co_await requests.next();
  bytes = encode(second->id, "an answer that does not arrive");
  bytes.resize(20);
  co_await asio::async_write(to, asio::buffer(bytes), asio::use_awaitable);
}

asio::awaitable<void> survive_bad_frames(client& caller) {
  const call_result first = co_await caller.call("one", no_deadline);
  check(first.status == call_status::answered && first.text == "you said one",
        "a bad frame has cost the next one");
  const call_result second = co_await caller.call("two", no_deadline);
  check(second.status == call_status::connection_closed, "a truncated answer was accepted");
}

void bad_frames() {
  asio::io_context context;
  connection ends(context, context);
  asio::co_spawn(context, send_bad_frames(std::move(ends.server)), rethrow);
  client caller(std::move(ends.client));
  asio::co_spawn(context, caller.run(), rethrow);
  asio::co_spawn(context, survive_bad_frames(caller), rethrow);
  context.run();

  std::cout << "refused:\n";
  for (const std::string& each : caller.errors()) std::cout << "  " << each << '\n';
  const std::deque<std::string> expected = {
      "a frame of 65537 bytes is too long", "a frame of 3 bytes has no room for its id",
      "a reply to request 4711, which was never made",
      "the connection ended within a frame, after 16 bytes of 38 bytes"};
  check(caller.errors() == expected, "a bad frame was not refused");
}

// --- a peer that sends nothing but errors ---------------------------------------------------------

asio::awaitable<void> send_unasked(tcp::socket to, int replies) {
  std::string bytes;
  for (int n = 0; n != replies; ++n) bytes += encode(4711, "nobody asked");
  co_await asio::async_write(to, asio::buffer(bytes), asio::use_awaitable);
}

void many_errors() {
  constexpr int replies = 10'000;
  asio::io_context context;
  connection ends(context, context);
  asio::co_spawn(context, send_unasked(std::move(ends.server), replies), rethrow);
  client caller(std::move(ends.client));
  asio::co_spawn(context, caller.run(), rethrow);
  context.run();
  check(caller.error_count() == replies, "an error was not counted");
  check(caller.errors().size() == client::most_errors, "the errors grow for ever");
}

// --- the longest request ----------------------------------------------------------------------------

asio::awaitable<void> call_at_length(client& caller) {
  const std::string longest(longest_request, 'x');
  const call_result result = co_await caller.call(longest, no_deadline);
  check(result.status == call_status::answered && result.text == answer_to(longest),
        "the longest request has no answer");
  bool refused = false;
  try {
    co_await caller.call(longest + "x", no_deadline);
  } catch (const std::length_error&) {
    refused = true;
  }
  check(refused, "a request that is too long was sent");
  caller.close();
}

void longest_call() {
  asio::io_context context;
  connection ends(context, context);
  asio::co_spawn(context, serve(std::move(ends.server)), rethrow);
  client caller(std::move(ends.client));
  asio::co_spawn(context, caller.run(), rethrow);
  asio::co_spawn(context, call_at_length(caller), rethrow);
  context.run();
  check(caller.error_count() <= 1, "an answer was refused");  // one: the connection's end
}

// --- a client that does not read --------------------------------------------------------------------

constexpr int unread_answers = 1000;
constexpr std::size_t unread_size = 60'000;

asio::awaitable<void> send_requests(tcp::socket& to) {
  for (std::uint64_t id = 0; id != unread_answers; ++id) {
    const std::string request = encode(id, std::string(unread_size, 'x'));
    co_await asio::async_write(to, asio::buffer(request), asio::use_awaitable);
  }
  to.shutdown(tcp::socket::shutdown_send);
}

asio::awaitable<void> read_answers(tcp::socket& from, int& answers) {
  frame_reader frames(from);
  for (;;) {
    auto answer = co_await frames.next();
    if (!answer) co_return;
    ++answers;
  }
}

void client_that_does_not_read() {
  asio::io_context context;
  connection ends(context, context);
  connection_report report;
  int answers = 0;
  asio::co_spawn(context, serve(std::move(ends.server), &report), rethrow);
  asio::co_spawn(context, send_requests(ends.client), rethrow);
  for (int idle = 0; idle != 100;) idle = context.poll() == 0 ? idle + 1 : 0;
  std::cout << "a client that does not read: " << report.most_kept << " bytes kept for it\n";
  check(report.most_kept <= outbox::most_kept + 2 * longest_frame,
        "the server keeps every answer of a client that does not read");

  asio::co_spawn(context, read_answers(ends.client, answers), rethrow);
  context.run();
  check(answers == unread_answers, "an answer was lost on the way");
}

// --- a connection that is killed -------------------------------------------------------------------

asio::awaitable<void> kill_after(tcp::socket socket, int requests) {
  frame_reader frames(socket);
  for (int i = 0; i != requests; ++i) {
    auto ignored = co_await frames.next();
    check(ignored.has_value(), "a request is missing");
  }
  socket.set_option(tcp::socket::linger(true, 0));  // a reset, not a proper end
}

asio::awaitable<void> call_in_vain(client& caller, int& ended) {
  const call_result result = co_await caller.call("anybody there?", no_deadline);
  if (result.status == call_status::connection_closed) ++ended;
}

void killed_connection() {
  constexpr int calls = 1000;
  asio::io_context context;
  connection ends(context, context);
  asio::co_spawn(context, kill_after(std::move(ends.server), calls), rethrow);
  client caller(std::move(ends.client));
  asio::co_spawn(context, caller.run(), rethrow);
  int ended = 0;
  for (int i = 0; i != calls; ++i) asio::co_spawn(context, call_in_vain(caller, ended), rethrow);
  context.run();
  std::cout << "a killed connection ended " << ended << " calls\n";
  check(ended == calls, "a call outlives its connection");
  check(caller.calls() == 0, "an ended call still waits");
}

}  // namespace
}  // namespace rpc

int main(int argc, char** argv) {
  try {
    const int calls = argc > 1 ? std::max(1, std::atoi(argv[1])) : 10'000;
    const int at_once = argc > 2 ? std::max(1, std::atoi(argv[2])) : 200;
    rpc::many_calls(calls, at_once);
    rpc::hasty_calls(calls, at_once);
    rpc::bad_frames();
    rpc::many_errors();
    rpc::longest_call();
    rpc::client_that_does_not_read();
    rpc::killed_connection();
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "rpc: " << error.what() << '\n';
    return 1;
  }
}
