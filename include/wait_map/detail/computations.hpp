// computations: in debug builds, which call of get_or_compute() computes what, and for which others it waits; so
// that a computation that waits for itself is told so, instead of waiting for ever.
//
// Who asks for a key is known by its coroutine. A computation's own coroutine is one whose frame or promise stands
// in the task that the factory has returned; one that it awaits leads to it (see coroutine_chain).
#pragma once

#include <algorithm>
#include <atomic>
#include <concepts>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <source_location>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <wait_map/detail/annotations.hpp>
#include <wait_map/detail/claim_node.hpp>
#include <wait_map/detail/coroutine_chain.hpp>
#include <wait_map/detail/shard_lock.hpp>
#include <wait_map/mutex.hpp>

namespace waitmap {

/// What get_or_compute() throws in debug builds (without NDEBUG) where the computation of a key would wait for
/// itself, directly or by way of other keys. what() tells the number of keys and the places where they were
/// asked for.
class circular_computation : public std::logic_error {
 public:
  /// The exception for this circle of places.
  explicit circular_computation(std::vector<std::source_location> circle)
      : std::logic_error(text(circle)), circle_(std::move(circle)) {}

  /// Where the keys of the circle were asked for: each computation waits for the next, the last one for the
  /// first.
  const std::vector<std::source_location>& circle() const noexcept { return circle_; }

 private:
  static std::string text(const std::vector<std::source_location>& circle) {
    std::string all = "wait_map: a computation waits for itself, in a circle of " +
                      std::to_string(circle.size()) + (circle.size() == 1 ? " key" : " keys");
    for (const std::source_location& each : circle) {
      all += std::string("\n  asked for at ") + each.file_name() + ':' +
             std::to_string(each.line()) + " in " + each.function_name();
    }
    return all;
  }

  std::vector<std::source_location> circle_;
};

namespace detail {

// Who asks: the coroutine that awaits a call, or the call's own, which somebody awaits.
struct asking_coroutine {
  // Set before that begins; atomic for tasks that begin at once, on another thread.
  std::atomic<std::uintptr_t> frame = 0;
  std::size_t promise_size = 0;
};

// A computation waits for whoever holds a claim, which may pass from one to the next: so it is noted by the
// claim's node, and who that is, is seen when it is asked.
class computation_graph {
 public:
  // Names a computation; 0: none.
  using number = std::uint64_t;
  // Whether a computation, which has not ended, still holds a claim: it may have been revoked.
  using holding = bool (*)(computation_id) noexcept;

  number begin(std::source_location where) {
    const std::lock_guard lock(mutex_);
    all_.push_back({last_ + 1, where, {}, {}, {}});
    return ++last_;
  }
  void add_claim(number computing, computation_id id, holding still_holds) {
    const std::lock_guard lock(mutex_);
    find(computing)->claims.push_back({id, still_holds});
  }
  void end(number ended) noexcept {
    const std::lock_guard lock(mutex_);
    std::erase_if(all_, [&](const computation& each) { return each.its == ended; });
  }

  // The factory has returned this task.
  template <class Task>
  void set_task(number computing, const Task& task) {
    auto words = words_of(task);
    const std::lock_guard lock(mutex_);
    find(computing)->words = std::move(words);
  }
  // The computation for which a coroutine asks.
  number computed_by(const asking_coroutine& asking) const {
    const std::uintptr_t frame = asking.frame.load(std::memory_order_acquire);
    if (frame == 0) return 0;
    number found = 0;
    const auto is_its_own = [&](std::uintptr_t each) {
      found = with_coroutine(each);
      return found != 0;
    };
    if (has_any() && !is_its_own(frame)) any_awaiting(frame, asking.promise_size, is_its_own);
    return found;
  }

