// shard: one lock and one table, and every step that the map takes under that lock.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <memory>
#include <optional>
#include <source_location>
#include <span>
#include <utility>
#include <vector>

#include <wait_map/detail/annotations.hpp>
#include <wait_map/detail/delivery.hpp>
#include <wait_map/detail/processor.hpp>
#include <wait_map/detail/readers.hpp>
#include <wait_map/detail/ready_list.hpp>
#include <wait_map/detail/shard_lock.hpp>
#include <wait_map/detail/slot.hpp>
#include <wait_map/detail/table.hpp>
#include <wait_map/detail/thread_parker.hpp>
#include <wait_map/detail/waiter.hpp>
#include <wait_map/detail/waiter_list.hpp>
#include <wait_map/result.hpp>

namespace waitmap::detail {

// Every function but the constructor and the destructor needs the lock. None resumes: those whose
// wait ends go to a ready_list, which the caller sees to after it has dropped the lock. None
// destroys a value: what is removed is moved out to the caller.
template <class Key, class Value, class Hash, class Equal, class Policy>
class alignas(64) shard {
 public:
  using policy_type = Policy;
  using waiter_type = waiter<Policy>;
  using table_type = table<Key, Value, Hash, Equal>;
  using iterator = typename table_type::iterator;

  shard(const Hash& hash, const Equal& equal, reader_group* of) : map(of), table_(hash, equal) {}
  shard(const shard&) = delete;

  mutable shard_mutex<typename Policy::mutex> mutex;

 private:
  // In this order all fits one cache line.
  std::uint32_t waiting_ WAIT_MAP_GUARDED_BY(mutex) = 0;        // waiters, claims not counted
  std::uint32_t valueless_ WAIT_MAP_GUARDED_BY(mutex) = 0;      // slots without a value
  std::uint32_t reserved_ : 30 WAIT_MAP_GUARDED_BY(mutex) = 0;  // values to keep room for
  bool closed_ : 1 WAIT_MAP_GUARDED_BY(mutex) = false;
  bool gone_ : 1 WAIT_MAP_GUARDED_BY(mutex) = false;  // debug builds: its map is destroyed

 public:
  reader_group* const map;  // the core that this is a shard of

 private:
  table_type table_ WAIT_MAP_GUARDED_BY(mutex);

 public:
  // --- values ------------------------------------------------------------------------------------

  template <class Lookup>
  iterator find_slot(hashed<Lookup> key) WAIT_MAP_REQUIRES(mutex) {
    return table_.find(key);
  }
  bool has_value(iterator at) WAIT_MAP_REQUIRES(mutex) {
    return at != table_.end() && at->second.has_value();
  }

  // nullptr where there is no value.
  template <class Lookup>
  Value* find(hashed<Lookup> key) WAIT_MAP_REQUIRES(mutex) {
    auto at = table_.find(key);
    return at != table_.end() && at->second.has_value() ? std::addressof(at->second.value())
                                                        : nullptr;
  }
  template <class Lookup>
  const Value* find(hashed<Lookup> key) const WAIT_MAP_REQUIRES_SHARED(mutex) {
    auto at = table_.find(key);
    return at != table_.end() && at->second.has_value() ? std::addressof(at->second.value())
                                                        : nullptr;
  }

  std::size_t size() const WAIT_MAP_REQUIRES_SHARED(mutex) { return table_.size() - valueless_; }
  std::size_t capacity() const WAIT_MAP_REQUIRES_SHARED(mutex) { return table_.capacity(); }
  bool closed() const WAIT_MAP_REQUIRES_SHARED(mutex) { return closed_; }
  void set_gone() noexcept WAIT_MAP_REQUIRES(mutex) { gone_ = true; }
  bool gone() const noexcept WAIT_MAP_REQUIRES_SHARED(mutex) { return gone_; }
  void reserve(std::size_t values) WAIT_MAP_REQUIRES(mutex) {
    table_.reserve(values);
    constexpr std::uint32_t most = std::numeric_limits<std::uint32_t>::max() / 4;
    reserved_ = static_cast<std::uint32_t>(std::min<std::size_t>(values, most)) & most;
  }
  void shrink_to_fit() WAIT_MAP_REQUIRES(mutex) {
    reserved_ = 0;
    table_.rehash(0);
  }

