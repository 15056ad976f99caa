// shared_map: keys and values that processes share through Redis. Redis distributes, the wait_map waits:
// Redis is asked once for each key, however many coroutines of this process wait for it.
//
// Each key is set once, by any process; a second value is refused. One thread talks to Redis over two
// connections. The first is subscribed to all values that are set from now on; only then does the
// second ask for values that were set before, so that none is missed. When a connection is lost both
// are made anew, in that order, and what has no answer yet is asked again.
#pragma once

#include <poll.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <iterator>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "inbox.hpp"
#include "names.hpp"
#include "redis.hpp"

namespace across_hosts {

using namespace std::chrono_literals;

class shared_map {
 public:
  // Gives up when Redis cannot be reached for so long.
  shared_map(address server, std::chrono::milliseconds patience)
      : server_(std::move(server)), patience_(patience), talker_([this] { talk(); }) {}

  shared_map(const shared_map&) = delete;
  shared_map& operator=(const shared_map&) = delete;

  // Sends what has been set, while Redis can be reached; then ends all waits.
  ~shared_map() {
    inbox_.stop();
    talker_.join();
    give_up();
  }

  // co_await returns: the wait_outcome of the key, whichever process sets it; closed where Redis is
  // given up. Resumes on the thread that talks to Redis: do not block it.
  auto wait(std::string key, std::source_location where = std::source_location::current()) {
    ask_once(key);
    return values_.wait_result(std::move(key), {}, where);
  }

  // For plain threads. Returns: nullopt after that time, or where Redis is given up.
  std::optional<std::string> blocking_wait_for(const std::string& key,
                                               std::chrono::milliseconds limit) {
    ask_once(key);
    return values_.blocking_wait_for(key, limit);
  }

  // Returns at once. The value comes back from Redis to those who wait, here and elsewhere.
  void set(std::string key, std::string value) {
    inbox_.post(setting{std::move(key), std::move(value)});
  }

  const string_map& values() const { return values_; }
  int gets() const { return gets_; }
  int reconnects() const { return std::max(0, connects_ - 1); }

 private:
  using clock = std::chrono::steady_clock;
  static constexpr auto shortest_pause = 1ms;
  static constexpr auto longest_pause = 100ms;

  // Both or none: a value that is stored and not told could be missed.
  static constexpr std::string_view store_and_tell =
      "if redis.call('SET', KEYS[1], ARGV[1], 'NX') then"
      " redis.call('PUBLISH', KEYS[1], ARGV[1]) end";

  // The claim makes the first who waits for a key the one who asks. A claim ends with its value, or when the
  // map is closed: so who is refused here can wait, and misses nothing.
  void ask_once(const std::string& key) {
    auto claim = values_.try_claim(key);
    if (claim) inbox_.post(question{key, std::move(claim)});
  }

  // --- the thread that talks to Redis --------------------------------------------------------------

  void talk() {
    auto lost_at = clock::now();
    std::chrono::milliseconds pause = shortest_pause;
    for (;;) {
      bool in_contact = false;
      try {
        return converse(in_contact);
      } catch (const redis_error&) {
        if (in_contact) {
          lost_at = clock::now();
          pause = shortest_pause;
        }
      }
      accept_news();
      if (stopping_ && settings_.empty()) return;
      if (clock::now() - lost_at > patience_) return give_up();
      std::this_thread::sleep_for(pause);
      pause = std::min<std::chrono::milliseconds>(2 * pause, longest_pause);
    }
  }

  // Returns when it shall stop. Throws: redis_error, when the connection cannot be made or is lost.
  void converse(bool& in_contact) {
    connection subscription(server_, silence_);
    connection commands(server_, silence_);
    subscription.ask({"PSUBSCRIBE", all_keys});
    ++connects_;
    accept_news();
    exchange(commands, asked_keys());
    in_contact = true;

    bool pinged = false;
    while (!stopping_) {
      while (const reply message = subscription.next_read()) {
        accept_message(*message);
        pinged = false;
      }
      pollfd ready[] = {{inbox_.bell(), POLLIN, 0},
                        {subscription.socket(), POLLIN, 0},
                        {commands.socket(), POLLIN, 0}};
      const auto limit = std::chrono::milliseconds(silence_).count();
      const int count = ::poll(ready, std::size(ready), static_cast<int>(limit));
      if (count < 0 && errno != EINTR) throw redis_error("poll fails");
      if (count < 0) continue;
      if (count == 0) {
        if (pinged) throw redis_error("the server is silent");
        subscription.send({"PING"});
        subscription.flush();
        pinged = true;
      }
      if (ready[0].revents != 0) exchange(commands, accept_news());
      if (ready[1].revents != 0) subscription.read_some();
      if (ready[2].revents != 0) commands.read_some();  // unasked, only the connection's end comes
    }
  }

  // Asks for the keys and sends the settings. What is interrupted is still in asked_ and settings_.
  void exchange(connection& commands, const std::vector<std::string>& keys) {
    for (const std::string& key : keys) commands.send({"GET", name_of(key)});
    for (const auto& [key, value] : settings_) {
      commands.send({"EVAL", store_and_tell, "1", name_of(key), value});
    }
    gets_ += static_cast<int>(keys.size());
    for (const std::string& key : keys) {
      auto value = text_of(*commands.receive());
      if (value) arrived(key, std::move(*value));
    }
    for (std::size_t i = 0; i != settings_.size(); ++i) commands.receive();
    settings_.clear();
  }

  // Returns: the keys to ask for.
  std::vector<std::string> accept_news() {
    news taken = inbox_.take();
    std::vector<std::string> keys;
    for (question& each : taken.questions) {
      keys.push_back(each.key);
      asked_.emplace(std::move(each.key), std::move(each.claim));
    }
    std::ranges::move(taken.settings, std::back_inserter(settings_));
    stopping_ = stopping_ || taken.stop;
    return keys;
  }

  std::vector<std::string> asked_keys() const {
    std::vector<std::string> keys;
    for (const auto& each : asked_) keys.push_back(each.first);
    return keys;
  }

  // "pmessage", the pattern, the channel, the value. Other messages answer a ping.
  void accept_message(const redisReply& message) {
    if (message.type != REDIS_REPLY_ARRAY || message.elements != 4) return;
    const auto channel = text_of(*message.element[2]);
    auto value = text_of(*message.element[3]);
    const auto key = channel ? key_of(*channel) : std::nullopt;
    if (key && value) arrived(std::string(*key), std::move(*value));
  }

  // What nobody here has asked for is not kept: whoever asks later gets it from Redis.
  void arrived(const std::string& key, std::string value) {
    auto asked = asked_.extract(key);
    if (asked) asked.mapped().set_value(std::move(value));
  }

  // Ends all waits, and later ones at once.
  void give_up() {
    values_.close();
    const news dropped = inbox_.close();
    asked_.clear();
  }

  const address server_;
  const std::chrono::milliseconds patience_;
  // After which the server is pinged, and then lost.
  const std::chrono::seconds silence_ =
      std::max(5s, std::chrono::duration_cast<std::chrono::seconds>(patience_ / 4));
  string_map values_;
  inbox inbox_;
  std::atomic<int> gets_ = 0;
  std::atomic<int> connects_ = 0;

  // Of the thread that talks. The claims are the list of what is asked again after a loss:
  // for_each_waiting() would miss a key that is asked for and, a moment later only, waited for.
  std::unordered_map<std::string, string_map::claim_type> asked_;  // what has no value yet
  std::vector<setting> settings_;                                  // what Redis has not confirmed
  bool stopping_ = false;

  std::thread talker_;  // last: it uses the others
};

}  // namespace across_hosts
