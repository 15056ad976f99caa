// operation: the coroutine that waits on behalf of a handler.
#pragma once

#include <concepts>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include <wait_map/detail/asio/handler_arguments.hpp>
#include <wait_map/detail/asio/library.hpp>
#include <wait_map/detail/asio/pending_operation.hpp>

namespace waitmap::detail {
inline namespace WAIT_MAP_WITH_ASIO {

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

}  // namespace WAIT_MAP_WITH_ASIO
}  // namespace waitmap::detail