  // Stores what make() returns, a stored<Value>, if there is no value and the map is open. Inlined
  // where arrive() is not, so that a new key does not pay for what waiters need: a thousand of them
  // are inserted in 1.42 times what the floor takes instead of 1.64.
  template <class Lookup, class KeyArgument, class Make>
  WAIT_MAP_ALWAYS_INLINE insert_result insert(hashed<Lookup> looked_up, KeyArgument&& key,
                                              Make&& make, ready_list& ready)
      WAIT_MAP_REQUIRES(mutex) {
    if (closed_) return {insert_outcome::closed};
    bool created = false;
    const iterator at =
        table_.find_or_create(looked_up, std::forward<KeyArgument>(key), make, created);
    if (created) return {insert_outcome::inserted};
    slot<Value>& found = at->second;
    if (found.has_value()) return {insert_outcome::present};
    return arrive(at, found, make(), ready);
  }

  // Likewise, but stores over an older value, which it moves to `replaced`.
  template <class Lookup, class KeyArgument, class Make>
  insert_result assign(hashed<Lookup> looked_up, KeyArgument&& key, Make&& make,
                       std::optional<stored<Value>>& replaced, ready_list& ready)
      WAIT_MAP_REQUIRES(mutex) {
    if (closed_) return {insert_outcome::closed};
    bool created = false;
    const iterator at =
        table_.find_or_create(looked_up, std::forward<KeyArgument>(key), make, created);
    if (created) return {insert_outcome::inserted};
    slot<Value>& found = at->second;
    if (!found.has_value()) return arrive(at, found, make(), ready);
    replace_value(at, make(), replaced);
    return {insert_outcome::assigned};
  }

  // For a slot that has a value. Each moves the old value to `removed`.
  void replace_value(iterator at, stored<Value>&& value,
                     std::optional<stored<Value>>& removed) noexcept WAIT_MAP_REQUIRES(mutex) {
    removed.emplace(at->second.replace_value(std::move(value)));
  }
  void remove_value(iterator at, std::optional<stored<Value>>& removed) noexcept
      WAIT_MAP_REQUIRES(mutex) {
    removed.emplace(at->second.take_value());
    table_.erase(at);
  }

  // f(const Key&, Value&) for each value.
  template <class Function>
  void for_each(Function&& function) WAIT_MAP_REQUIRES(mutex) {
    for (auto& [key, slot] : table_) {
      if (slot.has_value()) function(key.get(), slot.value());
    }
  }
  template <class Function>
  void for_each(Function&& function) const WAIT_MAP_REQUIRES_SHARED(mutex) {
    for (const auto& [key, slot] : table_) {
      if (slot.has_value()) function(key.get(), slot.value());
    }
  }

  // Removes the values for which condition(const Key&, const Value&) is true and moves them to
  // `removed`. Where anything throws, this shard is unchanged.
  template <class Condition, class Values>
  void remove_each_if(Condition&& condition, Values& removed) WAIT_MAP_REQUIRES(mutex) {
    std::vector<iterator> chosen;
    for (auto at = table_.begin(); at != table_.end(); ++at) {
      if (!at->second.has_value()) continue;
      if (condition(at->first.get(), std::as_const(at->second).value())) chosen.push_back(at);
    }
    removed.reserve(removed.size() + chosen.size());
    for (auto at : chosen) {
      removed.push_back(at->second.take_value());
      table_.erase(at);
    }
  }

  // --- waits -------------------------------------------------------------------------------------

