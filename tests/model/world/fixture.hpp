// fixture: what a scenario keeps beside the map: its waiters, its history, and what each thread has.
#pragma once

#include "parking.hpp"  // before the library

#include <array>
#include <coroutine>
#include <cstdint>
#include <unordered_set>
#include <vector>

#include <wait_map/policy.hpp>

#include "../engine/explore.hpp"
#include "../engine/parking_word.hpp"
#include "../engine/stop_token.hpp"
#include "../engine/sync.hpp"
#include "../spec/linearizability.hpp"
#include "coroutine.hpp"
#include "scenario.hpp"

namespace model {

// What a coroutine exits by. Numbered from 1 on in the order in which they are thrown.
struct coroutine_error {
  int number;
};

// What all executions of one scenario share.
struct exploration {
  const scenario& played;
  std::unordered_set<std::uint64_t> accepted{};  // fingerprints of histories found linearisable
};

class fixture : public execution {
 public:
  explicit fixture(exploration& of);
  ~fixture() override;

  // The one that runs.
  static fixture& current();
  waitmap::thread_state& this_thread();

  // A posting resumer hands over a coroutine.
  void post(std::coroutine_handle<> ready);

  // A coroutine exits by the exception that it has thrown last.
  void exited(std::coroutine_handle<> frame);

  // The parent of a wait's coroutine stopped it, which is not resumed.
  stop_token parent_of(const operation& wait) { return waiter_of(wait).parent.get_token(); }
  void unwound(const operation& wait, std::coroutine_handle<> frame);

  void frame_made() { ++frames_; }
  void frame_gone() { --frames_; }

 protected:
  struct waiter {
    frame_place place;
    stop_source source;
    stop_source parent;
    bool begun = false;
    int begun_at = 0;
    bool ended = false;
    bool stopped = false;
  };

  const scenario& played() const { return exploration_.played; }
  waiter& waiter_of(const operation& its) { return waiters_[static_cast<std::size_t>(its.waiter)]; }

  // An operation begins and returns. What it concerns and what it returned enters the history, as one event
  // or as several: the parts of an operation on all keys.
  struct begun {
    std::size_t first;
    std::size_t count;
  };
  begun begin(const operation& what);
  void end(begun operation_, int result);
  // A coroutine has got its result; of a wait for all keys, its two results.
  void observe(const operation& wait, int result, int second_result = no_result);

  // The deadline of a wait has passed since it began.
  void time_out(const operation& wait);

  // Calls function(), in which coroutines are resumed. It must throw the first exception by which one of them
  // exits, and no other.
  template <class Function>
  void resume_in(Function function) {
    const std::size_t before = exits_of_this_thread().size();
    int thrown = 0;
    try {
      function();
    } catch (const coroutine_error& error) {
      thrown = error.number;
    }
    end_exits(before, thrown);
  }

  // Operations that do not concern the map.
  void stop(const operation& what);
  void stop_parent(const operation& what);
  void destroy(const operation& what);
  void await_end(const operation& what);
  void run_posted();

  // At the end: what can still be seen becomes part of the history, which must then be right.
  void note_pending();
  void note(action what, int key, int result);
  void check_history();
  void check_nothing_is_left();

  [[noreturn]] void throw_coroutine_error() { throw coroutine_error{++errors_}; }

  bool finishing() const { return finishing_; }
  void set_finishing() { finishing_ = true; }
  int pending_waits() const;
  // function(waiter number) for each that waits although it was told to stop.
  template <class Function>
  void for_each_stopped(Function function) const {
    for (std::size_t i = 0; i < waiters_.size(); ++i) {
      const waiter& each = waiters_[i];
      if (each.begun && !each.ended && each.stopped) function(static_cast<int>(i));
    }
  }

 private:
  // A coroutine that has exited by an exception.
  struct exit {
    int number;
    std::coroutine_handle<> frame;
  };
  std::vector<exit>& exits_of_this_thread();
  // Those after the first `before` are over, and `thrown` came out of the call, or 0.
  void end_exits(std::size_t before, int thrown);

  void note_parts_of_subscription(const operation& wait, event part);

  static bool has_ended(const void* waiter_) { return static_cast<const waiter*>(waiter_)->ended; }

  exploration& exploration_;
  history events_;
  int clock_ = 0;
  int groups_ = 0;
  int frames_ = 0;
  bool finishing_ = false;
  std::array<waiter, reference_map::most_waiters> waiters_;
  std::vector<std::coroutine_handle<>> posted_;
  std::array<waitmap::thread_state, max_fibers + 1> thread_states_{};
  std::array<std::vector<exit>, max_fibers + 1> exits_;
  int errors_ = 0;
};

// Puts the checker's lock, atomics and threads in the place of the real ones.
struct checker_policy : waitmap::default_policy {
  using mutex = model::mutex;
  template <class T>
  using atomic = model::atomic<T>;
  using parker = waitmap::detail::word_parker<parking_word>;
  static waitmap::thread_state& this_thread() noexcept { return fixture::current().this_thread(); }
};

}  // namespace model
