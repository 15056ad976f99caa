// What users write today: one mutex, one std::unordered_map, per key an optional value and a vector
// of waiters.
#pragma once

#include <algorithm>
#include <coroutine>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace bench {

struct resume_here {
  void operator()(std::coroutine_handle<> frame) const { frame.resume(); }
};

template <class K, class V, class Resumer = resume_here>
class hand_rolled_map {
  struct waiter {
    std::coroutine_handle<> frame;
    std::optional<V> value;
    bool linked = false;
  };
  struct entry {
    std::optional<V> value;
    std::vector<waiter*> waiters;
    bool claimed = false;  // somebody computes the value
  };

 public:
  explicit hand_rolled_map(Resumer resumer = {}) : resumer_(std::move(resumer)) {}

  std::optional<V> get(const K& key) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(key);
    return found == entries_.end() ? std::nullopt : found->second.value;
  }

  bool insert(const K& key, const V& value) {
    std::vector<waiter*> waiters;
    {
      const std::lock_guard lock(mutex_);
      entry& found = entries_[key];
      if (found.value) return false;
      found.value = value;
      waiters.swap(found.waiters);
      for (waiter* each : waiters) {
        each->value = value;
        each->linked = false;
      }
    }
    for (waiter* each : waiters) resumer_(each->frame);
    return true;
  }

  void cancel_all() {
    std::vector<waiter*> waiters;
    {
      const std::lock_guard lock(mutex_);
      for (auto& [key, found] : entries_) {
        for (waiter* each : found.waiters) each->linked = false;
        waiters.insert(waiters.end(), found.waiters.begin(), found.waiters.end());
      }
      std::erase_if(entries_, [](const auto& each) { return !each.second.value; });
    }
    for (waiter* each : waiters) resumer_(each->frame);
  }

  // Whether the caller is to compute the value. Who does and fails says abandon().
  bool try_claim(const K& key) {
    const std::lock_guard lock(mutex_);
    entry& found = entries_[key];
    if (found.value || found.claimed) return false;
    return found.claimed = true;
  }
  void abandon(const K& key) {
    std::vector<waiter*> waiters;
    {
      const std::lock_guard lock(mutex_);
      const auto found = entries_.find(key);
      if (found == entries_.end() || found->second.value) return;
      waiters.swap(found->second.waiters);
      for (waiter* each : waiters) each->linked = false;
      entries_.erase(found);
    }
    for (waiter* each : waiters) resumer_(each->frame);
  }

  template <class F>
  bool modify(const K& key, F f) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(key);
    if (found == entries_.end() || !found->second.value) return false;
    f(*found->second.value);
    return true;
  }

  bool erase(const K& key) {
    const std::lock_guard lock(mutex_);
    return entries_.erase(key) != 0;
  }

  class wait_operation {
   public:
    wait_operation(hand_rolled_map& map, const K& key) noexcept : map_(map), key_(key) {}
    wait_operation(const wait_operation&) = delete;
    wait_operation& operator=(const wait_operation&) = delete;
    ~wait_operation() {
      if (ended_) return;
      const std::lock_guard lock(map_.mutex_);
      if (!self_.linked) return;
      const auto found = map_.entries_.find(key_);
      auto& waiters = found->second.waiters;
      waiters.erase(std::find(waiters.begin(), waiters.end(), &self_));
      if (waiters.empty() && !found->second.claimed) map_.entries_.erase(found);
    }
    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> frame) {
      const std::lock_guard lock(map_.mutex_);
      entry& found = map_.entries_[key_];
      if (found.value) {
        self_.value = found.value;
        return false;
      }
      self_.frame = frame;
      self_.linked = true;
      found.waiters.push_back(&self_);
      return true;
    }
    std::optional<V> await_resume() {
      ended_ = true;
      return std::move(self_.value);
    }

   private:
    hand_rolled_map& map_;
    K key_;
    waiter self_;
    bool ended_ = false;  // set by the coroutine itself: no lock is needed to see it
  };

  wait_operation wait(const K& key) noexcept { return wait_operation(*this, key); }

 private:
  std::mutex mutex_;
  std::unordered_map<K, entry> entries_;
  Resumer resumer_;
};

}  // namespace bench