  // Registration, in one step: a value that is present ends the wait; else a closed map or a stop
  // that was requested ends it; else the waiter is linked. Returns whether it is linked. Throws
  // what the equality, the key's constructor, allocation and the meeting with the value throw:
  // nothing has changed.
  template <class Lookup, class Waiter>
  WAIT_MAP_ALWAYS_INLINE bool begin_wait(hashed<Lookup> key, Waiter& waiting, bool stop_requested)
      WAIT_MAP_REQUIRES(mutex) {
    if (closed_ || stop_requested || waiting.role == waiter_role::follower) [[unlikely]] {
      return begin_wait_or_refuse(key, waiting, stop_requested);
    }
    bool created = false;
    const iterator at = table_.find_or_create_waiting(key, key.key, waiting, created);
    if (created) {
      ++valueless_;
      return link(waiting);
    }
    slot<Value>& found = at->second;
    return found.has_value() ? end_by(at, waiting) : join(found, waiting);
  }

  // Whether the key can be claimed: it has neither a value nor a claim, and the map is open.
  template <class Lookup>
  bool claimable(hashed<Lookup> key) const WAIT_MAP_REQUIRES_SHARED(mutex) {
    if (closed_) return false;
    auto at = table_.find(key);
    if (at == table_.end()) return true;
    if (at->second.has_value()) return false;
    return !at->second.waiters().has_claim();
  }

  // Unlinks a claim that is linked under this key and ends the waits on it by finish(waiter), which
  // sets `end`. Returns their number. Throws what the equality throws: nothing has changed.
  template <class Lookup, class Finish>
  std::size_t end_claim(hashed<Lookup> key, waiter_type& claim, Finish&& finish, ready_list& ready)
      WAIT_MAP_REQUIRES(mutex) {
    auto at = table_.find(key);
    waiter_list waiters = at->second.waiters();
    waiters.remove(claim);
    claim.set(waiter_state::done);
    const std::size_t ended = end_waits(waiters, finish, ready);
    put_back(at, waiters);
    give_back_memory();
    return ended;
  }

  // Unlinks a waiter that is linked under this key.
  template <class Lookup>
  void unlink(const Lookup& key, waiter_type& waiting) noexcept WAIT_MAP_REQUIRES(mutex) {
    if (waiting.kind != waiter_kind::claim) --waiting_;
    if (waiter_list::remove_inner(waiting)) return;  // no need to look the key up
    auto at = table_.find(hashed<Lookup>{key, waiting.hash});
    waiter_list waiters = at->second.waiters();
    waiters.remove(waiting);
    put_back(at, waiters);
    give_back_memory();
  }

  // A waiter that is unlinked and whose end is decided goes where that end is seen to.
  static void publish(waiter_type& ended, ready_list& ready) noexcept {
    switch (ended.role) {
      case waiter_role::single:
      case waiter_role::follower:
        if (ended.kind == waiter_kind::claim) {
          ended.set(waiter_state::done);  // nobody is resumed; its owner may free it from here on
          return;
        }
        break;
      case waiter_role::subscribed:
        if (ended.continuation == nullptr) {
          ended.set(waiter_state::done);  // likewise
          return;
        }
        break;
      case waiter_role::member: {
        wait_group<Policy>& group = group_of(ended);
        const bool lost = ended.end == wait_end::lost;
        ended.set(waiter_state::done);
        if (!lost && group.leave()) publish_whole(group, ready);
        return;
      }
      case waiter_role::thread:
        ended.parker->unpark([&]() noexcept { ended.set(waiter_state::done); });
        return;
    }
    ready.push_back(ended);
    ended.set(waiter_state::ready);
  }

  static wait_group<Policy>& group_of(waiter_type& member) noexcept {
    return *static_cast<wait_group<Policy>*>(member.group);
  }
  // A group whose last member has left.
  static void publish_whole(wait_group<Policy>& group, ready_list& ready) noexcept {
    ready.push_back(group);
    group.set(waiter_state::ready);
  }

  // Gives what make() returns, a stored<Value>, to the waiters of the key: all observers and the
  // oldest taker. Nothing is stored. Where nobody accepts it, it is not made; but if making it may
  // throw and all who seemed to wait have lost (see wait_group), it was made in vain and is still
  // in `value`.
  template <class Lookup, class Make>
  insert_result deliver(hashed<Lookup> key, Make&& make, std::optional<stored<Value>>& value,
                        ready_list& ready) WAIT_MAP_REQUIRES(mutex) {
    if (closed_) return {insert_outcome::closed};
    auto at = table_.find(key);
    if (at == table_.end() || at->second.has_value()) return {insert_outcome::no_waiter};
    waiter_list waiters = at->second.waiters();
    if (waiters.oldest() == nullptr) return {insert_outcome::no_waiter};
    if constexpr (noexcept(make())) {
      if (!anyone_accepts(waiters)) return {insert_outcome::no_waiter};
    }
    value.emplace(make());
    const std::size_t ended = hand_out(waiters, *value, ready).ended;
    put_back(at, waiters);
    give_back_memory();
    return {ended == 0 ? insert_outcome::no_waiter : insert_outcome::delivered, ended};
  }

