// A wait that ends when its time is over: whoever keeps the time requests a stop.
#include <chrono>
#include <future>
#include <iostream>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include <wait_map/wait_map.hpp>

#include "task.hpp"

using namespace std::chrono_literals;
using map_type = waitmap::wait_map<std::string, int>;

task ask(map_type& map, std::string name, std::stop_token stop,
         std::promise<std::optional<int>> answer) {
  auto value = co_await map.wait(name, stop);  // nullopt: stopped (or cancelled, or closed)
  answer.set_value(value);
}

std::optional<int> ask_for(map_type& map, std::string name, std::chrono::milliseconds time) {
  std::promise<std::optional<int>> promise;
  auto answer = promise.get_future();
  std::stop_source stop;
  ask(map, std::move(name), stop.get_token(), std::move(promise));

  if (answer.wait_for(time) == std::future_status::timeout) stop.request_stop();
  return answer.get();  // there in any case: with the value if it was faster than the stop
}

int main() {
  map_type map;
  std::jthread producer([&] { map.insert("quick", 1); });
  const auto quick = ask_for(map, "quick", 10s);
  const auto never = ask_for(map, "never", 20ms);
  std::cout << "quick: " << quick.value_or(0) << ", never: " << (never ? "?" : "timed out") << '\n';
  return quick == 1 && !never && map.waiting() == 0 ? 0 : 1;
}