  // `waiting` is about to wait for the claim of this node. Throws: circular_computation, and has noted nothing.
  void wait(number waiting, const void* node) {
    const std::lock_guard lock(mutex_);
    std::vector<const computation*> path;
    if (const computation* const from = holder_of(node)) {
      std::vector<const computation*> seen;
      if (leads(*from, waiting, path, seen)) {
        std::vector<std::source_location> circle;
        circle.reserve(path.size());
        for (const computation* each : path) circle.push_back(each->where);
        throw circular_computation(std::move(circle));
      }
    }
    if (computation* const its = find(waiting)) its->waits_for.push_back(node);
  }
  void end_wait(number waiting, const void* node) noexcept {
    const std::lock_guard lock(mutex_);
    computation* const its = find(waiting);
    if (its == nullptr) return;
    const auto at = std::ranges::find(its->waits_for, node);
    if (at != its->waits_for.end()) its->waits_for.erase(at);
  }

 private:
  struct claimed {
    computation_id id;
    holding still_holds;
  };
  struct computation {
    number its;
    std::source_location where;
    std::vector<claimed> claims;
    std::vector<std::uintptr_t> words;   // of its task
    std::vector<const void*> waits_for;  // the nodes of claims
  };

  bool has_any() const noexcept {
    const std::lock_guard lock(mutex_);
    return !all_.empty();
  }
  number with_coroutine(std::uintptr_t frame) const noexcept {
    const std::lock_guard lock(mutex_);
    for (const computation& each : all_) {
      for (const std::uintptr_t word : each.words) {
        if (word == frame || word == frame + frame_header_size) return each.its;
      }
    }
    return 0;
  }
  computation* find(number wanted) noexcept {
    const auto at =
        std::ranges::find_if(all_, [&](const computation& each) { return each.its == wanted; });
    return at == all_.end() ? nullptr : &*at;
  }
  // Null where it has no computation, or none yet.
  const computation* holder_of(const void* node) const noexcept {
    const auto holds_it = [&](const claimed& each) {
      return each.id.node == node && each.still_holds(each.id);
    };
    const auto at = std::ranges::find_if(
        all_, [&](const computation& each) { return std::ranges::any_of(each.claims, holds_it); });
    return at == all_.end() ? nullptr : &*at;
  }
  // `path` is then the way, from `from` to `to`.
  bool leads(const computation& from, number to, std::vector<const computation*>& path,
             std::vector<const computation*>& seen) {
    if (std::ranges::find(seen, &from) != seen.end()) return false;
    seen.push_back(&from);
    path.push_back(&from);
    if (from.its == to) return true;
    for (const void* node : from.waits_for) {
      const computation* const next = holder_of(node);
      if (next != nullptr && leads(*next, to, path, seen)) return true;
    }
    path.pop_back();
    return false;
  }

  mutable word_mutex mutex_;  // see lock_order
  number last_ = 0;
  std::vector<computation> all_;
};

// Never destroyed: see lock_order.
union computations_of_program_type {
  constexpr computations_of_program_type() noexcept : graph() {}
  ~computations_of_program_type() {}
  computation_graph graph;
};
WAIT_MAP_ONE_PER_PROGRAM inline constinit computations_of_program_type computations_of_program{};

// Looks into claims.
struct computation_access {
  template <class Claim>
  static computation_id of(const Claim& held) noexcept {
    return {held.hold_.node(), held.hold_.ticket()};
  }
  template <class Claim>
  static bool still_holds(computation_id id) noexcept {
    return static_cast<const typename Claim::node*>(id.node)->ticket() == id.ticket;
  }
  // Who computes the key now.
  template <class Map>
  static computation_id of(const Map& map, const typename Map::key_type& key) {
    return map.core_.claim_of(key);
  }
};

// Where no checks are made: nothing.
template <lock_checks Checks>
struct call_start {
  bool looked = false;  // for the value, and there is none