  // The number of waiters of the key, claims not counted.
  template <class Lookup>
  std::size_t waiting(hashed<Lookup> key) const WAIT_MAP_REQUIRES_SHARED(mutex) {
    auto at = table_.find(key);
    return at == table_.end() || at->second.has_value() ? 0 : at->second.waiters().waiting();
  }
  std::size_t waiting() const WAIT_MAP_REQUIRES_SHARED(mutex) { return waiting_; }

  // Ends the waits on the key with finish(waiter), which sets `end`. Returns their number.
  template <class Lookup, class Finish>
  std::size_t end_waits(hashed<Lookup> key, Finish&& finish, ready_list& ready)
      WAIT_MAP_REQUIRES(mutex) {
    auto at = table_.find(key);
    if (at == table_.end() || at->second.has_value()) return 0;
    waiter_list waiters = at->second.waiters();
    const std::size_t ended = end_waits(waiters, finish, ready);
    put_back(at, waiters);
    give_back_memory();
    return ended;
  }

  // Ends the waits on each key for which condition(const Key&) is true with `end`. Returns their
  // number. If the condition throws, the waits on the keys before are ended and in `ready`.
  template <class Condition>
  void end_each_wait_if(Condition&& condition, wait_end end, ready_list& ready, std::size_t& ended)
      WAIT_MAP_REQUIRES(mutex) {
    if (valueless_ == 0) return;
    const auto finish = [end](waiter_type& each) noexcept { each.end = end; };
    try {
      for (auto at = table_.begin(); at != table_.end();) {
        auto here = at++;
        if (here->second.has_value() || here->second.waiters().oldest() == nullptr) continue;
        if (!condition(here->first.get())) continue;
        waiter_list waiters = here->second.waiters();
        ended += end_waits(waiters, finish, ready);
        put_back(here, waiters);
      }
    } catch (...) {
      give_back_memory();
      throw;
    }
    give_back_memory();
  }

  // Ends all waits and refuses new ones and values from now on.
  std::size_t close(ready_list& ready) noexcept WAIT_MAP_REQUIRES(mutex) {
    std::size_t ended = 0;
    closed_ = true;
    end_each_wait_if([](const Key&) noexcept { return true; }, wait_end::closed, ready, ended);
    return ended;
  }

  // Unlinks all claims.
  void end_claims() noexcept WAIT_MAP_REQUIRES(mutex) {
    if (valueless_ == 0) return;
    ready_list nobody;
    for (auto at = table_.begin(); at != table_.end();) {
      auto here = at++;
      if (here->second.has_value()) continue;
      waiter_list waiters = here->second.waiters();
      if (!waiters.has_claim()) continue;
      as_waiter(*waiters.front()).end = wait_end::closed;
      publish_claim(waiters, nobody);
      put_back(here, waiters);
    }
  }

  // Moves all slots to `removed`, an empty table, unless some have no value. Returns whether it
  // did.
  bool release_all(table_type& removed) noexcept WAIT_MAP_REQUIRES(mutex) {
    if (valueless_ != 0) return false;
    table_.swap(removed);
    return true;
  }

  // function(const Key&, std::span<const std::source_location>) for each key with waiters.
  template <class Function>
  void for_each_waiting(Function&& function) const WAIT_MAP_REQUIRES_SHARED(mutex) {
    if (waiting_ == 0) return;
    std::vector<std::source_location> places;
    for (const auto& [key, slot] : table_) {
      if (slot.has_value()) continue;
      places.clear();
      slot.waiters().for_each([&](waiter_node& each) {
        if (each.kind != waiter_kind::claim) places.push_back(where_called<Value>(as_waiter(each)));
      });
      if (!places.empty()) function(key.get(), std::span<const std::source_location>(places));
    }
  }

