// own_stop_source: stop tokens that are not the standard library's, with the interface of C++26's.
#pragma once

#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>
#include <utility>
#include <version>
#if defined(__cpp_lib_jthread)
#include <stop_token>
#endif

// For a test of each: the standard library's too, where there is one.
#if defined(__cpp_lib_jthread)
#define KINDS_OF_STOP_SOURCE support::own_stop_source, std::stop_source
#else
#define KINDS_OF_STOP_SOURCE support::own_stop_source
#endif

namespace support {

class own_stop_source {
  struct callback_base {
    virtual void run() = 0;

   protected:
    ~callback_base() = default;
  };

 public:
  template <class Function>
  class callback;

  class token {
   public:
    template <class Function>
    using callback_type = callback<Function>;

    token() noexcept = default;
    explicit token(own_stop_source* source) noexcept : source_(source) {}
    bool stop_requested() const noexcept { return source_ != nullptr && source_->stop_requested(); }
    bool stop_possible() const noexcept { return source_ != nullptr; }

   private:
    template <class>
    friend class callback;
    own_stop_source* source_ = nullptr;
  };

  template <class Function>
  class callback final : callback_base {
   public:
    callback(token of, Function function) : source_(of.source_), function_(std::move(function)) {
      if (source_ != nullptr) source_->add(*this);
    }
    callback(const callback&) = delete;
    ~callback() {
      if (source_ != nullptr) source_->remove(*this);
    }

   private:
    void run() override { function_(); }
    own_stop_source* source_;
    Function function_;
  };

  token get_token() noexcept { return token(this); }
  bool stop_requested() const {
    const std::lock_guard lock(mutex_);
    return requested_;
  }

  bool request_stop() {
    std::unique_lock lock(mutex_);
    if (std::exchange(requested_, true)) return false;
    requester_ = std::this_thread::get_id();
    while (!callbacks_.empty()) {
      running_ = callbacks_.front();
      callbacks_.pop_front();
      lock.unlock();
      running_->run();  // may destroy the callback
      lock.lock();
      running_ = nullptr;
      ended_.notify_all();
    }
    return true;
  }

  // How many callbacks are registered.
  std::size_t callbacks() const {
    const std::lock_guard lock(mutex_);
    return callbacks_.size();
  }

 private:
  void add(callback_base& added) {
    {
      const std::lock_guard lock(mutex_);
      if (!requested_) {
        callbacks_.push_back(&added);
        return;
      }
    }
    added.run();
  }
  void remove(callback_base& gone) {
    std::unique_lock lock(mutex_);
    callbacks_.remove(&gone);
    if (requester_ == std::this_thread::get_id()) return;
    ended_.wait(lock, [&] { return running_ != &gone; });
  }

  mutable std::mutex mutex_;
  std::condition_variable ended_;
  std::list<callback_base*> callbacks_;
  callback_base* running_ = nullptr;
  std::thread::id requester_;
  bool requested_ = false;
};

}  // namespace support
