// coroutine: what waits in a scenario. Tells the scheduler when its frame is published and when resumed.
#pragma once

#include <coroutine>
#include <memory>
#include <utility>

#include "../engine/scheduler.hpp"

namespace model {

// Where the coroutine of one wait is. It is set while the wait has begun and its result is not there yet.
struct frame_place {
  void* frame = nullptr;
  bool slept = false;  // it was suspended and resumed
};

// Starts at once, frees its frame at its end, belongs to nobody. Its first parameter, the world, counts it
// by frame_made() and frame_gone(), and is told when it exits by an exception: then the frame is the world's.
struct coroutine {
  template <class World>
  class promise {
   public:
    template <class... Others>
    explicit promise(World& world, Others&...) : world_(world) {
      world_.frame_made();
    }
    ~promise() { world_.frame_gone(); }

    coroutine get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() {
      world_.exited(std::coroutine_handle<promise>::from_promise(*this));
      throw;
    }

   private:
    World& world_;
  };
};

// Awaits `Awaitable`, for which it stands in.
//
// While await_suspend runs, the scheduler knows the frame as one that is being suspended, so that unlocking
// a mutex therein lets others run: they may resume the coroutine, which may free the frame. Whatever is
// touched of it after that is found. That and its resumption are steps on one object, the frame.
template <class Awaitable>
class watched {
 public:
  watched(Awaitable& awaitable, frame_place& place) : awaitable_(awaitable), place_(place) {}
  watched(const watched&) = delete;

  bool await_ready() { return awaitable_.await_ready(); }

  // Not inlined: its locals must not become part of the frame.
  [[gnu::noinline]] bool await_suspend(std::coroutine_handle<> waiting) {
    auto& around = scheduler::current().here();
    around.suspending = waiting.address();
    frame_ = place_.frame = waiting.address();
    if (awaitable_.await_suspend(waiting)) {
      around.suspending = nullptr;
      return true;
    }
    around.suspending = nullptr;
    frame_ = nullptr;
    return false;
  }

  decltype(auto) await_resume() {
    place_.frame = nullptr;
    place_.slept = frame_ != nullptr;
    if (place_.slept) {
      scheduler& fibers = scheduler::current();
      fibers.point({frame_, access::write, "resume"});
      check(fibers.here().locks_held == 0, "a coroutine is resumed while a lock is held");
    }
    return awaitable_.await_resume();
  }

 private:
  Awaitable& awaitable_;
  frame_place& place_;
  const void* frame_ = nullptr;
};

}  // namespace model

template <class World, class... Others>
struct std::coroutine_traits<model::coroutine, World&, Others...> {
  using promise_type = model::coroutine::promise<World>;
};
