// operation_stop_source and its token: what stops the wait of one operation.
#pragma once

#include <atomic>
#include <thread>
#include <utility>

#include <wait_map/detail/asio/library.hpp>

namespace waitmap::detail {
inline namespace WAIT_MAP_WITH_ASIO {

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

}  // namespace WAIT_MAP_WITH_ASIO
}  // namespace waitmap::detail
