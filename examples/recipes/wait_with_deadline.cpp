// A wait that ends when its time is over, or when its caller gives up; the token tells which it was.
#include <chrono>
#include <future>
#include <iostream>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include <wait_map/deadline.hpp>
#include <wait_map/wait_map.hpp>

#include "task.hpp"

using namespace std::chrono_literals;
using map_type = waitmap::wait_map<std::string, int>;

task ask(map_type& map, waitmap::deadline_timer& timer, std::string name,
         std::chrono::milliseconds time, std::stop_token caller, std::promise<std::string> answer) {
  auto token = waitmap::any_token(timer.after(time), caller);
  auto value = co_await map.wait(name, token);  // nullopt: stopped (or cancelled, or closed)
  if (value) {
    answer.set_value(std::to_string(*value));
  } else if (token.which() == 0u) {
    answer.set_value("timed out");
  } else {
    answer.set_value(token.which() == 1u ? "given up" : "cancelled");
  }
}

int main() {
  map_type map;
  waitmap::deadline_timer timer;  // one thread for all deadlines
  const auto ask_for = [&](std::string name, std::chrono::milliseconds time, std::stop_token stop) {
    std::promise<std::string> promise;
    auto answer = promise.get_future();
    ask(map, timer, std::move(name), time, std::move(stop), std::move(promise));
    return answer;
  };

  std::stop_source caller;
  auto quick = ask_for("quick", 24h, caller.get_token());
  auto never = ask_for("never", 20ms, caller.get_token());
  auto given_up = ask_for("slow", 24h, caller.get_token());
  std::jthread producer([&] { map.insert("quick", 1); });

  const std::string first = quick.get(), second = never.get();
  caller.request_stop();
  const std::string third = given_up.get();
  std::cout << "quick: " << first << ", never: " << second << ", slow: " << third << '\n';
  return first == "1" && second == "timed out" && third == "given up" && timer.armed() == 0 ? 0 : 1;
}
