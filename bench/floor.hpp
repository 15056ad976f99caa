// The floor of the waits: what keeping the same promises costs on one thread, with no lock, no
// shards, and no care for exceptions or stop requests.
//
// One absl::flat_hash_map from key to a slot that holds a value or an intrusive doubly linked list
// of the waiters, which live in their awaiters. An insert copies the value into each, queues them,
// and the outermost insert resumes them: a chain of any length runs in constant stack, and a waiter
// can be destroyed at any time.
//
// With a mutex it is the "locked floor": what the one lock alone adds that every map for several
// threads needs, although nobody else asks for it.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <coroutine>
#include <cstdint>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>
#include <wait_map/mutex.hpp>

namespace bench {

// V is copied freely, and the lists are such that a slot needs no more than a word beside its
// value.
template <class K, class V, class Mutex = waitmap::null_mutex>
class floor_map {
  static_assert(std::is_trivially_copyable_v<V>);

  enum class state : std::uint8_t { idle, linked, ready, done };

  // Linked: previous is null in the oldest, the newest's next is the oldest. Ready: both lists end
  // in null.
  struct waiter {
    waiter* previous = nullptr;
    waiter* next = nullptr;
    std::coroutine_handle<> frame;
    V value{};
    state is = state::idle;
  };
  struct slot {
    waiter* newest = nullptr;  // null where there is a value
    V value{};
  };

 public:
  floor_map() = default;
  floor_map(const floor_map&) = delete;
  floor_map& operator=(const floor_map&) = delete;

  class wait_operation {
   public:
    wait_operation(floor_map& map, const K& key) noexcept : map_(map), key_(key) {}
    wait_operation(const wait_operation&) = delete;
    wait_operation& operator=(const wait_operation&) = delete;
    ~wait_operation() {
      if (self_.is == state::linked) {
        const std::lock_guard lock(map_.mutex_);
        map_.unlink(self_, key_);
      }
      if (self_.is == state::ready) map_.unlink_ready(self_);
    }
    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> frame) {
      const std::lock_guard lock(map_.mutex_);
      const auto [place, added] = map_.slots_.try_emplace(key_);
      slot& found = place->second;
      if (!added && found.newest == nullptr) {
        self_.value = found.value;
        self_.is = state::done;
        return false;
      }
      self_.frame = frame;
      self_.previous = found.newest;
      self_.next = added ? &self_ : std::exchange(found.newest->next, &self_);
      self_.is = state::linked;
      found.newest = &self_;
      return true;
    }
    std::optional<V> await_resume() noexcept { return self_.value; }

   private:
    waiter self_;
    floor_map& map_;
    K key_;
  };

  wait_operation wait(const K& key) noexcept { return wait_operation(*this, key); }

  bool insert(const K& key, const V& value) {
    waiter* newest;
    {
      const std::lock_guard lock(mutex_);
      const auto [place, added] = slots_.try_emplace(key);
      slot& found = place->second;
      newest = std::exchange(found.newest, nullptr);
      if (!added && newest == nullptr) return false;
      found.value = value;
    }
    if (newest != nullptr) wake(*newest, value);
    return true;
  }

  bool erase(const K& key) {
    const std::lock_guard lock(mutex_);
    return slots_.erase(key) != 0;
  }

 private:
  void wake(waiter& newest, const V& value) {
    waiter* const oldest = std::exchange(newest.next, nullptr);
    for (waiter* each = oldest; each != nullptr; each = each->next) {
      each->value = value;
      each->is = state::ready;
    }
    oldest->previous = ready_newest_;
    (ready_newest_ != nullptr ? ready_newest_->next : ready_oldest_) = oldest;
    ready_newest_ = &newest;
    if (!draining_) drain();
  }

  void drain() {
    draining_ = true;
    while (waiter* const first = ready_oldest_) {
      unlink_ready(*first);
      first->is = state::done;
      first->frame.resume();
    }
    draining_ = false;
  }

  void unlink_ready(waiter& leaver) noexcept {
    (leaver.previous != nullptr ? leaver.previous->next : ready_oldest_) = leaver.next;
    (leaver.next != nullptr ? leaver.next->previous : ready_newest_) = leaver.previous;
  }

  // The map is looked up only where the slot names this waiter: at an end of the list.
  void unlink(waiter& leaver, const K& key) {
    if (leaver.next == &leaver) {  // the only one
      slots_.erase(key);
      return;
    }
    if (leaver.next->previous == nullptr) {  // the newest
      slots_.find(key)->second.newest = leaver.previous;
    } else {
      leaver.next->previous = leaver.previous;
    }
    waiter* const before =
        leaver.previous != nullptr ? leaver.previous : slots_.find(key)->second.newest;
    before->next = leaver.next;
  }

  [[no_unique_address]] Mutex mutex_;
  absl::flat_hash_map<K, slot> slots_;
  waiter* ready_oldest_ = nullptr;
  waiter* ready_newest_ = nullptr;
  bool draining_ = false;
};

}  // namespace bench
