// Requests and replies by id: subscribe, send the request, then await; replies come by deliver.
#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/own_stop_source.hpp"
#include "support/race.hpp"
#include "support/spawn.hpp"

namespace request_reply_test {

using waitmap::insert_outcome;

using reply = std::unique_ptr<std::string>;
using reply_map = waitmap::wait_map<int, reply>;

// Sends by calling send(id).
template <class Send, class... Token>
support::owned request(reply_map& replies, int id, Send send, std::string& answer, Token... token) {
  auto coming = replies.subscribe_take(id, token...);
  send(id);
  auto got = co_await coming;
  answer = got ? **got : "none";
}

reply text(int id) { return std::make_unique<std::string>("reply " + std::to_string(id)); }

TEST_CASE("a reply that comes before it is awaited is not lost", "[3][4]") {
  reply_map replies;
  std::string answer;
  const auto caller = request(
      replies, 1,
      [&](int id) { CHECK(replies.deliver(id, text(id)).outcome == insert_outcome::delivered); },
      answer);
  CHECK(answer == "reply 1");
  CHECK(replies.waiting() == 0);
}

TEST_CASE("replies out of order find their requests", "[3][4]") {
  reply_map replies;
  std::string answers[5];
  std::vector<int> sent;
  std::vector<support::owned> callers;
  for (int id = 0; id < 5; ++id) {
    callers.push_back(
        request(replies, id, [&](int sent_id) { sent.push_back(sent_id); }, answers[id]));
  }
  for (const int id : {3, 0, 4, 2, 1}) CHECK(replies.deliver(id, text(id)));
  for (int id = 0; id < 5; ++id) CHECK(answers[id] == "reply " + std::to_string(id));
  CHECK(sent.size() == 5);
}

TEST_CASE("a late reply finds nobody, stays with its sender and leaves nothing behind",
          "[3][4][2.2]") {
  reply_map replies(waitmap::options{.capacity = 0, .shards = 1});
  support::own_stop_source timeout;
  std::string answer;
  const auto caller = request(replies, 1, [](int) {}, answer, timeout.get_token());
  timeout.request_stop();
  CHECK(answer == "none");
  for (int id = 1; id < 10'000; ++id) {
    reply late = text(id);
    CHECK(replies.deliver(id, std::move(late)).outcome == insert_outcome::no_waiter);
    CHECK(late);
  }
  CHECK(replies.empty());
  CHECK(replies.waiting() == 0);
  CHECK(replies.capacity() < 100);
}

TEST_CASE("a caller that gives up before its reply leaves nothing behind", "[3][3.6]") {
  reply_map replies;
  std::string answer;
  {
    const auto caller = request(replies, 1, [](int) {}, answer);
  }
  CHECK(replies.waiting() == 0);
  CHECK_FALSE(replies.deliver(1, text(1)));
}

TEST_CASE("a server that stops ends the requests that are under way", "[3][4]") {
  reply_map replies;
  std::string one, two;
  const auto first = request(replies, 1, [](int) {}, one);
  const auto second = request(replies, 2, [](int) {}, two);
  CHECK(replies.close() == 2);
  CHECK((one == "none" && two == "none"));
}

TEST_CASE("a thousand requests from one thread get their replies from another", "[3][6.1]") {
  constexpr std::size_t count = 1000;
  reply_map replies;
  std::vector<std::string> answers(count);
  std::vector<support::owned> callers;
  std::atomic<int> asked{0};
  int refused = 0;
  support::race(
      [&] {
        for (std::size_t i = 0; i < count; ++i) {
          const int id = static_cast<int>(i);
          callers.push_back(request(replies, id, [&](int sent) { asked = sent + 1; }, answers[i]));
        }
      },
      [&] {
        for (int id = 0; id < static_cast<int>(count); ++id) {
          while (asked <= id) std::this_thread::yield();
          refused += !replies.deliver(id, text(id));
        }
      });
  int wrong = 0;
  for (std::size_t i = 0; i < count; ++i) wrong += answers[i] != "reply " + std::to_string(i);
  CHECK(refused == 0);
  CHECK(wrong == 0);
  CHECK(replies.waiting() == 0);
}

}  // namespace request_reply_test
