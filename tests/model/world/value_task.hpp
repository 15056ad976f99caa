// value_task: what get_or_compute and its factories are in a scenario, and how they are watched while they wait.
#pragma once

#include "parking.hpp"  // before the library

#include <coroutine>
#include <source_location>
#include <utility>

#include <wait_map/get_or_compute.hpp>

#include "../../support/lazy.hpp"
#include "coroutine.hpp"
#include "values.hpp"

namespace model {

using value_task = support::lazy<counted_value>;

// A wait that is kept together with what watches it.
template <class Awaitable>
class watched_wait {
 public:
  explicit watched_wait(Awaitable&& idle) : awaitable_(std::move(idle)) {}
  watched_wait(const watched_wait&) = delete;

  bool await_ready() { return watch_.await_ready(); }
  bool await_suspend(std::coroutine_handle<> waiting) { return watch_.await_suspend(waiting); }
  decltype(auto) await_resume() { return watch_.await_resume(); }

 private:
  Awaitable awaitable_;
  frame_place place_;
  watched<Awaitable> watch_{awaitable_, place_};
};

// Awaits a task. The coroutine that does can be destroyed meanwhile.
class started {
 public:
  started(value_task& task, frame_place& place) : task_(task), place_(place) {}
  started(const started&) = delete;

  bool await_ready() const noexcept { return task_.await_ready(); }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiting) noexcept {
    place_.frame = waiting.address();
    return task_.await_suspend(waiting);
  }
  counted_value await_resume() {
    place_.frame = nullptr;
    return task_.await_resume();
  }

 private:
  value_task& task_;
  frame_place& place_;
};

}  // namespace model

template <>
struct waitmap::task_traits<model::value_task> {
  template <class Map>
  static auto claim_or_wait(Map& map, const model::counted_key& key, model::stop_token token,
                            std::source_location where) {
    return model::watched_wait(map.claim_or_wait(key, token, where));
  }
  static bool is_cancellation(const std::exception_ptr&) noexcept { return false; }
};
