// A promise that wraps whatever is awaited, to come back to its own queue: so many libraries see to
// it that a coroutine stays on its scheduler.
#include <coroutine>
#include <deque>
#include <exception>
#include <optional>
#include <utility>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"

namespace await_transform_test {

using queue = std::deque<std::coroutine_handle<>>;

class scheduled_task {
 public:
  class promise_type {
   public:
    template <class... Args>
    explicit promise_type(queue& home, Args&...) : home_(home) {}

    scheduled_task get_return_object() const noexcept { return {}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept { std::terminate(); }

    // Awaits `inner` in a coroutine of its own, which then queues this one.
    template <class Inner>
    auto await_transform(Inner&& inner) {
      return coming_home<Inner>(home_, inner);
    }

   private:
    queue& home_;
  };

 private:
  struct relay {
    struct promise_type {
      relay get_return_object() const noexcept { return {}; }
      std::suspend_never initial_suspend() const noexcept { return {}; }
      std::suspend_never final_suspend() const noexcept { return {}; }
      void return_void() const noexcept {}
      void unhandled_exception() const noexcept { std::terminate(); }
    };
  };

  template <class Inner>
  class coming_home {
    using result = decltype(std::declval<Inner&>().await_resume());

   public:
    coming_home(queue& home, Inner& inner) noexcept : home_(home), inner_(inner) {}

    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> coroutine) { wait(*this, coroutine); }
    result await_resume() { return *std::move(result_); }

   private:
    static relay wait(coming_home& self, std::coroutine_handle<> coroutine) {
      self.result_.emplace(co_await self.inner_);
      self.home_.push_back(coroutine);
    }

    queue& home_;
    Inner& inner_;
    std::optional<result> result_;
  };
};

using map_type = waitmap::wait_map<int, int>;

scheduled_task take_twice(queue&, map_type& map, int& sum) {
  auto first = co_await map.wait(1);
  sum += *first;
  auto second = co_await map.take(2);
  sum += *second;
}

void run(queue& home) {
  while (!home.empty()) {
    const auto next = home.front();
    home.pop_front();
    next.resume();
  }
}

TEST_CASE("a promise may wrap what is awaited and come back to its queue", "[6.5]") {
  queue home;
  map_type map;
  int sum = 0;
  take_twice(home, map, sum);
  map.insert(1, 10);
  CHECK(sum == 0);  // queued
  run(home);
  CHECK(sum == 10);
  map.insert(2, 5);
  run(home);
  CHECK(sum == 15);
  CHECK(map.size() == 1);
}

}  // namespace await_transform_test
