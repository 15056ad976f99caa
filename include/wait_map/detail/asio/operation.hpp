// operation: a wait on behalf of a handler. It is the wait's owner, called when that is over.
#pragma once

#include <atomic>
#include <concepts>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include <wait_map/detail/annotations.hpp>
#include <wait_map/detail/asio/handler_arguments.hpp>
#include <wait_map/detail/asio/library.hpp>
#include <wait_map/detail/asio/operation_timer.hpp>
#include <wait_map/detail/asio/pending_operation.hpp>
#include <wait_map/detail/asio/stop_source.hpp>
#include <wait_map/detail/environment.hpp>
#include <wait_map/detail/owner_frame.hpp>
#include <wait_map/stop_token.hpp>

namespace waitmap::detail {
inline namespace WAIT_MAP_WITH_ASIO {

// Where a handler is called that has no executor but Asio's own threads, if its token asked for one: one thread of the
// program's, which begins when it is first asked for.
using fallback_executor = net::thread_pool::executor_type;
inline fallback_executor get_fallback_executor() {
  static net::thread_pool thread(1);
  return thread.get_executor();
}

// What keeps an executor at work; what is made of another executor may be no executor of the old kind, for which
// executor_work_guard takes it.
template <class Executor>
struct outstanding_work {
  using type = net::executor_work_guard<Executor>;
  static type of(const Executor& executor) { return type(executor); }
};
template <class Executor>
  requires net::execution::is_executor<Executor>::value
struct outstanding_work<Executor> {
  static auto of(const Executor& executor) {
    return net::prefer(executor, net::execution::outstanding_work_t::tracked);
  }
  using type = decltype(of(std::declval<const Executor&>()));
};

// A stop token of the user's, beside the operation's own.
template <class Token>
class forward_stop {
 public:
  forward_stop(const Token& token, pending_operation& to) : callback_(token, request{&to}) {}

 private:
  struct request {
    pending_operation* to;
    void operator()() const noexcept {
      pending_operation& stopped = *to;
      stopped.retain();  // *this and the operation may go meanwhile
      const operation_owner held(&stopped);
      stopped.stop.request();
    }
  };
  stop_callback_for<Token, request> callback_;
};
template <>
class forward_stop<no_stop_token> {
 public:
  forward_stop(no_stop_token, pending_operation&) noexcept {}
};
// The timer begins before the wait, so that the wait finds it where it ends at once.
template <class Clock>
class forward_stop<stop_at<Clock>> {
 public:
  template <class Operation>
  forward_stop(const stop_at<Clock>& deadline, Operation& to) {
    to.start_timer(deadline);
  }
};

// How an operation begins, and where its handler is called if neither that nor the token says so.
template <class Begin>
struct operation_call {
  Begin begin;
  std::optional<fallback_executor> fallback;
};

// `Begin`(token, arguments...) makes the wait; the arguments are kept here. Its memory comes from the handler's
// allocator: one allocation.
template <class Handler, class Error, class Result, class Begin, class Token, class... Args>
class operation final : public pending_operation, public owner_frame {
  using executor_type = net::associated_executor_t<Handler>;
  static constexpr bool timed = is_deadline<Token>;
  using allocator_type = typename std::allocator_traits<
      net::associated_allocator_t<Handler>>::template rebind_alloc<operation>;
  using wait_type = std::invoke_result_t<Begin&, operation_stop_token, Args&...>;

 public:
  // Begins it; on the way out it may be over. Throws what allocation, the copies of what it keeps, the slot's
  // memory or the timer throws: the handler is dropped.
  static void start(Handler& handler, operation_call<Begin> call, Token token, Args... args) {
    allocator_type allocator(net::get_associated_allocator(handler));
    operation* const memory = std::allocator_traits<allocator_type>::allocate(allocator, 1);
    operation* started = nullptr;
    try {
      started = ::new (static_cast<void*>(memory))
          operation(allocator, handler, std::move(call), std::move(token), std::move(args)...);
    } catch (...) {
      std::allocator_traits<allocator_type>::deallocate(allocator, memory, 1);
      throw;
    }
    started->run();
  }

  // Hands the operation to the executor, and in the end calls the handler there. Dropped by an
  // executor that will not run it, it drops the handler.
  class completion {
   public:
    using allocator_type = net::associated_allocator_t<Handler>;

    explicit completion(operation& completed) noexcept : completed_(&completed) {}
    completion(completion&& other) noexcept
        : completed_(std::exchange(other.completed_, nullptr)) {}
    completion& operator=(completion&&) = delete;
    ~completion() {
      if (completed_ == nullptr) return;
      const operation_owner dropped(completed_);
      dropped->drop_handler();
    }

    allocator_type get_allocator() const noexcept {
      return net::get_associated_allocator(*completed_->handler_);
    }
    void operator()() { std::exchange(completed_, nullptr)->call_handler(); }
    // By the timer.
    void call_by_timer() {
      if constexpr (operation_timer<Token, executor_type>::has_own_context) {
        (*this)();
      } else {
        std::move(*this).dispatch();
      }
    }
    void dispatch() && { net::dispatch(completed_->executor(), std::move(*this)); }

   private:
    operation* completed_;
  };

  // The handler of the timer. An operation with a deadline is over when the wait and the timer have ended;
  // the second of them completes it. So nothing of either is left when its own handler is called.
  class timer_handler {
   public:
    using allocator_type = net::associated_allocator_t<Handler>;

    explicit timer_handler(operation& of) noexcept
        : allocator_(net::get_associated_allocator(*of.handler_)), operation_(&of) {
      of.retain();
    }
    timer_handler(timer_handler&&) noexcept = default;
    timer_handler& operator=(timer_handler&&) = delete;
    ~timer_handler() {  // the context drops it, or it could not start
      if (operation_ == nullptr) return;
      if (timed_operation().timer_.note_end()) completion drop(timed_operation());
    }

    // A copy: the context may free this after it has dropped the operation.
    allocator_type get_allocator() const noexcept { return allocator_; }
    // The time has come, or the wait has ended already.
    void operator()(const error_code&) {
      operation& ended = timed_operation();
      ended.stop.request();
      operation_.reset();  // what is left belongs to the wait, until both have ended
      if (ended.timer_.note_end()) completion(ended).call_by_timer();
    }

   private:
    operation& timed_operation() const noexcept { return static_cast<operation&>(*operation_); }

    allocator_type allocator_;
    operation_owner operation_;
  };

  // Throws what the timer throws; then its handler has had its end.
  void start_timer(const Token& deadline) { timer_.start(deadline, timer_handler(*this)); }

 private:
  friend completion;
  friend timer_handler;
  friend owner_frame;

  operation(const allocator_type& allocator, Handler& called, operation_call<Begin>&& call,
            Token&& token, Args&&... args)
      : owner_frame(std::in_place_type<operation>),
        handler_(std::move(called)),
        work_(outstanding_work<executor_type>::of(net::get_associated_executor(*handler_))),
        fallback_(std::move(call.fallback)),
        begin_(std::move(call.begin)),
        token_(std::move(token)),
        args_(std::move(args)...),
        allocator_(allocator) {}
  ~operation() { end_wait(); }

  void free() noexcept override {
    allocator_type allocator(std::move(allocator_));
    this->~operation();
    std::allocator_traits<allocator_type>::deallocate(allocator, this, 1);
  }

  void run() {
    bool begun = false;
    try {
      begun = begin();
    } catch (...) {
      completion drop(*this);
      throw;
    }
    if (begun) {
      wait();
    } else {
      completion drop(*this);
    }
  }

  // Throws what the slot's memory or the timer throws. False: the context is being destroyed.
  bool begin() {
    auto slot = net::get_associated_cancellation_slot(*handler_);
    if (slot.is_connected()) {
      slot.template emplace<cancel_operation>(static_cast<pending_operation&>(*this));
    }
    if constexpr (timed) {
      timer_.make(executor());
      return add_to(timer_.context());
    } else if constexpr (context_executor<executor_type>) {
      return add_to(detail::context_of(executor()));
    } else {
      return true;
    }
  }

  void wait() noexcept {
    try {
      forward_.emplace(token_, *this);
      std::apply(
          [this](Args&... args) {
            ::new (static_cast<void*>(std::addressof(wait_)))
                wait_type(begin_(operation_stop_token(stop), args...));
          },
          args_);
      is_waiting_ = true;
      if (!wait_.await_ready()) {
        suspended_ = true;  // before: once it is suspended, it may be resumed elsewhere
        if (wait_.await_suspend(handle())) return;
        suspended_ = false;
      }
    } catch (...) {
      suspended_ = false;
      finish(std::current_exception());
      return;
    }
    resume();
  }

  // The wait is over.
  void resume() noexcept {
    try {
      auto awaited = wait_.await_resume();
      const bool was_cancelled = cancelled.load(std::memory_order_relaxed);
      if (was_cancelled && detail::ended_by_stop(awaited, was_cancelled)) {
        error_ = std::make_exception_ptr(system_error(net::error::operation_aborted));
      } else {
        error_ = detail::error_in(awaited);
      }
      result_.emplace(handed_on<Result>::from(std::move(awaited)));
    } catch (...) {
      finish(std::current_exception());
      return;
    }
    end_wait();
    hand_over();
  }
  // An executor of the map's will not run what it was handed.
  void destroy() noexcept {
    drop_handler();
    end_wait();
    const operation_owner over(this);
  }

  void finish(std::exception_ptr error) noexcept {
    end_wait();
    error_ = std::move(error);
    result_.emplace(handed_on<Result>::from(error_));
    hand_over();
  }
  void end_wait() noexcept {
    if (std::exchange(is_waiting_, false)) std::destroy_at(std::addressof(wait_));
    forward_.reset();
  }
  void hand_over() noexcept {
    if (!submit()) const operation_owner over(this);
  }

  bool add_to(net::execution_context& context) {
    pending_ = net::use_service<wait_service<timed>>(context).pending;
    return pending_->add(*this);
  }

  // True: *this belongs to the completion, which may have run already.
  bool submit() noexcept {
    if constexpr (timed) {
      const auto pending = pending_;  // *this may go meanwhile
      return pending->complete(*this, [this] {
        timer_.reset();  // a timer that was pending ends now, and its handler completes *this
        if (timer_.note_end()) post();
      });
    } else if constexpr (context_executor<executor_type>) {
      const auto pending = pending_;  // *this may go meanwhile
      return pending->complete(*this, [this] { post(); });
    } else if (suspended_ && !stop.requested() && !fallback_) {
      net::dispatch(executor(), completion(*this));
    } else {
      post();  // the initiating function, or who cancels, is still at it
    }
    return true;
  }
  void post() {
    if (fallback_ && runs_on_system_threads()) {
      net::post(*fallback_, [done = completion(*this)]() mutable { std::move(done).dispatch(); });
    } else if constexpr (requires { net::post(executor(), completion(*this)); }) {
      net::post(executor(), completion(*this));
    } else {
      net::post(net::system_executor(), completion(*this));
    }
  }
  bool runs_on_system_threads() const noexcept {
    if constexpr (context_executor<executor_type>) {
      const net::execution_context& system =
          net::query(net::system_executor(), net::execution::context);
      return &static_cast<net::execution_context&>(detail::context_of(executor())) == &system;
    } else {
      return true;
    }
  }
  executor_type executor() const noexcept { return net::get_associated_executor(*handler_); }

  void call_handler() {
    operation_owner owner(this);
    net::get_associated_cancellation_slot(*handler_).clear();
    [[maybe_unused]] const auto working = std::move(work_);
    Handler called(std::move(*handler_));
    Result given(std::move(*result_));
    Error why = given_error();
    handler_.reset();
    owner.reset();  // before the call: the handler may use its allocator again
    std::move(called)(std::move(why), std::move(given));
  }

  Error given_error() {
    if constexpr (std::same_as<Error, std::exception_ptr>) {
      return std::move(error_);
    } else {
      return detail::code_of(error_);
    }
  }

  void drop_handler() noexcept override {
    timer_.reset();
    handler_.reset();
    work_.reset();
  }

  std::optional<Handler> handler_;
  std::optional<Result> result_;
  std::exception_ptr error_;
  std::optional<typename outstanding_work<executor_type>::type> work_;
  std::shared_ptr<pending_operations> pending_;
  WAIT_MAP_NO_UNIQUE_ADDRESS operation_timer<Token, executor_type> timer_;
  std::optional<fallback_executor> fallback_;
  Begin begin_;
  WAIT_MAP_NO_UNIQUE_ADDRESS Token token_;
  std::tuple<Args...> args_;
  std::optional<forward_stop<Token>> forward_;
  bool suspended_ = false;
  bool is_waiting_ = false;
  union {
    wait_type wait_;  // while is_waiting_
  };
  WAIT_MAP_NO_UNIQUE_ADDRESS allocator_type allocator_;
};

}  // namespace WAIT_MAP_WITH_ASIO
}  // namespace waitmap::detail
