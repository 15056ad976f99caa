// An eager task: runs at once, and keeps its result for whoever asks later.
#include <coroutine>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"

namespace eager_task_test {

template <class Type>
class eager_task {
  struct state {
    std::optional<Type> value;
    std::exception_ptr error;
  };

 public:
  struct promise_type {
    eager_task get_return_object() { return eager_task(result); }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_value(Type value) { result->value = std::move(value); }
    void unhandled_exception() { result->error = std::current_exception(); }

    std::shared_ptr<state> result = std::make_shared<state>();
  };

  bool done() const { return result_->value || result_->error; }
  Type get() const {
    if (result_->error) std::rethrow_exception(result_->error);
    return *result_->value;
  }

 private:
  explicit eager_task(std::shared_ptr<state> result) : result_(std::move(result)) {}

  std::shared_ptr<state> result_;
};

using map_type = waitmap::wait_map<int, int>;

eager_task<int> link(map_type& map, int from, int to) {
  auto value = co_await map.wait(from);
  map.insert(to, *value + 1);
  co_return *value;
}

eager_task<bool> take(map_type& map, int key) {
  auto value = co_await map.take(key);
  co_return value.has_value();
}

TEST_CASE("a chain of eager tasks runs to its end", "[5.3]") {
  map_type map;
  auto second = link(map, 1, 2);
  auto first = link(map, 0, 1);
  CHECK_FALSE(first.done());
  map.insert(0, 10);
  REQUIRE(second.done());
  CHECK(second.get() == 11);
  CHECK(map.get(2) == 12);
}

TEST_CASE("an eager task whose wait is cancelled goes on", "[4]") {
  map_type map;
  auto task = take(map, 1);
  CHECK(map.cancel(1) == 1);
  REQUIRE(task.done());
  CHECK_FALSE(task.get());
}

}  // namespace eager_task_test
