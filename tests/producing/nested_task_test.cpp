// A coroutine type that is not known by the type of its result, as libunifex's is not: a class inside of a template.
#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

#include <wait_map/get_or_compute.hpp>
#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/spawn.hpp"

namespace nested_task_test {

template <class T>
struct of {
  class [[nodiscard]] task {
   public:
    struct promise_type {
      task get_return_object() noexcept {
        return task(std::coroutine_handle<promise_type>::from_promise(*this));
      }
      std::suspend_always initial_suspend() const noexcept { return {}; }
      auto final_suspend() const noexcept {
        struct finish {
          bool await_ready() const noexcept { return false; }
          std::coroutine_handle<> await_suspend(
              std::coroutine_handle<promise_type> ended) const noexcept {
            return ended.promise().awaited_by;
          }
          void await_resume() const noexcept {}
        };
        return finish();
      }
      void return_value(T value) { result.emplace(std::move(value)); }
      void unhandled_exception() const noexcept { std::terminate(); }

      std::coroutine_handle<> awaited_by;
      std::optional<T> result;
    };

    task(task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
    ~task() {
      if (frame_) frame_.destroy();
    }
    bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaited_by) noexcept {
      frame_.promise().awaited_by = awaited_by;
      return frame_;
    }
    T await_resume() { return *std::move(frame_.promise().result); }

   private:
    explicit task(std::coroutine_handle<promise_type> frame) noexcept : frame_(frame) {}
    std::coroutine_handle<promise_type> frame_;
  };
};

using map_type = waitmap::wait_map<int, int>;

of<int>::task compute(int& calls) {
  ++calls;
  co_return 10;
}
support::owned ask(map_type& map, int& calls, std::optional<int>& got) {
  const auto factory = [&calls] { return compute(calls); };
  auto value = co_await waitmap::get_or_compute(map, 1, factory);
  got = value;
}

TEST_CASE("a coroutine type without a form for another result computes a value", "[4.1]") {
  map_type map;
  int calls = 0;
  std::optional<int> computed, hit;
  const auto one = ask(map, calls, computed);
  const auto two = ask(map, calls, hit);
  CHECK(computed == 10);
  CHECK(hit == 10);
  CHECK(calls == 1);
}

}  // namespace nested_task_test
