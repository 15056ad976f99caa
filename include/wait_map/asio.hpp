// async_wait and its kin: the waits of a wait_map as asynchronous operations of Asio, for every
// completion token; and a resumer for Asio's executors.
//
// Standalone Asio, or Boost.Asio where WAIT_MAP_USE_BOOST_ASIO is defined or only that is there (the
// CMake targets wait_map::asio and wait_map::boost_asio see to it). A program may use both, each
// source file one of them.
#pragma once

#include <algorithm>
#include <atomic>
#include <concepts>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <functional>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <ranges>
#include <source_location>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#if defined(WAIT_MAP_USE_BOOST_ASIO) || !__has_include(<asio/version.hpp>)
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/execution.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/system_context.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>
#define WAIT_MAP_WITH_ASIO with_boost_asio
#if defined(BOOST_ASIO_HAS_CO_AWAIT)
#define WAIT_MAP_ASIO_AWAITABLE
#endif
namespace waitmap::detail {
inline namespace with_boost_asio {
namespace net = boost::asio;
using boost::system::error_category;
using boost::system::error_code;
using boost::system::system_error;
}  // namespace with_boost_asio
}  // namespace waitmap::detail
#else
#include <asio/any_io_executor.hpp>
#include <asio/associated_allocator.hpp>
#include <asio/associated_cancellation_slot.hpp>
#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/awaitable.hpp>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/bind_executor.hpp>
#include <asio/cancellation_type.hpp>
#include <asio/dispatch.hpp>
#include <asio/error.hpp>
#include <asio/execution.hpp>
#include <asio/execution_context.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <asio/system_context.hpp>
#include <asio/system_error.hpp>
#include <asio/system_executor.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/use_future.hpp>
#define WAIT_MAP_WITH_ASIO with_asio
#if defined(ASIO_HAS_CO_AWAIT)  // not by Asio 1.22 with clang, unless the user defines it
#define WAIT_MAP_ASIO_AWAITABLE
#endif
namespace waitmap::detail {
inline namespace with_asio {
namespace net = ::asio;
using ::asio::error_category;
using ::asio::error_code;
using ::asio::system_error;
}  // namespace with_asio
}  // namespace waitmap::detail
#endif

#include <wait_map/get_or_compute.hpp>
#include <wait_map/policy.hpp>
#include <wait_map/result.hpp>
#include <wait_map/stop_token.hpp>
#include <wait_map/wait_map.hpp>