  static call_start after_look() noexcept { return {true}; }
  template <class Promise>
  void set_asking(std::coroutine_handle<Promise>) noexcept {}
  template <class Task, class Begin>
  static Task begin_alone(Begin&& begin) {
    return begin(call_start{});
  }
};
template <lock_checks Checks>
class noted_wait {
 public:
  explicit noted_wait(const call_start<Checks>&) noexcept {}
  template <class Map>
  typename Map::claim_type begin(Map&, const typename Map::key_type&,
                                 std::source_location) noexcept {
    return {};
  }
  template <class Claim>
  void add(const Claim&) noexcept {}
  void end() noexcept {}
};
template <lock_checks Checks>
class noted_computation {
 public:
  explicit noted_computation(std::source_location) noexcept {}
  template <class Claim>
  void add(const Claim&) noexcept {}
  template <class Task>
  void set_task(const Task&) noexcept {}
  void end() noexcept {}
};

// What a call tells the coroutine that it begins.
template <>
struct call_start<lock_checks::on> {
  bool looked = false;
  std::shared_ptr<asking_coroutine> asking;  // null until it begins

  static call_start after_look() { return {true, std::make_shared<asking_coroutine>()}; }
  // Who awaits the call.
  template <class Promise>
  void set_asking(std::coroutine_handle<Promise> awaiting) noexcept {
    if constexpr (!std::is_void_v<Promise>) asking->promise_size = sizeof(Promise);
    asking->frame.store(reinterpret_cast<std::uintptr_t>(awaiting.address()),
                        std::memory_order_release);
  }
  // Begins a coroutine that somebody will await, nobody knows who.
  template <class Task, class Begin>
  static Task begin_alone(Begin&& begin) {
    const call_start start{false, std::make_shared<asking_coroutine>()};
    if constexpr (std::move_constructible<Task>) {
      if constexpr (requires { typename std::coroutine_traits<Task>::promise_type; })
        start.asking->promise_size = sizeof(typename std::coroutine_traits<Task>::promise_type);
      Task begun = begin(start);
      start.asking->frame.store(frame_in(begun), std::memory_order_release);
      return begun;
    } else {
      return begin(start);
    }
  }
};

// The wait of a computation for another, for as long as this lives. Of who asks from outside of any
// computation nothing is noted: it is in no circle.
template <>
class noted_wait<lock_checks::on> {
 public:
  explicit noted_wait(const call_start<lock_checks::on>& start)
      : waiting_(computations_of_program.graph.computed_by(*start.asking)) {}
  noted_wait(const noted_wait&) = delete;
  ~noted_wait() { end(); }

  // Returns: a claim, where nobody computes the key, so that none can come in between; else the wait is
  // noted, or there is a value. Throws: circular_computation.
  template <class Map>
  typename Map::claim_type begin(Map& map, const typename Map::key_type& key,
                                 std::source_location where) {
    while (waiting_ != 0 && nodes_.empty()) {
      auto claimed = map.try_claim(key, where);
      if (claimed) return claimed;
      const computation_id other = computation_access::of(map, key);
      if (other) note(other);
      if (!other && (map.closed() || map.contains(key))) break;
    }
    return {};
  }
  // For the computation that holds this claim.
  template <class Claim>
  void add(const Claim& held) {
    if (waiting_ != 0) note(computation_access::of(held));
  }
  void end() noexcept {
    for (const void* node : nodes_) computations_of_program.graph.end_wait(waiting_, node);
    nodes_.clear();
  }

 private:
  void note(computation_id target) {
    nodes_.reserve(nodes_.size() + 1);
    computations_of_program.graph.wait(waiting_, target.node);
    nodes_.push_back(target.node);
  }

  const computation_graph::number waiting_;
  std::vector<const void*> nodes_;
};

// A computation, until end(), and the claims that it has.
template <>
class noted_computation<lock_checks::on> {
 public:
  explicit noted_computation(std::source_location where)
      : its_(computations_of_program.graph.begin(where)) {}
  noted_computation(const noted_computation&) = delete;
  ~noted_computation() { end(); }

  template <class Claim>
  void add(const Claim& held) {
    computations_of_program.graph.add_claim(its_, computation_access::of(held),
                                            &computation_access::still_holds<Claim>);
  }
  template <class Task>
  void set_task(const Task& task) {
    computations_of_program.graph.set_task(its_, task);
  }
  // Before the claims end or pass on: another may come to have their ids.
  void end() noexcept {
    if (its_ != 0) computations_of_program.graph.end(its_);
    its_ = 0;
  }

 private:
  computation_graph::number its_;
};

}  // namespace detail
}  // namespace waitmap