 private:
  struct handed_out {
    std::size_t ended;
    bool taken;
  };

  static waiter_type& as_waiter(waiter_node& node) noexcept {
    return static_cast<waiter_type&>(node);
  }

  // Whether the outcome of a waiter may be decided now. A member that lost is marked, to be
  // unlinked.
  static bool admits(waiter_type& each) noexcept {
    if (each.role != waiter_role::member || group_of(each).admits(each)) return true;
    each.end = wait_end::lost;
    return false;
  }

  // Whether a value will end a wait. If only groups wait, it decides for the first that still waits:
  // the caller must hand out the value.
  static bool anyone_accepts(const waiter_list& waiters) noexcept {
    waiter_node* each = waiters.oldest();
    while (each != nullptr && !admits(as_waiter(*each))) each = waiter_list::next_of(*each);
    return each != nullptr;
  }

  // A waiter that has no place for a result.
  template <class Waiter>
  static constexpr bool is_claim = std::same_as<Waiter, waiter_type>;

  // Where only a value that is present, or a claim, lets it begin.
  template <class Lookup, class Waiter>
  WAIT_MAP_NOINLINE bool begin_wait_or_refuse(hashed<Lookup> key, Waiter& waiting,
                                              bool stop_requested) WAIT_MAP_REQUIRES(mutex) {
    auto at = table_.find(key);
    if (at != table_.end() && at->second.has_value()) return end_by(at, waiting);
    const bool claimed = at != table_.end() && at->second.waiters().has_claim();
    waiting.end = closed_          ? wait_end::closed
                  : stop_requested ? wait_end::stopped
                  : !claimed       ? wait_end::abandoned
                                   : wait_end::pending;
    if (waiting.end == wait_end::pending) return join(at->second, waiting);
    waiting.set(waiter_state::done);
    return false;
  }

  // The three ways out of begin_wait for a waiter that is not refused.
  template <class Waiter>
  bool link(Waiter& waiting) noexcept WAIT_MAP_REQUIRES(mutex) {
    if constexpr (!is_claim<Waiter>) ++waiting_;
    waiting.set(waiter_state::linked);
    return true;
  }
  template <class Waiter>
  bool join(slot<Value>& found, Waiter& waiting) noexcept WAIT_MAP_REQUIRES(mutex) {
    waiter_list waiters = found.waiters();
    if constexpr (is_claim<Waiter>) {
      waiters.push_front(waiting);
    } else {
      waiters.push_back(waiting);
    }
    found.set_waiters(waiters);
    return link(waiting);
  }
  template <class Waiter>
  bool end_by(iterator at, Waiter& waiting) WAIT_MAP_REQUIRES(mutex) {
    if constexpr (requires { waiting.set_error(nullptr); }) {
      if (waiting.role == waiter_role::member) {
        // The group has admitted it: an exception is its outcome, as for a value that arrives.
        try {
          meet(at, waiting);
        } catch (...) {
          waiting.set_error(std::current_exception());
        }
        waiting.set(waiter_state::done);
        return false;
      }
    }
    meet(at, waiting);
    waiting.set(waiter_state::done);
    return false;
  }

  // A wait on a value that is present.
  void meet(iterator at, value_waiter<Value, Policy>& waiting) WAIT_MAP_REQUIRES(mutex) {
    if (!admits(waiting)) return;
    if (waiting.kind == waiter_kind::taker) {
      waiting.set_value([&]() noexcept { return at->second.take_value(); });
      table_.erase(at);
    } else if constexpr (std::copy_constructible<Value>) {
      waiting.set_value([&] { return make_stored<Value>(std::as_const(at->second).value()); });
    }
  }
  template <class Function, class Result>
  void meet(iterator at, visiting_waiter<Value, Policy, Function, Result>& waiting)
      WAIT_MAP_REQUIRES(mutex) {
    waiting.visit(at->second.value());
  }