namespace waitmap {

namespace detail {

template <class Type>
inline constexpr bool is_wait_map = false;
template <class Key, class Value, class Hash, class Equal, class Policy>
inline constexpr bool is_wait_map<wait_map<Key, Value, Hash, Equal, Policy>> = true;
template <class Type>
concept some_wait_map = is_wait_map<Type>;

inline namespace WAIT_MAP_WITH_ASIO {

// --- the stop source of one operation ------------------------------------------------------------

// As std::stop_source, but it allocates nothing, lives in the operation and has room for one
// callback. request() may be called from several threads; the caller keeps the source alive.
class operation_stop_source {
 public:
  class callback_base {
   public:
    callback_base(const callback_base&) = delete;
    callback_base& operator=(const callback_base&) = delete;

   protected:
    using run_function = void (*)(callback_base&) noexcept;

    callback_base(operation_stop_source& source, run_function function) noexcept
        : source_(source), run_(function) {}
    // Last in the constructor of the whole callback, first in its destructor.
    void attach() noexcept {
      void* none = nullptr;
      // release: request() sees the whole callback
      attached_ = source_.callback_.compare_exchange_strong(none, this, std::memory_order_release,
                                                            std::memory_order_relaxed);
      if (!attached_) run();
    }
    void detach() noexcept {
      void* self = this;
      // acquire: the thread that runs the callback, by exchange in request()
      if (!attached_ || source_.callback_.compare_exchange_strong(
                            self, nullptr, std::memory_order_acquire, std::memory_order_acquire)) {
        return;
      }
      if (source_.runner_ != std::this_thread::get_id()) {
        source_.finished_.wait(false, std::memory_order_acquire);  // store in request()
      }
    }

   private:
    friend operation_stop_source;

    void run() noexcept { run_(*this); }

    operation_stop_source& source_;
    run_function run_;
    bool attached_ = false;
  };

  bool requested() const noexcept { return requested_.load(std::memory_order_acquire); }

  void request() noexcept {
    if (requested_.exchange(true, std::memory_order_acq_rel)) return;
    runner_ = std::this_thread::get_id();
    // acq_rel: attach() and detach()
    void* attached = callback_.exchange(this, std::memory_order_acq_rel);
    if (attached != nullptr) static_cast<callback_base*>(attached)->run();
    finished_.store(true, std::memory_order_release);  // wait in detach()
    finished_.notify_all();
  }

  operation_stop_source() noexcept = default;
  operation_stop_source(const operation_stop_source&) = delete;
  operation_stop_source& operator=(const operation_stop_source&) = delete;

 private:
  std::atomic<bool> requested_ = false;
  std::atomic<bool> finished_ = false;
  std::atomic<void*> callback_ = nullptr;  // a callback_base; *this once a stop was requested
  std::thread::id runner_;
};

class operation_stop_token {
 public:
  explicit operation_stop_token(operation_stop_source& source) noexcept : source_(&source) {}

  bool stop_requested() const noexcept { return source_->requested(); }
  bool stop_possible() const noexcept { return true; }

  template <class Function>
  class callback_type : operation_stop_source::callback_base {
   public:
    explicit callback_type(const operation_stop_token& token, Function function)
        : callback_base(
              *token.source_,
              [](callback_base& self) noexcept { static_cast<callback_type&>(self).function_(); }),
          function_(std::move(function)) {
      this->attach();
    }
    ~callback_type() { this->detach(); }

   private:
    Function function_;
  };

 private:
  operation_stop_source* source_;
};

// --- an operation and the execution context that its handler runs in -----------------------------

// What an operation is to those who do not know its handler. Its memory is that of a coroutine,
// which is freed with the last of its owners:
// - the wait, until the coroutine ends or is suspended for good and the completion owns it;
// - the handler of the cancellation slot, which may be called until it is cleared or replaced;
// - pending_operations::shut_down(), while it looks at it.
class pending_operation {
 public:
  pending_operation(const pending_operation&) = delete;
  pending_operation& operator=(const pending_operation&) = delete;

  operation_stop_source stop;
  std::atomic<bool> cancelled = false;  // by the cancellation slot

  void retain() noexcept { owners_.fetch_add(1, std::memory_order_relaxed); }
  // acq_rel: what each owner did happens before the last one frees the memory
  [[nodiscard]] bool release() noexcept {
    return owners_.fetch_sub(1, std::memory_order_acq_rel) == 1;
  }

  // Drops the handler: nobody will call it.
  virtual void drop_handler() noexcept = 0;
  virtual void free() noexcept = 0;

 protected:
  pending_operation() noexcept = default;
  ~pending_operation() = default;

 private:
  friend class pending_operations;

  std::atomic<unsigned> owners_ = 1;
  pending_operation* previous_ = nullptr;
  pending_operation* next_ = nullptr;
  bool listed_ = false;
};

struct release_operation {
  void operator()(pending_operation* owned) const noexcept {
    if (owned->release()) owned->free();
  }
};
using operation_owner = std::unique_ptr<pending_operation, release_operation>;

// The operations whose handlers will run in one execution context. It outlives the context while a
// thread is about to complete an operation that the context has dropped.
class pending_operations {
 public:
  // False where the context is being destroyed.
  bool add(pending_operation& added) noexcept {
    const std::lock_guard lock(mutex_);
    if (shut_down_) return false;
    added.listed_ = true;
    added.next_ = first_;
    if (first_ != nullptr) first_->previous_ = &added;
    first_ = &added;
    return true;
  }

  // Removes it and calls post(), which hands its completion to an executor of the context; false
  // where the context has dropped it. Under the lock, so that the context is there: its destructor
  // waits for the lock and then destroys what was posted.
  template <class Post>
  bool complete(pending_operation& ended, Post post) noexcept {
    const std::lock_guard lock(mutex_);
    if (!ended.listed_) return false;
    ended.listed_ = false;
    (ended.previous_ != nullptr ? ended.previous_->next_ : first_) = ended.next_;
    if (ended.next_ != nullptr) ended.next_->previous_ = ended.previous_;
    post();
    return true;
  }

  // Drops the handlers, which may refer to the context, and stops the waits.
  void shut_down() noexcept {
    pending_operation* next = nullptr;
    {
      const std::lock_guard lock(mutex_);
      shut_down_ = true;
      next = std::exchange(first_, nullptr);
      for (pending_operation* each = next; each != nullptr; each = each->next_) {
        each->listed_ = false;
        each->retain();
      }
    }
    while (next != nullptr) {
      const operation_owner dropped(std::exchange(next, next->next_));
      dropped->drop_handler();
      dropped->stop.request();
    }
  }

 private:
  std::mutex mutex_;
  bool shut_down_ = false;
  pending_operation* first_ = nullptr;
};

// How the context comes by its pending_operations, and says that it is being destroyed.
class wait_service : public net::execution_context::service {
 public:
  using key_type = wait_service;
  inline static net::execution_context::id id;

  explicit wait_service(net::execution_context& context)
      : net::execution_context::service(context) {}

  const std::shared_ptr<pending_operations> pending = std::make_shared<pending_operations>();

 private:
  void shutdown() noexcept override { pending->shut_down(); }
};

template <class Executor>
decltype(auto) context_of(const Executor& executor)
  requires net::can_query<const Executor&, net::execution::context_t>::value
{
  return net::query(executor, net::execution::context);
}
template <class Executor>
auto& context_of(const Executor& executor)
  requires(!net::can_query<const Executor&, net::execution::context_t>::value &&
           requires { executor.context(); })
{
  return executor.context();
}

// An executor whose context may be destroyed before the program ends. Others need no
// pending_operations: that of handlers without an executor, whose dispatch() calls at once.
template <class Executor>
concept context_executor = requires(const Executor& executor) {
  { detail::context_of(executor) } -> std::convertible_to<net::execution_context&>;
  requires !std::convertible_to<decltype(detail::context_of(executor)), net::system_context&>;
};

// What the cancellation slot of a handler calls. To wait has no effects: any type of cancellation
// will do.
class cancel_operation {
 public:
  explicit cancel_operation(pending_operation& operation) noexcept : operation_(&operation) {
    operation.retain();
  }
  cancel_operation(const cancel_operation&) = delete;
  cancel_operation& operator=(const cancel_operation&) = delete;

  void operator()(net::cancellation_type_t type) noexcept {
    if (type == net::cancellation_type::none) return;
    pending_operation& cancelled = *operation_;
    cancelled.retain();  // *this may go meanwhile
    const operation_owner held(&cancelled);
    cancelled.cancelled.store(true, std::memory_order_relaxed);  // read behind the stop
    cancelled.stop.request();
  }

 private:
  operation_owner operation_;
};

// --- errors --------------------------------------------------------------------------------------

class wait_error_category final : public error_category {
 public:
  const char* name() const noexcept override { return "wait_map"; }
  std::string message(int) const override { return "the wait failed with an exception"; }
};

// What a handler gets that takes an error_code, where the wait ended with an exception.
inline error_code code_of(const std::exception_ptr& error) {
  static const wait_error_category category;
  if (!error) return {};
  try {
    std::rethrow_exception(error);
  } catch (const system_error& thrown) {
    return thrown.code();
  } catch (...) {
    return {1, category};
  }
}

// Tokens that make an exception of the error: they get the exception itself.
template <class Token>
inline constexpr bool throws_errors = false;
#if defined(WAIT_MAP_ASIO_AWAITABLE)
template <class Executor>
inline constexpr bool throws_errors<net::use_awaitable_t<Executor>> = true;
#endif
template <class Allocator>
inline constexpr bool throws_errors<net::use_future_t<Allocator>> = true;
template <class Token, class Executor>
inline constexpr bool throws_errors<net::executor_binder<Token, Executor>> = throws_errors<Token>;
template <class Token, class Slot>
inline constexpr bool throws_errors<net::cancellation_slot_binder<Token, Slot>> =
    throws_errors<Token>;

template <class Token>
using error_for =
    std::conditional_t<throws_errors<std::decay_t<Token>>, std::exception_ptr, error_code>;

// --- what the handler gets of a wait -------------------------------------------------------------

// Whether it ended by a stop. An optional does not tell: without a value, and with a stop requested.
template <class Value>
bool ended_by_stop(const std::optional<Value>& result, bool requested) noexcept {
  return !result && requested;
}
template <class Value>
bool ended_by_stop(const wait_outcome<Value>& result, bool) noexcept {
  return result.status() == wait_status::stopped;
}
template <class Value>
bool ended_by_stop(const first_outcome<Value>& result, bool) noexcept {
  return result.index == result.no_key && result.outcome.status() == wait_status::stopped;
}
template <class Value>
bool ended_by_stop(const std::vector<wait_outcome<Value>>& result, bool) noexcept {
  return std::ranges::any_of(result, [](const wait_outcome<Value>& each) {
    return each.status() == wait_status::stopped;
  });
}

// A handler's argument, of what was awaited or of the exception that was thrown.
template <class Result>
struct handed_on {
  static Result from(Result&& awaited) { return std::move(awaited); }
  static Result from(std::exception_ptr) { return {}; }
};
template <class Value>
struct handed_on<std::optional<Value>> {
  static std::optional<Value> from(std::optional<Value>&& awaited) { return std::move(awaited); }
  static std::optional<Value> from(wait_outcome<Value>&& awaited) {
    return awaited ? std::optional<Value>(*std::move(awaited)) : std::nullopt;
  }
  static std::optional<Value> from(std::exception_ptr) noexcept { return std::nullopt; }
};
template <class Value>
struct handed_on<wait_outcome<Value>> {
  static wait_outcome<Value> from(wait_outcome<Value>&& awaited) { return std::move(awaited); }
  static wait_outcome<Value> from(std::exception_ptr error) noexcept {
    return wait_outcome<Value>(std::move(error));
  }
};
template <class Value>
struct handed_on<first_outcome<Value>> {
  using type = first_outcome<Value>;
  static type from(type&& awaited) { return std::move(awaited); }
  static type from(std::exception_ptr error) noexcept {
    return {type::no_key, wait_outcome<Value>(std::move(error))};
  }
};

// --- the operation -------------------------------------------------------------------------------

// Awaits what it refers to, and notes whether that suspended.
template <class Awaitable>
class noting_suspension {
 public:
  noting_suspension(Awaitable& awaited, bool& suspended) noexcept
      : awaited_(awaited), suspended_(suspended) {}

  bool await_ready() { return awaited_.await_ready(); }
  bool await_suspend(std::coroutine_handle<> coroutine) {
    bool& suspended = suspended_;
    suspended = true;  // before: once it is suspended, the coroutine may be resumed elsewhere
    try {
      if (awaited_.await_suspend(coroutine)) return true;
    } catch (...) {
      suspended = false;
      throw;
    }
    suspended = false;
    return false;
  }
  auto await_resume() { return awaited_.await_resume(); }

 private:
  Awaitable& awaited_;
  bool& suspended_;
};

// The coroutine that waits on behalf of a handler. Its promise keeps the handler and what it gets.
//
// Args: the coroutine's arguments, so that no function of its memory is a template: g++ 12 takes
// such an operator new for mismatched.
template <class Handler, class Error, class Result, class... Args>
class operation {
 public:
  class promise_type;

 private:
  using executor_type = net::associated_executor_t<Handler>;
  using allocator_type = typename std::allocator_traits<
      net::associated_allocator_t<Handler>>::template rebind_alloc<std::max_align_t>;
  using handle = std::coroutine_handle<promise_type>;

 public:
  // Hands the promise to the executor, and in the end calls the handler there. Dropped by an
  // executor that will not run it, it drops the handler.
  class completion {
   public:
    using allocator_type = net::associated_allocator_t<Handler>;

    explicit completion(promise_type& completed) noexcept : completed_(&completed) {}
    completion(completion&& other) noexcept
        : completed_(std::exchange(other.completed_, nullptr)) {}
    completion& operator=(completion&&) = delete;
    ~completion() {
      if (completed_ == nullptr) return;
      const operation_owner dropped(completed_);
      dropped->drop_handler();
    }

    allocator_type get_allocator() const noexcept {
      return net::get_associated_allocator(*completed_->handler);
    }
    void operator()() { std::exchange(completed_, nullptr)->call_handler(); }

   private:
    promise_type* completed_;
  };

  class promise_type final : public pending_operation {
   public:
    explicit promise_type(Handler& called, Args&...)
        : handler(std::move(called)),
          work_(std::in_place, net::get_associated_executor(*handler)) {}

    // The memory comes from the handler's allocator, of which a copy lies behind the frame.
    static void* operator new(std::size_t size, Handler& called, Args&...) {
      allocator_type allocator(net::get_associated_allocator(called));
      void* memory = std::allocator_traits<allocator_type>::allocate(allocator, units(size));
      std::construct_at(behind(memory, size), std::move(allocator));
      return memory;
    }
    static void operator delete(void* memory, std::size_t size) noexcept {
      allocator_type* kept = behind(memory, size);
      allocator_type allocator(std::move(*kept));
      std::destroy_at(kept);
      std::allocator_traits<allocator_type>::deallocate(
          allocator, static_cast<std::max_align_t*>(memory), units(size));
    }

    operation get_return_object() noexcept { return operation(handle::from_promise(*this)); }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept { std::terminate(); }

    // At its end no handler is left. The last owner frees the frame: if that is the coroutine, it
    // runs off its end.
    auto final_suspend() const noexcept {
      struct end {
        bool await_ready() const noexcept { return false; }
        bool await_suspend(handle self) const noexcept { return !self.promise().release(); }
        void await_resume() const noexcept {}
      };
      return end();
    }

    // co_await self{} is the promise; co_await completed{} suspends for good and has the handler
    // called, unless that was dropped.
    struct self {};
    struct completed {};
    auto await_transform(self) noexcept {
      struct get {
        promise_type& promise;
        bool await_ready() const noexcept { return true; }
        void await_suspend(handle) const noexcept {}
        promise_type& await_resume() const noexcept { return promise; }
      };
      return get{*this};
    }
    auto await_transform(completed) noexcept {
      struct complete {
        bool await_ready() const noexcept { return false; }
        bool await_suspend(handle self) const noexcept { return self.promise().submit(); }
        void await_resume() const noexcept {}
      };
      return complete();
    }
    template <class Awaited>
    noting_suspension<Awaited> await_transform(Awaited& awaited) noexcept {
      return {awaited, suspended_};
    }

    // Before the coroutine runs. Throws what the slot's memory throws. False: the context is being
    // destroyed.
    bool begin() {
      auto slot = net::get_associated_cancellation_slot(*handler);
      if (slot.is_connected()) {
        slot.template emplace<cancel_operation>(static_cast<pending_operation&>(*this));
      }
      if constexpr (context_executor<executor_type>) {
        net::execution_context& context = detail::context_of(executor());
        pending_ = net::use_service<wait_service>(context).pending;
        return pending_->add(*this);
      } else {
        return true;
      }
    }

    std::optional<Handler> handler;
    std::optional<Result> result;
    std::exception_ptr error;

   private:
    friend completion;

    static std::size_t units(std::size_t size) noexcept {
      constexpr std::size_t unit = sizeof(std::max_align_t);
      return (size + alignof(allocator_type) + sizeof(allocator_type) + unit - 1) / unit;
    }
    static allocator_type* behind(void* memory, std::size_t size) noexcept {
      constexpr std::size_t alignment = alignof(allocator_type);
      return reinterpret_cast<allocator_type*>(static_cast<std::byte*>(memory) +
                                               (size + alignment - 1) / alignment * alignment);
    }

    // True: *this belongs to the completion, which may have run already.
    bool submit() noexcept {
      if constexpr (context_executor<executor_type>) {
        const auto pending = pending_;  // *this may go meanwhile
        return pending->complete(*this, [this] { net::post(executor(), completion(*this)); });
      } else if (suspended_ && !stop.requested()) {
        net::dispatch(executor(), completion(*this));
      } else if constexpr (requires { net::post(executor(), completion(*this)); }) {
        // the initiating function, or who cancels, is still at it
        net::post(executor(), completion(*this));
      } else {
        net::post(net::system_executor(), completion(*this));
      }
      return true;
    }
    executor_type executor() const noexcept { return net::get_associated_executor(*handler); }

    void call_handler() {
      operation_owner owner(this);
      net::get_associated_cancellation_slot(*handler).clear();
      const auto working = std::move(work_);
      Handler called(std::move(*handler));
      Result given(std::move(*result));
      Error why = given_error();
      handler.reset();
      owner.reset();  // before the call: the handler may use its allocator again
      std::move(called)(std::move(why), std::move(given));
    }

    Error given_error() {
      if constexpr (std::same_as<Error, std::exception_ptr>) {
        return std::move(error);
      } else {
        return detail::code_of(error);
      }
    }

    void drop_handler() noexcept override {
      handler.reset();
      work_.reset();
    }
    void free() noexcept override { handle::from_promise(*this).destroy(); }

    std::optional<net::executor_work_guard<executor_type>> work_;
    std::shared_ptr<pending_operations> pending_;
    bool suspended_ = false;
  };

  // Runs the coroutine; on the way out the operation may be over.
  void start() && {
    promise_type& started = coroutine_.promise();
    bool begun = false;
    try {
      begun = started.begin();
    } catch (...) {
      completion drop(started);
      throw;
    }
    if (begun) {
      coroutine_.resume();
    } else {
      completion drop(started);
    }
  }

 private:
  explicit operation(handle coroutine) noexcept : coroutine_(coroutine) {}

  handle coroutine_;
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
  ~forward_stop() {}  // not trivial: no warning that it is unused
};

// `call`(token, arguments...) makes the awaitable; the arguments are kept here.
template <class Handler, class Error, class Result, class Call, class Token, class... Args>
operation<Handler, Error, Result, Call, Token, Args...> run_operation(Handler&, Call call,
                                                                      Token token, Args... args) {
  using operation_promise =
      typename operation<Handler, Error, Result, Call, Token, Args...>::promise_type;
  operation_promise& self = co_await typename operation_promise::self();
  try {
    const forward_stop<Token> forward(token, self);
    auto waiting = call(operation_stop_token(self.stop), args...);
    auto awaited = co_await waiting;
    const bool cancelled = self.cancelled.load(std::memory_order_relaxed);
    if (cancelled && detail::ended_by_stop(awaited, cancelled)) {
      self.error = std::make_exception_ptr(system_error(net::error::operation_aborted));
    }
    self.result.emplace(handed_on<Result>::from(std::move(awaited)));
  } catch (...) {
    self.error = std::current_exception();
    self.result.emplace(handed_on<Result>::from(self.error));
  }
  co_await typename operation_promise::completed();
}

// What async_initiate calls with the handler it makes of the token.
template <class Error, class Result, class Call>
class start_operation {
 public:
  explicit start_operation(Call call) noexcept : call_(std::move(call)) {}

  template <class Handler, class Token, class... Args>
  void operator()(Handler&& handler, Token token, Args&&... args) const {
    using handler_type = std::decay_t<Handler>;
    handler_type kept(std::forward<Handler>(handler));
    detail::run_operation<handler_type, Error, Result>(
        kept, call_, std::move(token), std::decay_t<Args>(std::forward<Args>(args))...)
        .start();
  }

 private:
  Call call_;
};

template <class Result, class CompletionToken, class Call, class Token, class... Args>
auto initiate_stoppable(CompletionToken& token, Call call, Token stop, Args&&... args) {
  using error = error_for<CompletionToken>;
  return net::async_initiate<CompletionToken, void(error, Result)>(
      start_operation<error, Result, Call>(std::move(call)), token, std::move(stop),
      std::forward<Args>(args)...);
}
template <class Result, class CompletionToken, class Call, class... Args>
auto initiate(CompletionToken& token, Call call, Args&&... args) {
  return detail::initiate_stoppable<Result>(token, std::move(call), no_stop_token(),
                                            std::forward<Args>(args)...);
}

// What co_await call(stop token, arguments...) returns.
template <class Call, class... Args>
using awaited = decltype(std::declval<std::invoke_result_t<Call, operation_stop_token, Args&...>&>()
                             .await_resume());

template <class Map, class Keys>
std::vector<typename Map::key_type> keys_of(Keys&& keys) {
  using keys_type = std::vector<typename Map::key_type>;
  if constexpr (std::same_as<std::remove_cvref_t<Keys>, keys_type>) {
    return std::forward<Keys>(keys);
  } else {
    return keys_type(std::ranges::begin(keys), std::ranges::end(keys));
  }
}

// What a subscription and those who await it own together.
template <class Wait>
class subscribed {
 public:
  template <class Subscribe>
  explicit subscribed(Subscribe subscribe) : wait(subscribe(operation_stop_token(stop))) {}

  operation_stop_source stop;
  Wait wait;
};

// Awaits it; a stop of the operation that awaits is passed on.
template <class Subscribed>
class awaited_subscription {
 public:
  awaited_subscription(std::shared_ptr<Subscribed> kept, const operation_stop_token& token)
      : kept_(std::move(kept)), forward_(token, request{kept_}) {}

  bool await_ready() const noexcept { return kept_->wait.await_ready(); }
  bool await_suspend(std::coroutine_handle<> coroutine) {
    return kept_->wait.await_suspend(coroutine);
  }
  auto await_resume() { return kept_->wait.await_resume(); }

 private:
  struct request {
    std::shared_ptr<Subscribed> to;
    void operator()() const noexcept {
      const std::shared_ptr<Subscribed> held = to;  // *this may go meanwhile
      held->stop.request();
    }
  };

  std::shared_ptr<Subscribed> kept_;
  operation_stop_token::callback_type<request> forward_;
};

}  // namespace WAIT_MAP_WITH_ASIO
}  // namespace detail

inline namespace WAIT_MAP_WITH_ASIO {

// --- the waits -----------------------------------------------------------------------------------
//
// For each of them:
// - Completion token: any. The handler's arguments are an error_code and what the wait of the same
//   name returns. use_awaitable and use_future throw the error instead.
// - The error: none where the wait ended with a value or was ended by the map (cancel, close, a
//   dropped claim): the optional then tells. operation_aborted after a cancellation of this
//   operation through the handler's cancellation slot, of any type, which ends the wait. An
//   exception (of fail(), or of a copy of the value) reaches a handler as the code of a
//   system_error, else as a code of the category "wait_map"; use_awaitable and use_future rethrow
//   it.
// - The handler is called once, never by the initiating function: by post() to its associated
//   executor, whose work the operation is; without an executor (or with system_executor) on the
//   thread that ended the wait, before the call that ended it returns, unless that was a
//   cancellation or the value was there already: then on a thread of Asio's.
// - Destroying the execution context of the handler destroys the handler uncalled and ends the wait.
// - Cost: one allocation, from the handler's allocator, and what post() costs.
// - Lifetime: the map must live until the operation is initiated; its end ends the wait. The keys
//   are moved or copied in.
// - With a deadline: async_wait(map, key, use_awaitable) || timer.async_wait(use_awaitable).

/// wait_map::wait(): void(error_code, std::optional<Value>).
template <detail::some_wait_map Map, class Key, class CompletionToken>
  requires std::constructible_from<typename Map::key_type, Key>
auto async_wait(Map& map, Key&& key, CompletionToken&& token,
                std::source_location where = std::source_location::current()) {
  return detail::initiate<std::optional<typename Map::mapped_type>>(
      token,
      [&map, where](detail::operation_stop_token stop, const auto& kept) {
        return map.wait_result(kept, stop, where);
      },
      typename Map::key_type(std::forward<Key>(key)));
}

/// wait_map::wait_result(): void(error_code, wait_outcome<Value>). The outcome also holds the
/// exception of a failed wait.
template <detail::some_wait_map Map, class Key, class CompletionToken>
  requires std::constructible_from<typename Map::key_type, Key>
auto async_wait_result(Map& map, Key&& key, CompletionToken&& token,
                       std::source_location where = std::source_location::current()) {
  return detail::initiate<wait_outcome<typename Map::mapped_type>>(
      token,
      [&map, where](detail::operation_stop_token stop, const auto& kept) {
        return map.wait_result(kept, stop, where);
      },
      typename Map::key_type(std::forward<Key>(key)));
}

/// wait_map::take(): void(error_code, std::optional<Value>). A value that was taken for a handler
/// that its execution context then drops is destroyed with it.
template <detail::some_wait_map Map, class Key, class CompletionToken>
  requires std::constructible_from<typename Map::key_type, Key>
auto async_take(Map& map, Key&& key, CompletionToken&& token,
                std::source_location where = std::source_location::current()) {
  return detail::initiate<std::optional<typename Map::mapped_type>>(
      token,
      [&map, where](detail::operation_stop_token stop, const auto& kept) {
        return map.take(kept, stop, where);
      },
      typename Map::key_type(std::forward<Key>(key)));
}

/// wait_map::wait_with(): void(error_code, std::optional<R>), where R is what the function returns,
/// std::monostate for void. The function runs on the thread that inserts, under a lock.
template <detail::some_wait_map Map, class Key,
          std::invocable<const typename Map::mapped_type&> Function, class CompletionToken>
  requires std::constructible_from<typename Map::key_type, Key>
auto async_wait_with(Map& map, Key&& key, Function&& function, CompletionToken&& token,
                     std::source_location where = std::source_location::current()) {
  const auto call = [&map, where](detail::operation_stop_token stop, const auto& kept,
                                  auto& kept_function) {
    return map.wait_with(kept, std::ref(kept_function), stop, where);
  };
  return detail::initiate<
      detail::awaited<decltype(call), typename Map::key_type, std::decay_t<Function>>>(
      token, call, typename Map::key_type(std::forward<Key>(key)),
      std::forward<Function>(function));
}

/// wait_map::wait_modify(), likewise.
template <detail::some_wait_map Map, class Key, std::invocable<typename Map::mapped_type&> Function,
          class CompletionToken>
  requires std::constructible_from<typename Map::key_type, Key>
auto async_wait_modify(Map& map, Key&& key, Function&& function, CompletionToken&& token,
                       std::source_location where = std::source_location::current()) {
  const auto call = [&map, where](detail::operation_stop_token stop, const auto& kept,
                                  auto& kept_function) {
    return map.wait_modify(kept, std::ref(kept_function), stop, where);
  };
  return detail::initiate<
      detail::awaited<decltype(call), typename Map::key_type, std::decay_t<Function>>>(
      token, call, typename Map::key_type(std::forward<Key>(key)),
      std::forward<Function>(function));
}

/// wait_map::wait_all(): void(error_code, std::vector<wait_outcome<Value>>). After a cancellation of
/// the operation, the keys whose waits had ended have their outcomes, the others `stopped`.
template <detail::some_wait_map Map, std::ranges::forward_range Keys, class CompletionToken>
auto async_wait_all(Map& map, Keys&& keys, CompletionToken&& token,
                    std::source_location where = std::source_location::current()) {
  return detail::initiate<std::vector<wait_outcome<typename Map::mapped_type>>>(
      token,
      [&map, where](detail::operation_stop_token stop, auto& kept) {
        return map.wait_all(kept, stop, where);
      },
      detail::keys_of<Map>(std::forward<Keys>(keys)));
}
template <detail::some_wait_map Map, class CompletionToken>
auto async_wait_all(Map& map, std::initializer_list<typename Map::key_type> keys,
                    CompletionToken&& token,
                    std::source_location where = std::source_location::current()) {
  return waitmap::async_wait_all(map, std::vector<typename Map::key_type>(keys),
                                 std::forward<CompletionToken>(token), where);
}

/// wait_map::wait_any(): void(error_code, first_outcome<Value>).
template <detail::some_wait_map Map, std::ranges::forward_range Keys, class CompletionToken>
auto async_wait_any(Map& map, Keys&& keys, CompletionToken&& token,
                    std::source_location where = std::source_location::current()) {
  return detail::initiate<first_outcome<typename Map::mapped_type>>(
      token,
      [&map, where](detail::operation_stop_token stop, auto& kept) {
        return map.wait_any(kept, stop, where);
      },
      detail::keys_of<Map>(std::forward<Keys>(keys)));
}
template <detail::some_wait_map Map, class CompletionToken>
auto async_wait_any(Map& map, std::initializer_list<typename Map::key_type> keys,
                    CompletionToken&& token,
                    std::source_location where = std::source_location::current()) {
  return waitmap::async_wait_any(map, std::vector<typename Map::key_type>(keys),
                                 std::forward<CompletionToken>(token), where);
}

/// wait_map::take_any(): void(error_code, first_outcome<Value>).
template <detail::some_wait_map Map, std::ranges::forward_range Keys, class CompletionToken>
auto async_take_any(Map& map, Keys&& keys, CompletionToken&& token,
                    std::source_location where = std::source_location::current()) {
  return detail::initiate<first_outcome<typename Map::mapped_type>>(
      token,
      [&map, where](detail::operation_stop_token stop, auto& kept) {
        return map.take_any(kept, stop, where);
      },
      detail::keys_of<Map>(std::forward<Keys>(keys)));
}
template <detail::some_wait_map Map, class CompletionToken>
auto async_take_any(Map& map, std::initializer_list<typename Map::key_type> keys,
                    CompletionToken&& token,
                    std::source_location where = std::source_location::current()) {
  return waitmap::async_take_any(map, std::vector<typename Map::key_type>(keys),
                                 std::forward<CompletionToken>(token), where);
}

/// What async_subscribe() returns: a wait that has begun, to be awaited once. Destroyed before,
/// it ends the wait.
template <class Wait, class Value>
class [[nodiscard("a subscription ends when it is destroyed")]] async_subscription {
 public:
  template <class Subscribe>
  explicit async_subscription(std::in_place_t, Subscribe subscribe)
      : kept_(std::make_shared<detail::subscribed<Wait>>(std::move(subscribe))) {}
  async_subscription(async_subscription&&) noexcept = default;
  async_subscription& operator=(async_subscription&&) noexcept = default;

  /// void(error_code, std::optional<Value>), as async_wait().
  template <class CompletionToken>
  auto async_wait(CompletionToken&& token) {
    return detail::initiate<std::optional<Value>>(
        token,
        [](detail::operation_stop_token stop, auto& kept) {
          return detail::awaited_subscription<detail::subscribed<Wait>>(std::move(kept), stop);
        },
        std::move(kept_));
  }

 private:
  std::shared_ptr<detail::subscribed<Wait>> kept_;
};

/// wait_map::subscribe() and subscribe_take(), for Asio: the wait begins here, so that a request can
/// be sent before its reply is awaited with async_wait(token) of what is returned.
/// Cost: one allocation.
template <detail::some_wait_map Map, class Key>
  requires std::constructible_from<typename Map::key_type, Key>
auto async_subscribe(Map& map, Key&& key,
                     std::source_location where = std::source_location::current()) {
  const auto subscribe = [&](detail::operation_stop_token stop) {
    return map.subscribe(typename Map::key_type(std::forward<Key>(key)), stop, where);
  };
  return async_subscription<decltype(subscribe(std::declval<detail::operation_stop_token>())),
                            typename Map::mapped_type>(std::in_place, subscribe);
}
template <detail::some_wait_map Map, class Key>
  requires std::constructible_from<typename Map::key_type, Key>
auto async_subscribe_take(Map& map, Key&& key,
                          std::source_location where = std::source_location::current()) {
  const auto subscribe = [&](detail::operation_stop_token stop) {
    return map.subscribe_take(typename Map::key_type(std::forward<Key>(key)), stop, where);
  };
  return async_subscription<decltype(subscribe(std::declval<detail::operation_stop_token>())),
                            typename Map::mapped_type>(std::in_place, subscribe);
}

// --- resuming on an executor ---------------------------------------------------------------------

/// A resumer that posts to an executor of Asio: each coroutine that co_awaits the map's own
/// operations resumes there, never in the call that ends its wait.
/// Lifetime: what is posted to an execution context that is then destroyed is never resumed; stop
/// the coroutines before.
template <class Executor = detail::net::any_io_executor>
class executor_resumer {
 public:
  explicit executor_resumer(Executor executor) noexcept : executor_(std::move(executor)) {}

  void operator()(std::coroutine_handle<> coroutine) const {
    detail::net::post(executor_, [coroutine] { coroutine.resume(); });
  }

 private:
  Executor executor_;
};

/// wait_map<Key, Value, default_hash<Key>, default_equal<Key>, executor_policy<>>
///     map(executor_resumer(context.get_executor()));
template <class Executor = detail::net::any_io_executor>
struct executor_policy : default_policy {
  using resumer = executor_resumer<Executor>;
};

}  // namespace WAIT_MAP_WITH_ASIO

#if defined(WAIT_MAP_ASIO_AWAITABLE)
/// get_or_compute() with factories that return Asio's awaitable. A cancellation of the coroutine
/// ends its wait with operation_aborted; if it was the one who computed, the oldest of those who wait
/// does so in its place.
template <class Type, class Executor>
struct task_traits<detail::net::awaitable<Type, Executor>> {
  template <class Map, class Token>
  static auto wait_claimed(Map& map, const typename Map::key_type& key, Token token,
                           std::source_location where) {
    using outcome = wait_outcome<typename Map::mapped_type>;
    constexpr detail::net::use_awaitable_t<Executor> use_awaitable;
    return detail::initiate_stoppable<outcome>(
        use_awaitable,
        [&map, where](detail::operation_stop_token stop, const auto& kept) {
          return map.wait_claimed(kept, stop, where);
        },
        std::move(token), key);
  }

  static bool is_cancellation(const std::exception_ptr& error) {
    return detail::code_of(error) == detail::net::error::operation_aborted;
  }
};
#endif

}  // namespace waitmap

#undef WAIT_MAP_WITH_ASIO
#undef WAIT_MAP_ASIO_AWAITABLE
