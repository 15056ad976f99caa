// rpc: calls over TCP, many at once on one connection, answered in any order or not at all.
// client.hpp is the heart. Three scenes, each checks its result: the exit status is 0 if all do.
//   rpc [calls [at once]]
#include <algorithm>
#include <asio.hpp>
#include <chrono>
#include <cstdlib>
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

asio::awaitable<void> make_calls(client& to, int calls, tally& sum) {
  ++sum.callers;
  while (sum.next < calls) {
    const int number = sum.next++;
    const bool dropped = number % 100 == 7;
    const std::string request = dropped ? std::string(no_answer_please) : std::to_string(number);
    const auto start = clock::now();
    const call_result result = co_await to.call(request, dropped ? 20ms : 60'000ms);
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

void many_calls(int calls, int at_once) {
  asio::io_context here;
  asio::io_context there;
  connection ends(here, there);
  asio::co_spawn(there, serve(std::move(ends.server)), rethrow);
  client caller(std::move(ends.client));
  asio::co_spawn(here, caller.run(), rethrow);
  tally sum;
  for (int i = 0; i != at_once; ++i) asio::co_spawn(here, make_calls(caller, calls, sum), rethrow);

  const auto start = clock::now();
  std::jthread server([&] { there.run(); });
  here.run();
  const std::chrono::duration<double> seconds = clock::now() - start;

  std::cout << calls << " calls, " << at_once << " at once: " << sum.answered << " answered, "
            << sum.timed_out << " given up at their deadline; "
            << static_cast<int>(calls / seconds.count()) << " calls/s\n";
  sum.answers.print(std::cout);
  check(sum.answered + sum.timed_out == calls, "a call has no end");
  check(sum.timed_out == (calls + 92) / 100, "a call was lost");
  check(sum.wrong == 0, "a call got a wrong answer");
  check(caller.calls() == 0, "an ended call still waits");
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
  const call_result first = co_await caller.call("one", 60'000ms);
  check(first.status == call_status::answered && first.text == "you said one",
        "a bad frame has cost the next one");
  const call_result second = co_await caller.call("two", 60'000ms);
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
  const std::vector<std::string> expected = {
      "a frame of 65537 bytes is too long", "a frame of 3 bytes has no room for its id",
      "a reply to request 4711, which was never made",
      "the connection ended within a frame, after 16 bytes of 38 bytes"};
  check(caller.errors() == expected, "a bad frame was not refused");
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
  const call_result result = co_await caller.call("anybody there?", 60'000ms);
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
    rpc::many_calls(argc > 1 ? std::max(1, std::atoi(argv[1])) : 10'000,
                    argc > 2 ? std::max(1, std::atoi(argv[2])) : 200);
    rpc::bad_frames();
    rpc::killed_connection();
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "rpc: " << error.what() << '\n';
    return 1;
  }
}
