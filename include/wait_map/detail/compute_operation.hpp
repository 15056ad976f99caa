// compute_operation: what get_or_compute() returns: awaited, it looks for the value, and becomes a coroutine
// only where there is none.
#pragma once

#include <concepts>
#include <coroutine>
#include <memory>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

#include <wait_map/detail/fatal.hpp>

namespace waitmap::detail {

// --- tasks that await whatever is awaitable, as it is

template <class Type>
concept awaiter = requires(Type& type) {
  type.await_ready();
  type.await_resume();
};
template <class Type>
concept has_member_co_await =
    requires(Type&& type) { std::forward<Type>(type).operator co_await(); };
template <class Type>
concept has_free_co_await = requires(Type&& type) { operator co_await(std::forward<Type>(type)); };

struct with_await_transform {
  void await_transform();
};
// Ambiguous where the promise has one too.
template <class Promise>
struct transform_probe : Promise, with_await_transform {};

template <class Promise>
concept transforms_what_it_awaits = !std::is_class_v<Promise> || std::is_final_v<Promise> ||
                                    !requires { &transform_probe<Promise>::await_transform; };

template <class Task>
concept awaits_as_it_is =
    (awaiter<Task> || has_member_co_await<Task> || has_free_co_await<Task>) && requires {
      typename std::coroutine_traits<Task>::promise_type;
      requires !transforms_what_it_awaits<typename std::coroutine_traits<Task>::promise_type>;
    };

template <class Task>
decltype(auto) awaiter_for(Task& task) {
  if constexpr (has_member_co_await<Task>) {
    return std::move(task).operator co_await();
  } else if constexpr (has_free_co_await<Task>) {
    return operator co_await(std::move(task));
  } else {
    return (task);
  }
}

// A task and what it is awaited by, in a place that is filled later.
template <class Task>
class awaited_task {
  using awaiter_type = decltype(awaiter_for(std::declval<Task&>()));
  static constexpr bool own = std::is_reference_v<awaiter_type>;
  struct nothing {};
  using awaiter_storage = std::conditional_t<own, nothing, std::remove_reference_t<awaiter_type>>;

 public:
  awaited_task() noexcept {}
  awaited_task(const awaited_task&) = delete;
  ~awaited_task() {
    if (has_awaiter_) std::destroy_at(std::addressof(awaiter_));
  }

  void begin(Task&& task) {
    task_.emplace(std::move(task));
    if constexpr (!own) {
      ::new (static_cast<void*>(std::addressof(awaiter_))) awaiter_storage(awaiter_for(*task_));
      has_awaiter_ = true;
    }
  }
  auto& get() noexcept {
    if constexpr (own) {
      return static_cast<std::remove_reference_t<awaiter_type>&>(*task_);
    } else {
      return awaiter_;
    }
  }

 private:
  std::optional<Task> task_;
  bool has_awaiter_ = false;
  union {
    awaiter_storage awaiter_;
  };
};

// --- the operation

// `Call` knows how to look for the result, and the coroutine that provides it. Can be moved until it is
// awaited.
template <class Call>
class [[nodiscard("nothing is computed until it is awaited")]] compute_operation {
  using task = typename Call::task;
  using result = typename Call::result_type;

 public:
  explicit compute_operation(Call&& call) : call_(std::move(call)) {}
  compute_operation(compute_operation&& idle) noexcept(std::is_nothrow_move_constructible_v<Call>)
      : call_(idle.take_call()) {}
  compute_operation& operator=(const compute_operation&) = delete;

  /// The coroutine. Once, and instead of awaiting.
  operator task() {  // NOLINT(google-explicit-constructor)
    return take_call().begin_alone();
  }

  bool await_ready() {
    if (!taken_ && call_.hits(hit_)) return true;
    start_ = Call::start_type::after_look();
    coroutine_.begin(take_call().begin(start_));
    return coroutine_.get().await_ready();
  }
  template <class Promise>
  auto await_suspend(std::coroutine_handle<Promise> awaiting) {
    start_.set_asking(awaiting);
    return coroutine_.get().await_suspend(awaiting);
  }
  result await_resume() {
    if (hit_) return *std::move(hit_);
    return coroutine_.get().await_resume();
  }

 private:
  Call&& take_call() noexcept {
    if (taken_) {
      fatal(
          "what get_or_compute() returned was awaited a second time, or after it was moved from. "
          "Call get_or_compute() anew for each co_await.");
    }
    taken_ = true;
    return std::move(call_);
  }

  Call call_;
  bool taken_ = false;
  typename Call::start_type start_;
  std::optional<result> hit_;
  awaited_task<task> coroutine_;
};

template <class Call>
auto begin_when_awaited(Call call) {
  if constexpr (awaits_as_it_is<typename Call::task>) {
    return compute_operation<Call>(std::move(call));
  } else {
    return std::move(call).begin_alone();
  }
}

}  // namespace waitmap::detail