  // A claim is registered only where there is no value.
  void meet(iterator, waiter_type&) noexcept WAIT_MAP_REQUIRES(mutex) {}

  // A value for a key without one, accepted: the observers get it, then the oldest taker, or it is
  // stored.
  WAIT_MAP_NOINLINE insert_result arrive(iterator at, slot<Value>& found, stored<Value>&& value,
                                         ready_list& ready) noexcept WAIT_MAP_REQUIRES(mutex) {
    waiter_list waiters = found.waiters();
    if (waiters.only_plain_observers()) [[likely]] {
      const std::size_t ended = give_copies(waiters, unwrap<Value>(value), ready);
      return keep(found, std::move(value), ended);
    }
    return arrive_at_others(at, waiters, std::move(value), ready);
  }

  // Likewise, where there are others than plain observers. A function of its own, so that the usual
  // case keeps its list in registers.
  WAIT_MAP_NOINLINE insert_result arrive_at_others(iterator at, waiter_list waiters,
                                                   stored<Value>&& value,
                                                   ready_list& ready) noexcept
      WAIT_MAP_REQUIRES(mutex) {
    if (waiters.has_claim()) as_waiter(*waiters.front()).end = wait_end::value;
    const handed_out all = hand_out(waiters, value, ready);
    if (!all.taken) return keep(at->second, std::move(value), all.ended);
    put_back(at, waiters);
    give_back_memory();
    return {insert_outcome::handed_off, all.ended};
  }

  insert_result keep(slot<Value>& found, stored<Value>&& value, std::size_t ended) noexcept
      WAIT_MAP_REQUIRES(mutex) {
    --valueless_;
    found.set_value(std::move(value));
    return {insert_outcome::inserted, ended};
  }

  // Decides the outcome of those whom a value is for, and takes them out of the list.
  handed_out hand_out(waiter_list& waiters, stored<Value>& value, ready_list& ready) noexcept
      WAIT_MAP_REQUIRES(mutex) {
    if (waiters.only_plain_observers()) {
      const std::size_t ended = give_copies(waiters, unwrap<Value>(value), ready);
      waiters = waiter_list();
      return {ended, false};
    }
    if (waiters.only_takers()) {
      waiter_type* const served = serve_oldest(waiters, value, ready);
      publish_claim(waiters, ready);
      if (served == nullptr) return {0, false};
      publish(*served, ready);
      return {1, true};
    }
    std::size_t ended = 0;
    waiter_type* taker = nullptr;
    waiters.for_each([&](waiter_node& node) {
      waiter_type& each = as_waiter(node);
      if (each.kind == waiter_kind::claim) return;
      if (each.kind == waiter_kind::taker) {
        if (taker != nullptr || !admits(each)) return;
        taker = &each;
        ++ended;
      } else if (admits(each)) {
        deliver_value<Value, Policy>(each, unwrap<Value>(value));
        ++ended;
      }
    });
    if (taker != nullptr) move_to(*taker, value);
    publish_ended(waiters, ready);
    return {ended, taker != nullptr};
  }

  // To plain observers, and there are no others.
  WAIT_MAP_ALWAYS_INLINE std::size_t give_copies(const waiter_list& all, const Value& value,
                                                 ready_list& ready) noexcept
      WAIT_MAP_REQUIRES(mutex) {
    if constexpr (std::copy_constructible<Value>) {
      const auto give = [&](waiter_type& each) noexcept { give_copy<Value, Policy>(each, value); };
      return end_plain_observers(all, give, ready);
    }
    return 0;  // without copies there are no observers
  }

  // Where all are takers, but for a claim: without a look at those behind the oldest. Returns the
  // one who has the value, unlinked; nullptr where all had lost.
  waiter_type* serve_oldest(waiter_list& waiters, stored<Value>& value, ready_list& ready) noexcept
      WAIT_MAP_REQUIRES(mutex) {
    while (waiter_node* node = waiters.oldest()) {
      waiter_type& oldest = as_waiter(*node);
      waiters.remove(oldest);
      --waiting_;
      if (admits(oldest)) {
        move_to(oldest, value);
        return &oldest;
      }
      publish(oldest, ready);
    }
    return nullptr;
  }

