/// @file
/// any_token: one stop token of several, which tells afterwards which of them stopped.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>

#include <wait_map/stop_token.hpp>

namespace waitmap {

/// A stop token that is stopped when the first of its tokens is:
///
///     auto token = waitmap::any_token(timer.after(5s), parent);
///     auto value = co_await map.wait(key, token);
///     if (!value && token.which() == 0u) …  // the time was over
///
/// Copies share what which() tells.
/// Threads: all members may be called from any thread at any time.
/// Cost: one allocation when it is made; a wait registers one callback with each token.
template <stoppable_token... Tokens>
  requires(sizeof...(Tokens) != 0)
class any_token {
  static constexpr std::size_t none = sizeof...(Tokens);

  struct shared {
    explicit shared(Tokens... given) : tokens(std::move(given)...) {}

    // The first to come decides. relaxed: the index is all that is handed over
    void stopped_by(std::size_t index) noexcept {
      std::size_t nobody = none;
      first.compare_exchange_strong(nobody, index, std::memory_order_relaxed);
    }

    const std::tuple<Tokens...> tokens;
    std::atomic<std::size_t> first{none};
  };

 public:
  /// Makes a token of these, which it keeps. Throws: std::bad_alloc.
  explicit any_token(Tokens... tokens) : shared_(std::make_shared<shared>(std::move(tokens)...)) {}

  /// Whether one of the tokens is stopped.
  bool stop_requested() const noexcept {
    return std::apply([](const auto&... each) { return (each.stop_requested() || ...); },
                      shared_->tokens);
  }
  /// Whether one of the tokens can be stopped.
  bool stop_possible() const noexcept {
    return std::apply([](const auto&... each) { return (each.stop_possible() || ...); },
                      shared_->tokens);
  }

  /// Returns: the index of the token that was seen to stop first, in the order in which they were
  /// given; nullopt while none is stopped. An index that was returned once never changes.
  std::optional<std::size_t> which() const noexcept {
    std::size_t index = 0;
    const auto look = [&](const auto& token) {
      if (token.stop_requested()) shared_->stopped_by(index);
      ++index;
    };
    // relaxed: see stopped_by
    if (shared_->first.load(std::memory_order_relaxed) == none) {
      std::apply([&](const auto&... each) { (look(each), ...); }, shared_->tokens);
    }
    const std::size_t first = shared_->first.load(std::memory_order_relaxed);
    return first == none ? std::nullopt : std::optional(first);
  }

  /// Whether both are copies of one token.
  friend bool operator==(const any_token& left, const any_token& right) noexcept {
    return left.shared_ == right.shared_;
  }

  /// The stop callback of an any_token (see stop_callback_for). It runs the function once, on the thread that stops
  /// the first token, or here if one is stopped. The function must not throw: that ends the program.
  template <class Function>
  class callback_type {
   public:
    /// Registers one callback with each token. Throws: what these throw.
    template <class Initializer>
    callback_type(const any_token& token, Initializer&& function)
        : shared_(token.shared_), function_(std::forward<Initializer>(function)) {
      arm(std::index_sequence_for<Tokens...>());
    }
    callback_type(const callback_type&) = delete;             ///< It stays where it is.
    callback_type& operator=(const callback_type&) = delete;  ///< It stays where it is.

   private:
    struct part {
      callback_type* whole;
      std::size_t index;
      void operator()() const noexcept { whole->run(index); }
    };

    template <std::size_t... Index>
    void arm(std::index_sequence<Index...>) {
      (std::get<Index>(parts_).emplace(std::get<Index>(shared_->tokens), part{this, Index}), ...);
    }

    // On whichever threads stop the tokens. The function may destroy *this: the destructors of the
    // other parts then wait for their threads, which find that they came second.
    void run(std::size_t index) noexcept {
      shared_->stopped_by(index);
      // relaxed: the function is the same for all, and was there before any part
      if (!has_run_.exchange(true, std::memory_order_relaxed)) std::move(function_)();
    }

    std::shared_ptr<shared> shared_;
    std::atomic<bool> has_run_{false};
    Function function_;
    std::tuple<std::optional<stop_callback_for<Tokens, part>>...> parts_;  // dies first
  };

 private:
  std::shared_ptr<shared> shared_;
};

/// The types of the tokens are those of the arguments.
template <class... Tokens>
any_token(Tokens...) -> any_token<Tokens...>;

}  // namespace waitmap
