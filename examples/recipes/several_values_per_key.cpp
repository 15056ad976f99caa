// Several values per key, in order and bounded: a queue per key, whose values have their numbers in the
// key. A producer that finds its queue full waits, a consumer that finds it empty too.
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <numeric>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "lazy.hpp"
#include "task.hpp"

// Any number of producers and consumers per key. A number that is drawn must be used: so do not destroy a
// coroutine that waits here, but close() the queues, when the producers are done.
template <class Key, class Value>
class queues {
 public:
  explicit queues(std::uint64_t capacity) : capacity_(capacity) {}

  // Waits while the key's queue is full. false: closed.
  lazy<bool> push(Key key, Value value) {
    const auto number = next(pushed_, key);
    if (number >= capacity_) {
      auto room = co_await room_.take(numbered(key, number - capacity_));
      if (!room) co_return false;
    }
    co_return static_cast<bool>(values_.insert(numbered(key, number), std::move(value)));
  }

  // The key's oldest value, as soon as there is one. nullopt: closed, and the queue is empty.
  lazy<std::optional<Value>> pop(Key key) {
    const auto number = next(popped_, key);
    auto value = co_await values_.take(numbered(key, number));
    if (value) room_.insert(numbered(key, number), std::monostate());
    co_return value;
  }

  std::size_t size() const { return values_.size(); }
  void close() {
    values_.close();
    room_.close();
  }

 private:
  using numbered = std::pair<Key, std::uint64_t>;
  using counters = waitmap::wait_map<Key, std::uint64_t>;

  static std::uint64_t next(counters& numbers, const Key& key) {
    return numbers.update(key, [](auto& at) {
      at.emplace(0u);
      return at.value()++;
    });
  }

  const std::uint64_t capacity_;
  counters pushed_, popped_;
  waitmap::wait_map<numbered, Value> values_;
  waitmap::wait_map<numbered, std::monostate> room_;  // at the number of a value that has left
};

using queue_per_name = queues<std::string, int>;
constexpr int amount = 500;

task produce(queue_per_name& queue, std::string name, int& pushed) {
  for (int value = 0; value != amount; ++value) {
    auto pushing = queue.push(name, value);
    auto accepted = co_await pushing;
    if (!accepted) co_return;
    ++pushed;
  }
}

task consume(queue_per_name& queue, std::string name, std::vector<int>& popped) {
  for (;;) {
    auto popping = queue.pop(name);
    auto value = co_await popping;
    if (!value) co_return;
    popped.push_back(*value);
  }
}

int main() {
  queue_per_name queue(3);
  int red_pushed = 0, blue_pushed = 0;
  std::vector<int> red, blue;
  produce(queue, "red", red_pushed);
  const bool waits_when_full = red_pushed == 3 && queue.size() == 3;

  std::thread producer([&] { produce(queue, "blue", blue_pushed); });
  std::thread consumer([&] {
    consume(queue, "blue", blue);
    consume(queue, "red", red);
  });
  producer.join();
  consumer.join();  // both consumers wait now, since their queues are empty
  queue.close();

  std::vector<int> all(amount);
  std::iota(all.begin(), all.end(), 0);
  std::cout << "red: " << red.size() << ", blue: " << blue.size() << " values in order\n";
  return waits_when_full && red_pushed == amount && blue_pushed == amount && red == all &&
                 blue == all && queue.size() == 0
             ? 0
             : 1;
}