  // A claim, which is in front, if its end is decided. Its owner sees that without the lock: only
  // when the outcome of all others is decided, and before any of them can know of it.
  static void publish_claim(waiter_list& waiters, ready_list& ready) noexcept {
    if (!waiters.has_claim()) return;
    waiter_type& claim = as_waiter(*waiters.front());
    if (claim.end == wait_end::pending) return;
    waiters.remove(claim);
    publish(claim, ready);
  }

  static void move_to(waiter_type& taker, stored<Value>& value) noexcept {
    static_cast<value_waiter<Value, Policy>&>(taker).set_value(
        [&]() noexcept { return stored<Value>(std::move(value)); });
  }

  // All waiters but a claim end by finish(waiter).
  template <class Finish>
  std::size_t end_waits(waiter_list& waiters, const Finish& finish, ready_list& ready) noexcept
      WAIT_MAP_REQUIRES(mutex) {
    if (waiters.only_plain_observers()) {
      const std::size_t all = end_plain_observers(waiters, finish, ready);
      waiters = waiter_list();
      return all;
    }
    std::size_t ended = 0;
    waiters.for_each([&](waiter_node& node) {
      waiter_type& each = as_waiter(node);
      if (each.kind == waiter_kind::claim || !admits(each)) return;
      finish(each);
      ++ended;
    });
    publish_ended(waiters, ready);
    return ended;
  }

  // The usual case: all are plain observers. They end by finish(waiter), in one pass, and are, as they
  // stand, the list that is resumed. Returns their number.
  template <class Finish>
  WAIT_MAP_ALWAYS_INLINE std::size_t end_plain_observers(const waiter_list& all,
                                                         const Finish& finish,
                                                         ready_list& ready) noexcept
      WAIT_MAP_REQUIRES(mutex) {
    waiter_node* last = nullptr;
    std::uint32_t ended = 0;
    // Returns who stands behind.
    const auto end_one = [&](waiter_node& node) noexcept {
      waiter_type& each = as_waiter(node);
      finish(each);
      each.set(waiter_state::ready);
      last = &node;
      ++ended;
      return waiter_list::next_of(node);
    };
    waiter_node* node = end_one(*all.front());
    if (node != nullptr) node = end_one(*node);
    // Stores whose lines are not cached wait for each other. One or two such are soon done; for them a
    // prefetch costs more than it brings.
    while (node != nullptr) {
      prefetch_to_write(&as_waiter(*node).end);
      node = end_one(*node);
    }
    ready.push_back(*all.front(), *last);
    waiting_ -= ended;
    return ended;
  }

  void publish_ended(waiter_list& waiters, ready_list& ready) noexcept WAIT_MAP_REQUIRES(mutex) {
    std::size_t gone = 0;
    waiters.remove_if([](waiter_node& node) { return as_waiter(node).end != wait_end::pending; },
                      [&](waiter_node& node) {
                        gone += node.kind != waiter_kind::claim;
                        publish(as_waiter(node), ready);
                      });
    waiting_ -= static_cast<std::uint32_t>(gone);
  }

  // A table that waiters made large and have left is made small again, so that abandoned waits
  // leave no memory behind. Cost: O(1) amortised over the waits that made it large.
  void give_back_memory() noexcept WAIT_MAP_REQUIRES(mutex) {
    const std::size_t wanted = std::max<std::size_t>(table_.size(), reserved_);
    if (table_.capacity() <= 64 || wanted >= table_.capacity() / 8) [[likely]]
      return;
    if (wanted != 0 && !table_type::can_allocate(2 * wanted)) return;  // no matter: it stays large
    table_.rehash(0);
    table_.reserve(reserved_);
  }

  // A key that nobody waits for or has claimed, and that has no value, has no slot.
  void put_back(iterator at, waiter_list waiters) noexcept WAIT_MAP_REQUIRES(mutex) {
    if (waiters.empty()) {
      table_.erase(at);
      --valueless_;
    } else {
      at->second.set_waiters(waiters);
    }
  }
};

}  // namespace waitmap::detail
