// stop_source, stop_token, stop_callback: C++26's stoppable tokens, with every interleaving explored.
//
// libstdc++'s own would not do: its callback's destructor compares thread ids, and all fibers share one
// thread, so that it would take a callback that runs on another fiber for its own and return too early.
#pragma once

#include <utility>

#include "sync.hpp"

namespace model {

// One callback, in the list of its stop_state. States: linked (in the list, the function has not begun),
// running, finished, and, for a callback made after the request, none of them.
class stop_callback_base {
 public:
  stop_callback_base(const stop_callback_base&) = delete;
  stop_callback_base& operator=(const stop_callback_base&) = delete;

 protected:
  stop_callback_base() = default;
  ~stop_callback_base() = default;
  virtual void run() = 0;

 private:
  friend class stop_state;
  stop_callback_base* next_ = nullptr;
  stop_callback_base* previous_ = nullptr;
  bool linked_ = false;
  bool finished_ = false;
  bool* destroyed_while_running_ = nullptr;
};

class stop_state {
 public:
  bool requested() const {
    scheduler::current().point({this, access::read, "stop_requested"});
    return requested_;
  }

  // Runs the callbacks, newest first. False if stop was requested before.
  bool request() {
    scheduler& fibers = scheduler::current();
    fibers.point({this, access::write, "request_stop"});
    if (requested_) return false;
    requested_ = true;
    requester_ = fibers.fiber();
    while (first_ != nullptr) {
      running_ = first_;
      unlink(*running_);
      bool destroyed = false;
      running_->destroyed_while_running_ = &destroyed;
      running_->run();
      fibers.point({this, access::write, "stop callback has run"});
      if (!destroyed) running_->finished_ = true;
      running_ = nullptr;
    }
    return true;
  }

  // False if stop was requested already: then the function runs in the constructor.
  bool link(stop_callback_base& added) {
    scheduler::current().point({this, access::write, "register stop callback"});
    if (requested_) return false;
    added.next_ = first_;
    if (first_ != nullptr) first_->previous_ = &added;
    first_ = &added;
    added.linked_ = true;
    return true;
  }

  bool has_callback() const { return first_ != nullptr || running_ != nullptr; }

  // Waits while the function runs on another fiber.
  void remove(stop_callback_base& gone) {
    scheduler& fibers = scheduler::current();
    fibers.point({this, access::write, "remove stop callback"});
    if (gone.linked_) {
      unlink(gone);
    } else if (running_ == &gone) {
      if (requester_ == fibers.fiber()) {
        *gone.destroyed_while_running_ = true;
        running_ = nullptr;
      } else {
        check(fibers.here().locks_held == 0, "a stop callback is awaited while a lock is held");
        fibers.point({this, access::block, "await the stop callback"}, &has_finished, &gone);
      }
    }
  }

 private:
  static bool has_finished(const void* callback) {
    return static_cast<const stop_callback_base*>(callback)->finished_;
  }
  void unlink(stop_callback_base& gone) {
    (gone.previous_ != nullptr ? gone.previous_->next_ : first_) = gone.next_;
    if (gone.next_ != nullptr) gone.next_->previous_ = gone.previous_;
    gone.next_ = gone.previous_ = nullptr;
    gone.linked_ = false;
  }

  bool requested_ = false;
  int requester_ = scheduler::outside;
  stop_callback_base* first_ = nullptr;
  stop_callback_base* running_ = nullptr;
};

template <class Function>
class stop_callback;

class stop_token {
 public:
  template <class Function>
  using callback_type = stop_callback<Function>;

  stop_token() = default;
  explicit stop_token(stop_state& state) : state_(&state) {}

  bool stop_requested() const { return state_ != nullptr && state_->requested(); }
  bool stop_possible() const { return state_ != nullptr; }
  friend bool operator==(const stop_token&, const stop_token&) = default;

 private:
  template <class Function>
  friend class stop_callback;
  stop_state* state_ = nullptr;
};

class stop_source {
 public:
  stop_token get_token() { return stop_token(state_); }
  bool request_stop() { return state_.request(); }
  bool has_callback() const { return state_.has_callback(); }

 private:
  stop_state state_;
};

template <class Function>
class stop_callback final : stop_callback_base {
 public:
  template <class Initializer>
  stop_callback(stop_token token, Initializer&& function)
      : state_(token.state_), function_(std::forward<Initializer>(function)) {
    if (state_ != nullptr && !state_->link(*this)) {
      state_ = nullptr;
      function_();
    }
  }
  ~stop_callback() {
    if (state_ != nullptr) state_->remove(*this);
  }

 private:
  void run() override { function_(); }

  stop_state* state_;
  Function function_;
};

}  // namespace model
