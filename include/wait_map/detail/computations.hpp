// computations: in debug builds, which call of get_or_compute() computes what, and for which others it waits; so
// that a computation that waits for itself is told so, instead of waiting for ever.
//
// Who asks for a key is known by the address of its coroutine: a computation's own coroutine is one whose
// address, or that of its promise, stands in the task that the factory has returned. What such a coroutine
// awaits through further coroutines is not seen.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <mutex>
#include <source_location>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <wait_map/detail/annotations.hpp>
#include <wait_map/detail/claim_node.hpp>
#include <wait_map/detail/shard_lock.hpp>

namespace waitmap {

/// What get_or_compute() throws in debug builds (without NDEBUG) where the computation of a key would wait for
/// itself, directly or by way of other keys. what() names the number of keys and the places where they were
/// asked for.
class circular_computation : public std::logic_error {
 public:
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

// The coroutine that awaits a call of get_or_compute().
struct asking_coroutine {
  const void* frame = nullptr;
  const void* promise = nullptr;
};

// A computation waits for whoever holds a claim, which may pass from one to the next: so it is noted by the
// claim's node, and who that is, is seen when it is asked.
class computation_graph {
 public:
  // Whether a computation, which has not ended, still holds its claim: it may have been revoked.
  using holding = bool (*)(computation_id) noexcept;

  void begin(computation_id id, holding still_holds, std::source_location where) {
    const std::lock_guard lock(mutex_);
    all_.push_back({id, still_holds, where, {}, {}});
  }
  void end(computation_id id) noexcept {
    const std::lock_guard lock(mutex_);
    std::erase_if(all_, [&](const computation& each) { return each.id == id; });
  }

  // The factory has returned this task.
  template <class Task>
  void set_task(computation_id id, const Task& task) {
    std::vector<const void*> words(sizeof(Task) / sizeof(void*));
    std::memcpy(static_cast<void*>(words.data()), static_cast<const void*>(&task),
                words.size() * sizeof(void*));
    const std::lock_guard lock(mutex_);
    if (computation* const its = find(id)) its->words = std::move(words);
  }
  // The computation whose coroutine that is; or none.
  computation_id computed_by(asking_coroutine asking) const {
    if (asking.frame == nullptr) return {};
    const std::lock_guard lock(mutex_);
    for (const computation& each : all_) {
      for (const void* word : each.words) {
        if (word != nullptr && (word == asking.frame || word == asking.promise)) return each.id;
      }
    }
    return {};
  }

  // `waiting` is about to wait for the claim of this node. Throws: circular_computation, and has noted nothing.
  void wait(computation_id waiting, const void* node) {
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
  void end_wait(computation_id waiting, const void* node) noexcept {
    const std::lock_guard lock(mutex_);
    computation* const its = find(waiting);
    if (its == nullptr) return;
    const auto at = std::ranges::find(its->waits_for, node);
    if (at != its->waits_for.end()) its->waits_for.erase(at);
  }

 private:
  struct computation {
    computation_id id;
    holding still_holds;
    std::source_location where;
    std::vector<const void*> words;      // of its task
    std::vector<const void*> waits_for;  // the nodes of claims
  };

  computation* find(computation_id id) noexcept {
    const auto at =
        std::ranges::find_if(all_, [&](const computation& each) { return each.id == id; });
    return at == all_.end() ? nullptr : &*at;
  }
  // Null where it has no computation, or none yet.
  const computation* holder_of(const void* node) const noexcept {
    const auto at = std::ranges::find_if(all_, [&](const computation& each) {
      return each.id.node == node && each.still_holds(each.id);
    });
    return at == all_.end() ? nullptr : &*at;
  }
  // `path` is then the way, from `from` to `to`.
  bool leads(const computation& from, computation_id to, std::vector<const computation*>& path,
             std::vector<const computation*>& seen) {
    if (std::ranges::find(seen, &from) != seen.end()) return false;
    seen.push_back(&from);
    path.push_back(&from);
    if (from.id == to) return true;
    for (const void* node : from.waits_for) {
      const computation* const next = holder_of(node);
      if (next != nullptr && leads(*next, to, path, seen)) return true;
    }
    path.pop_back();
    return false;
  }

  mutable std::mutex mutex_;
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
class noted_wait {
 public:
  explicit noted_wait(const asking_coroutine*) noexcept {}
  template <class Map>
  typename Map::claim_type begin(Map&, const typename Map::key_type&,
                                 std::source_location) noexcept {
    return {};
  }
  template <class Claim>
  void begin(const Claim&) noexcept {}
};
template <lock_checks Checks>
class noted_computation {
 public:
  template <class Claim>
  noted_computation(const Claim&, std::source_location) noexcept {}
  template <class Task>
  void set_task(const Task&) noexcept {}
  void end() noexcept {}
};

// The wait of a computation for another, for as long as this lives. Of who asks from outside of any
// computation nothing is noted: it is in no circle.
template <>
class noted_wait<lock_checks::on> {
 public:
  explicit noted_wait(const asking_coroutine* asking)
      : waiting_(asking == nullptr ? computation_id{}
                                   : computations_of_program.graph.computed_by(*asking)) {}
  noted_wait(const noted_wait&) = delete;
  ~noted_wait() { end(); }

  // Returns: a claim, where nobody computes the key, so that none can come in between; else the wait is
  // noted, or there is a value. Throws: circular_computation.
  template <class Map>
  typename Map::claim_type begin(Map& map, const typename Map::key_type& key,
                                 std::source_location where) {
    while (waiting_ && target_ == nullptr) {
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
  void begin(const Claim& held) {
    end();
    if (waiting_) note(computation_access::of(held));
  }
  void end() noexcept {
    if (target_ != nullptr) computations_of_program.graph.end_wait(waiting_, target_);
    target_ = nullptr;
  }

 private:
  void note(computation_id target) {
    computations_of_program.graph.wait(waiting_, target.node);
    target_ = target.node;
  }

  const computation_id waiting_;
  const void* target_ = nullptr;
};

// A computation, until end().
template <>
class noted_computation<lock_checks::on> {
 public:
  template <class Claim>
  noted_computation(const Claim& held, std::source_location where)
      : id_(computation_access::of(held)) {
    computations_of_program.graph.begin(id_, &computation_access::still_holds<Claim>, where);
  }
  noted_computation(const noted_computation&) = delete;
  ~noted_computation() { end(); }

  template <class Task>
  void set_task(const Task& task) {
    computations_of_program.graph.set_task(id_, task);
  }
  // Before the claim ends or passes on: another may come to have this id.
  void end() noexcept {
    if (id_) computations_of_program.graph.end(id_);
    id_ = {};
  }

 private:
  computation_id id_;
};

}  // namespace detail
}  // namespace waitmap
