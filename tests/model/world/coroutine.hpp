// coroutine: what waits in a scenario. Tells the scheduler when its frame is published and when resumed.
#pragma once

#include <coroutine>
#include <memory>
#include <utility>

#include <wait_map/stop_token.hpp>

#include "../engine/scheduler.hpp"
#include "../engine/stop_token.hpp"
#include "scenario.hpp"

namespace model {

// Where the coroutine of one wait is. It is set while the wait has begun and its result is not there yet.
struct frame_place {
  void* frame = nullptr;
  bool slept = false;  // it was suspended and resumed
};

template <class Awaitable>
class watched;
template <class Awaitable>
struct child_wait;

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

   protected:
    World& world() const noexcept { return world_; }

   private:
    World& world_;
  };

  template <class Awaitable>
  static watched<Awaitable> watch(Awaitable& awaitable, frame_place& place, const operation&) {
    return {awaitable, place};
  }
};

// Likewise, but its parent may stop what it waits for: then the world is told, by unwound(), and frees the frame.
struct child_coroutine {
  template <class World>
  class promise : public coroutine::promise<World> {
   public:
    using coroutine::promise<World>::promise;

    child_coroutine get_return_object() noexcept { return {}; }
    void unhandled_exception() {
      this->world().exited(std::coroutine_handle<promise>::from_promise(*this));
      throw;
    }

    struct environment {
      stop_token parent;
      stop_token query(waitmap::get_stop_token_t) const noexcept { return parent; }
    };
    environment get_env() const noexcept { return {this->world().parent_of(*wait_)}; }
    std::coroutine_handle<> unhandled_stopped() noexcept {
      this->world().unwound(*wait_, std::coroutine_handle<promise>::from_promise(*this));
      return std::noop_coroutine();
    }

    template <class Awaitable>
    auto await_transform(child_wait<Awaitable> begun) {
      wait_ = &begun.wait;
      return begun.watch_in(*this);
    }

   private:
    const operation* wait_ = nullptr;
  };

  template <class Awaitable>
  static child_wait<Awaitable> watch(Awaitable& awaitable, frame_place& place,
                                     const operation& wait) {
    return {awaitable, place, wait};
  }
};

// A coroutine goes on behind an await in which it has slept, if `frame` is its own.
inline void note_resumption(frame_place& place, const void* frame) {
  place.frame = nullptr;
  place.slept = frame != nullptr;
  if (!place.slept) return;
  scheduler& fibers = scheduler::current();
  fibers.point({frame, access::write, "resume"});
  check(fibers.here().locks_held == 0, "a coroutine is resumed while a lock is held");
}

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
    note_resumption(place_, frame_);
    return awaitable_.await_resume();
  }

 private:
  Awaitable& awaitable_;
  frame_place& place_;
  const void* frame_ = nullptr;
};

// Likewise in a coroutine that has a parent, with what the library puts in the place of the awaitable there.
template <class Awaiter>
class watched_by_parent {
 public:
  template <class Awaitable, class Promise>
  watched_by_parent(Awaitable& awaitable, Promise& promise, frame_place& place)
      : awaiter_(awaitable.as_awaitable(promise)), place_(place) {}
  watched_by_parent(const watched_by_parent&) = delete;

  bool await_ready() { return awaiter_.await_ready(); }

  [[gnu::noinline]] std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiting) {
    auto& around = scheduler::current().here();
    around.suspending = waiting.address();
    frame_ = place_.frame = waiting.address();
    const std::coroutine_handle<> next = awaiter_.await_suspend(waiting);
    around.suspending = nullptr;
    if (next == waiting) frame_ = nullptr;  // else the frame may be gone
    return next;
  }

  decltype(auto) await_resume() {
    note_resumption(place_, frame_);
    return awaiter_.await_resume();
  }

 private:
  Awaiter awaiter_;
  frame_place& place_;
  const void* frame_ = nullptr;
};

template <class Awaitable>
struct child_wait {
  Awaitable& awaitable;
  frame_place& place;
  const operation& wait;

  template <class Promise>
  auto watch_in(Promise& promise) const {
    using awaiter = decltype(awaitable.as_awaitable(promise));
    return watched_by_parent<awaiter>(awaitable, promise, place);
  }
};

}  // namespace model

template <class World, class... Others>
struct std::coroutine_traits<model::coroutine, World&, Others...> {
  using promise_type = model::coroutine::promise<World>;
};
template <class World, class... Others>
struct std::coroutine_traits<model::child_coroutine, World&, Others...> {
  using promise_type = model::child_coroutine::promise<World>;
};
