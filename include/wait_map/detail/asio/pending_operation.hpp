// pending_operation: what an operation is to the execution context that its handler runs in, and to its
// cancellation slot.
#pragma once

#include <atomic>
#include <concepts>
#include <memory>
#include <mutex>
#include <utility>

#include <wait_map/detail/asio/library.hpp>
#include <wait_map/detail/asio/stop_source.hpp>

namespace waitmap::detail {
inline namespace WAIT_MAP_WITH_ASIO {

// What an operation is to those who do not know its handler. Its memory is freed with the last of its owners:
// - the wait, until it is over and the completion owns it;
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

// How the context comes by its pending_operations, and says that it is being destroyed. Operations with
// timers have a service of their own, which they ask for when they have made their timers: a context
// shuts its youngest service down first, so what runs the timers is still at work then.
template <bool Timed>
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

}  // namespace WAIT_MAP_WITH_ASIO
}  // namespace waitmap::detail
