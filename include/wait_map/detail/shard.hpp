// shard: one lock and one table, and what a map's operations do to values and waiters under that lock.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <memory>
#include <optional>
#include <source_location>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#include <wait_map/detail/annotations.hpp>
#include <wait_map/detail/claim_node.hpp>
#include <wait_map/detail/delivery.hpp>
#include <wait_map/detail/ending.hpp>
#include <wait_map/detail/processor.hpp>
#include <wait_map/detail/readers.hpp>
#include <wait_map/detail/ready_list.hpp>
#include <wait_map/detail/shard_lock.hpp>
#include <wait_map/detail/slot.hpp>
#include <wait_map/detail/table.hpp>
#include <wait_map/detail/waiter.hpp>
#include <wait_map/detail/waiter_list.hpp>
#include <wait_map/result.hpp>

namespace waitmap::detail {

// The waiters, and the keys without a value, that a shard can count. A test's policy may name fewer.
template <class Policy>
inline constexpr std::uint32_t most_waiters = (std::numeric_limits<std::uint32_t>::max)();
template <class Policy>
  requires requires { Policy::most_waiters; }
inline constexpr std::uint32_t most_waiters<Policy> = Policy::most_waiters;

// What the shards of a map have in common.
struct common_part : reader_group {
  // What close() was given, if anything. Written before a shard is closed, never again: so who has seen a
  // closed shard reads it without a lock.
  std::exception_ptr closed_with;

  // A wait that close() ends, or that finds the map closed.
  template <class Value, class Policy>
  void end_closed(waiter<Policy>& ended) const noexcept {
    if (closed_with) {
      deliver_error<Value>(ended, closed_with);
    } else {
      ended.end = wait_end::closed;
    }
  }
};

// A function that needs the lock says so, by WAIT_MAP_REQUIRES or WAIT_MAP_REQUIRES_SHARED, which clang checks but in
// core::update(). What happens to the waiters of a key is decided by `ending`. None resumes: those whose wait ends go to a
// ready_list, which the caller sees to after it has dropped the lock. None destroys a value that was not moved from:
// what is removed is moved out to the caller.
template <class Key, class Value, class Hash, class Equal, class Policy>
class alignas(64) shard {
 public:
  using policy_type = Policy;
  using waiter_type = waiter<Policy>;
  using claim_type = claim_node<Policy>;
  using follower_type = follower_waiter<Value, Policy>;
  using table_type = table<Key, Value, Hash, Equal>;
  using ending = detail::ending<Value, Policy>;
  using iterator = typename table_type::iterator;

  shard(const Hash& hash, const Equal& equal, common_part* of) : map(of), table_(hash, equal) {}
  shard(const shard&) = delete;

  WAIT_MAP_NO_UNIQUE_ADDRESS mutable shard_mutex<typename Policy::mutex> mutex;

 private:
  // In this order all fits one cache line: the first lie where the mutex has room left.
  std::uint8_t reserved_ WAIT_MAP_GUARDED_BY(mutex) = 0;  // see reserved()
  bool closed_ WAIT_MAP_GUARDED_BY(mutex) = false;
  bool gone_ WAIT_MAP_GUARDED_BY(mutex) = false;            // debug builds: its map is destroyed
  std::uint32_t waiting_ WAIT_MAP_GUARDED_BY(mutex) = 0;    // waiters, claims not counted
  std::uint32_t valueless_ WAIT_MAP_GUARDED_BY(mutex) = 0;  // slots without a value

 public:
  common_part* const map;  // of the core that this is a shard of

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

  void prefetch_for(short_hash hash) const noexcept WAIT_MAP_REQUIRES_SHARED(mutex) {
    table_.prefetch_for(hash);
  }

  std::size_t size() const WAIT_MAP_REQUIRES_SHARED(mutex) { return table_.size() - valueless_; }
  std::size_t capacity() const WAIT_MAP_REQUIRES_SHARED(mutex) { return table_.capacity(); }
  bool closed() const WAIT_MAP_REQUIRES_SHARED(mutex) { return closed_; }
  void set_gone() noexcept WAIT_MAP_REQUIRES(mutex) { gone_ = true; }
  bool gone() const noexcept WAIT_MAP_REQUIRES_SHARED(mutex) { return gone_; }
  void reserve(std::size_t values) WAIT_MAP_REQUIRES(mutex) {
    table_.reserve(values);
    reserved_ =
        values == 0 ? std::uint8_t{0} : static_cast<std::uint8_t>(1 + std::bit_width(values - 1));
  }
  void shrink_to_fit() WAIT_MAP_REQUIRES(mutex) {
    reserved_ = 0;
    table_.rehash(0);
  }

  // Stores what make() returns, a stored<Value>, if there is no value and the map is open. Inlined
  // where accept() is not, so that a new key does not pay for what waiters need: a thousand of them
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
    return accept(at, make(), ready);
  }

  // Likewise, but where there is an older value, overwrite(slot<Value>&) stores over it.
  template <class Lookup, class KeyArgument, class Make, class Overwrite>
  insert_result assign(hashed<Lookup> looked_up, KeyArgument&& key, Make&& make,
                       Overwrite&& overwrite, ready_list& ready) WAIT_MAP_REQUIRES(mutex) {
    if (closed_) return {insert_outcome::closed};
    bool created = false;
    const iterator at =
        table_.find_or_create(looked_up, std::forward<KeyArgument>(key), make, created);
    if (created) return {insert_outcome::inserted};
    slot<Value>& found = at->second;
    if (!found.has_value()) return accept(at, make(), ready);
    overwrite(found);
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
  // `removed`; or all slots at once to `released`, an empty table or null, where no other is there and no
  // room is reserved. Returns their number. Where anything throws, this shard is unchanged.
  template <class Condition, class Values>
  std::size_t remove_each_if(Condition&& condition, Values& removed, table_type* released)
      WAIT_MAP_REQUIRES(mutex) {
    const auto goes = [&](iterator at) {
      return condition(at->first.get(), std::as_const(at->second).value());
    };
    // Up to the first that stays nothing is noted.
    std::size_t count = 0;
    iterator at = table_.begin();
    for (; at != table_.end(); ++at) {
      if (!at->second.has_value()) continue;
      if (!goes(at)) break;
      ++count;
    }
    if (count != 0 && count == table_.size() && released != nullptr && reserved_ == 0) {
      table_.swap(*released);
      return count;
    }
    std::vector<iterator> chosen;
    chosen.reserve(count);
    for (iterator each = table_.begin(); each != at; ++each) {
      if (each->second.has_value()) chosen.push_back(each);
    }
    if (at != table_.end()) ++at;  // it stays
    for (; at != table_.end(); ++at) {
      if (at->second.has_value() && goes(at)) chosen.push_back(at);
    }
    removed.reserve(chosen.size());
    for (iterator each : chosen) {
      removed.push_back(each->second.take_value());
      table_.erase(each);
    }
    return chosen.size();
  }

  // --- waits -------------------------------------------------------------------------------------

  // Registration, in one step: a value that is present ends the wait; else a closed map or a stop
  // that was requested ends it; else the waiter is linked. Returns whether it is linked. Throws
  // what the equality, the key's constructor, allocation and a copy or visit of the value throw:
  // nothing has changed. `argument` is the key, to be moved or copied into a new slot; from then on
  // nobody reads the waiter's key. A value that is present may go past the waiter: where take(const Value&)
  // returns true, it stays idle.
  template <class Lookup, class KeyArgument, class Waiter, class Take>
  WAIT_MAP_ALWAYS_INLINE bool begin_wait(hashed<Lookup> key, KeyArgument&& argument,
                                         Waiter& waiting, bool stop_requested, Take&& take)
      WAIT_MAP_REQUIRES(mutex) {
    if (closed_ || stop_requested) [[unlikely]] {
      return complete_or_refuse(key, waiting);
    }
    must_have_room();
    bool created = false;
    const iterator at =
        table_.find_or_create_waiting(key, std::forward<KeyArgument>(argument), waiting, created);
    if (created) {
      ++valueless_;
      return link(waiting);
    }
    slot<Value>& found = at->second;
    if (found.has_value()) return !take(std::as_const(found).value()) && end_by(at, waiting);
    return join(found, waiting);
  }

  // Likewise, for one that follows the claim of the key; where there is none, it claims the key, which
  // ends the wait.
  template <class Lookup, class KeyArgument, class Take>
  bool begin_wait(hashed<Lookup> key, KeyArgument&& argument, follower_type& waiting,
                  bool stop_requested, Take&&) WAIT_MAP_REQUIRES(mutex) {
    if (closed_ || stop_requested) [[unlikely]] {
      return complete_or_refuse(key, waiting);
    }
    const iterator at = table_.find(key);
    if (has_value(at)) return end_by(at, waiting);
    if (at != table_.end() && at->second.waiters().has_claim()) {
      must_have_room();
      claim_type& claim = claim_in(at->second);
      waiting.followed = &claim;
      if (claim.oldest_follower == nullptr) claim.oldest_follower = &waiting;
      return join(at->second, waiting);
    }
    auto claim = std::make_unique<claim_type>(waiting.where());
    claim->shard = this;
    claim->hash = waiting.hash;
    begin_claim(key, std::forward<KeyArgument>(argument), *claim);
    waiting.take_hold(*claim.release(), 0);
    waiting.set(waiter_state::done);
    return false;
  }

  // Links a claim if the key has neither a value nor a claim, and the map is open. Returns whether it
  // did. Throws as begin_wait().
  template <class Lookup, class KeyArgument>
  bool begin_claim(hashed<Lookup> key, KeyArgument&& argument, claim_type& claim)
      WAIT_MAP_REQUIRES(mutex) {
    if (closed_) return false;
    must_have_room();
    bool created = false;
    const iterator at =
        table_.find_or_create_waiting(key, std::forward<KeyArgument>(argument), claim, created);
    if (created) {
      ++valueless_;
    } else {
      slot<Value>& found = at->second;
      if (found.has_value() || found.waiters().has_claim()) return false;
      waiter_list waiters = found.waiters();
      waiters.push_front(claim);
      found.set_waiters(waiters);
    }
    claim.set(waiter_state::linked);
    return true;
  }

  // Gives what make() returns, a stored<Value>, to the key of a claim that is linked. Throws what
  // make() throws: nothing has changed.
  template <class Make>
  insert_result fulfil(claim_type& claim, Make&& make, ready_list& ready) WAIT_MAP_REQUIRES(mutex) {
    if (closed_) {
      let_go(claim, ready);  // nobody follows, nor waits
      return {insert_outcome::closed};
    }
    const iterator at = table_.find_by_address(claim);
    stored<Value> value = make();
    ending::forget_unwanted(claim);  // its holder knows
    return accept(at, std::move(value), ready);
  }

  // Unlinks a claim that is linked, and ends the waits on its key by finish(waiter), which sets `end`.
  // Returns their number.
  template <class Finish>
  std::size_t end_claim(claim_type& claim, Finish&& finish, ready_list& ready) noexcept
      WAIT_MAP_REQUIRES(mutex) {
    ending::forget_unwanted(claim);
    const std::size_t ended =
        end_claim_at(table_.find_by_address(claim), std::forward<Finish>(finish), ready);
    claim.set(waiter_state::done);
    give_back_memory();
    return ended;
  }

  // The holder of a claim that is linked lets go of it. Returns whether a follower has it now; else the
  // claim is unlinked and the waits on its key are ended.
  bool let_go(claim_type& claim, ready_list& ready) noexcept WAIT_MAP_REQUIRES(mutex) {
    ending::forget_unwanted(claim);
    if (claim.oldest_follower == nullptr) {
      end_abandoned(table_.find_by_address(claim), ready);
      claim.set(waiter_state::done);
      give_back_memory();
      return false;
    }
    pass_on(claim, claim.ticket(), ready);
    return true;
  }

  // Takes the claim of a slot, if there is one, from its holder. Returns whether there was.
  bool revoke(iterator at, ready_list& ready) noexcept WAIT_MAP_REQUIRES(mutex) {
    if (!revoke_in_place(at, ready)) return false;
    give_back_memory();
    return true;
  }
  void revoke_all(ready_list& ready) noexcept WAIT_MAP_REQUIRES(mutex) {
    if (valueless_ == 0) return;
    for (auto at = table_.begin(); at != table_.end();) revoke_in_place(at++, ready);
    give_back_memory();
  }

  template <class Lookup>
  computation_id claim_of(hashed<Lookup> key) const WAIT_MAP_REQUIRES_SHARED(mutex) {
    const auto at = table_.find(key);
    if (at == table_.end() || at->second.has_value() || !at->second.waiters().has_claim())
      return {};
    const claim_type& claim = claim_in(at->second);
    return {&claim, claim.ticket()};
  }

#if defined(__cpp_lib_jthread)
  // For the holder of a claim that is linked.
  std::stop_token unwanted_token(claim_type& claim) WAIT_MAP_REQUIRES(mutex) {
    if (claim.left_alone && claim.next == nullptr) claim.was_told = true;
    if (claim.was_told) return stopped_token();
    if (claim.unwanted == nullptr) claim.unwanted = new unwanted_notice;
    return claim.unwanted->token();
  }
  static std::stop_token stopped_token() {
    std::stop_source stopped;
    stopped.request_stop();
    return stopped.get_token();
  }
#endif

  // Unlinks a waiter that is linked, but for a claim.
  void unlink(waiter_type& waiting, ready_list& ready) noexcept WAIT_MAP_REQUIRES(mutex) {
    if (take_out(waiting, ready)) give_back_memory();
  }

  // Puts a waiter in the place of another that is linked, and no follower.
  void replace(waiter_type& old, waiter_type& by) noexcept WAIT_MAP_REQUIRES(mutex) {
    if (waiter_list::replace_inner(old, by)) return;
    const iterator at = table_.find_by_address(old);
    waiter_list waiters = at->second.waiters();
    waiters.replace(old, by);
    at->second.set_waiters(waiters);
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
      if (!ending::anyone_accepts(waiters)) return {insert_outcome::no_waiter};
    }
    value.emplace(make());
    const handed_out all = ending::hand_out(waiters, *value, ready);
    waiting_ -= all.left;
    put_back(at, waiters, ready);
    give_back_memory();
    return {all.ended == 0 ? insert_outcome::no_waiter : insert_outcome::delivered, all.ended};
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
    if (waiters.oldest() == nullptr) return 0;  // a claim that nobody has waited for
    const std::size_t ended = end_all(waiters, finish, ready);
    put_back(at, waiters, ready);
    give_back_memory();
    return ended;
  }

  // Likewise on each key for which condition(const Key&) is true. If the condition throws, the waits on
  // the keys before are ended and in `ready`.
  template <class Condition, class Finish>
  void end_each_wait_if(Condition&& condition, const Finish& finish, ready_list& ready,
                        std::size_t& ended) WAIT_MAP_REQUIRES(mutex) {
    if (valueless_ == 0) return;
    constexpr std::size_t lists_ahead = 4;
    typename ending::trail before;
    iterator ahead =
        table_.begin();  // the ends of its list, and of those up to there, were asked for
    std::size_t asked_for = 0;
    try {
      for (auto at = table_.begin(); at != table_.end();) {
        for (; asked_for <= lists_ahead && ahead != table_.end(); ++ahead) {
          if (ahead->second.has_value()) continue;
          const waiter_list waiters = ahead->second.waiters();
          prefetch_to_write(waiters.front());
          prefetch_to_write(waiters.last_word());
          ++asked_for;
        }
        auto here = at++;
        if (here->second.has_value()) continue;
        --asked_for;
        if (here->second.waiters().oldest() == nullptr) continue;
        if (!condition(here->first.get())) continue;
        waiter_list waiters = here->second.waiters();
        const waiter_list all = waiters;
        ended += end_all(waiters, finish, ready);
        if (all.only_plain_observers()) before.follow(all);
        put_back(here, waiters, ready);
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
    end_each_wait_if([](const Key&) noexcept { return true; },
                     [&](waiter_type& each) noexcept { map->template end_closed<Value>(each); },
                     ready, ended);
    return ended;
  }

  // Unlinks all claims.
  void end_claims(ready_list& ready) noexcept WAIT_MAP_REQUIRES(mutex) {
    if (valueless_ == 0) return;
    for (auto at = table_.begin(); at != table_.end();) {
      auto here = at++;
      if (here->second.has_value()) continue;
      waiter_list waiters = here->second.waiters();
      if (!waiters.has_claim()) continue;
      as_waiter(*waiters.front()).end = wait_end::closed;
      ending::complete_claim(waiters, ready);
      put_back(here, waiters, ready);
    }
  }

  // Moves all slots to `removed`, an empty table, unless some have no value. Returns whether it
  // did.
  bool release_all(table_type& removed) noexcept WAIT_MAP_REQUIRES(mutex) {
    if (valueless_ != 0) return false;
    table_.swap(removed);
    return true;
  }

  // function(const Key&, std::span<const std::source_location>, const std::source_location*) for each key
  // that is waited for or claimed: the places of the waits, and that of the claim, if there is one.
  template <class Function>
  void for_each_waiting(Function&& function) const WAIT_MAP_REQUIRES_SHARED(mutex) {
    if (valueless_ == 0) return;
    std::vector<std::source_location> places;
    for (const auto& [key, slot] : table_) {
      if (slot.has_value()) continue;
      places.clear();
      const std::source_location* claimed_at = nullptr;
      slot.waiters().for_each([&](waiter_node& each) {
        if (each.kind == waiter_kind::claim) {
          claimed_at = &static_cast<const claim_type&>(each).where;
        } else {
          places.push_back(where_called<Value>(as_waiter(each)));
        }
      });
      function(key.get(), std::span<const std::source_location>(places), claimed_at);
    }
  }

 private:
  static waiter_type& as_waiter(waiter_node& node) noexcept { return ending::as_waiter(node); }
  // Only where there is one.
  static claim_type& claim_in(const slot<Value>& claimed) noexcept {
    return static_cast<claim_type&>(*claimed.waiters().front());
  }

  // Takes a waiter that is linked out of its list. Returns whether it stood at an end of it.
  bool take_out(waiter_type& waiting, ready_list& ready) noexcept WAIT_MAP_REQUIRES(mutex) {
    --waiting_;
    if (waiting.kind == waiter_kind::follower) ending::stop_following(waiting);
    if (waiter_list::remove_inner(waiting)) return false;  // no need to find its slot
    auto at = table_.find_by_address(waiting);
    waiter_list waiters = at->second.waiters();
    waiters.remove(waiting);
    put_back(at, waiters, ready);
    return true;
  }

  // The oldest follower, which there is, gets a claim that is linked, and with it an owner of its node.
  // Nobody else hears of it. What told the holder that it is unwanted is gone.
  void pass_on(claim_type& claim, std::uint32_t ticket, ready_list& ready) noexcept
      WAIT_MAP_REQUIRES(mutex) {
    auto& next = static_cast<follower_type&>(*claim.oldest_follower);
    take_out(next, ready);
    forget_losers(claim, ready);
    ending::forget_unwanted(claim);
    claim.where = next.where();
    claim.left_alone = claim.was_told = false;
    next.take_hold(claim, ticket);
    ending::complete(next, ready);
  }
  // Members of groups that are decided do not wait any more: a claim whose holder changes is not left by them.
  void forget_losers(claim_type& claim, ready_list& ready) noexcept WAIT_MAP_REQUIRES(mutex) {
    while (waiter_node* const oldest = waiter_list::next_of(claim)) {
      waiter_type& loser = as_waiter(*oldest);
      if (!ending::has_lost(loser)) return;
      loser.end = wait_end::lost;
      take_out(loser, ready);
      ending::complete(loser, ready);
    }
  }
  // All waits of a list but a claim end by finish(waiter). Returns their number.
  template <class Finish>
  std::size_t end_all(waiter_list& waiters, const Finish& finish, ready_list& ready) noexcept
      WAIT_MAP_REQUIRES(mutex) {
    const ended_waits all = ending::end_waits(waiters, finish, ready);
    waiting_ -= all.left;
    return all.ended;
  }
  // Unlinks the claim of a slot, and ends the waits on its key. What sees the claim without the lock must not
  // see that it is over before all that is decided: the caller sets its state.
  template <class Finish>
  std::size_t end_claim_at(iterator at, const Finish& finish, ready_list& ready) noexcept
      WAIT_MAP_REQUIRES(mutex) {
    waiter_list waiters = at->second.waiters();
    waiters.remove(*waiters.front());
    const std::size_t ended = end_all(waiters, finish, ready);
    put_back(at, waiters, ready);
    return ended;
  }
  void end_abandoned(iterator at, ready_list& ready) noexcept WAIT_MAP_REQUIRES(mutex) {
    end_claim_at(at, [](waiter_type& each) noexcept { each.end = wait_end::abandoned; }, ready);
  }
  bool revoke_in_place(iterator at, ready_list& ready) noexcept WAIT_MAP_REQUIRES(mutex) {
    if (at == table_.end() || at->second.has_value() || !at->second.waiters().has_claim()) {
      return false;
    }
    claim_type& claim = claim_in(at->second);
    ending::tell_unwanted(claim, ready);
    claim.retain();  // the holder keeps its own
    const bool passes = claim.oldest_follower != nullptr;
    if (passes) {
      pass_on(claim, claim.next_ticket(), ready);
    } else {
      end_abandoned(at, ready);
    }
    // Now that all is decided the holder may see it, and be gone.
    claim.change_ticket();
    if (!passes) {
      claim.set(waiter_state::done);
      claim.release();
    }
    return true;
  }

  // Where the map is closed or a stop was requested: only a value that is present is good.
  template <class Lookup, class Waiter>
  WAIT_MAP_NOINLINE bool complete_or_refuse(hashed<Lookup> key, Waiter& waiting)
      WAIT_MAP_REQUIRES(mutex) {
    auto at = table_.find(key);
    if (has_value(at)) return end_by(at, waiting);
    if (!closed_) {
      waiting.end = wait_end::stopped;
    } else if (waiting.role == waiter_role::member) {
      waiting.end = wait_end::closed;  // whether that decides, its group knows
    } else {
      map->template end_closed<Value>(waiting);
    }
    waiting.set(waiter_state::done);
    return false;
  }

  // The counters have 32 bits.
  void must_have_room() const WAIT_MAP_REQUIRES(mutex) {
    if (waiting_ >= most_waiters<Policy> || valueless_ >= most_waiters<Policy>) [[unlikely]] {
      throw std::length_error("wait_map: too many waiters and claims in one shard");
    }
  }

  // The three ways out of begin_wait for a waiter that is not refused. A claim is linked by begin_claim alone, which
  // does not count it.
  bool link(waiter_type& waiting) noexcept WAIT_MAP_REQUIRES(mutex) {
    ++waiting_;
    waiting.set(waiter_state::linked);
    return true;
  }
  bool join(slot<Value>& found, waiter_type& waiting) noexcept WAIT_MAP_REQUIRES(mutex) {
    waiter_list waiters = found.waiters();
    waiters.push_back(waiting);
    found.set_waiters(waiters);
    return link(waiting);
  }
  template <class Waiter>
  bool end_by(iterator at, Waiter& waiting) WAIT_MAP_REQUIRES(mutex) {
    if constexpr (requires { waiting.set_error(nullptr); }) {
      if (waiting.role == waiter_role::member) {
        // Its group is decided for it: an exception is its outcome, as for a value that arrives.
        try {
          complete_with_present(at, waiting);
        } catch (...) {
          waiting.set_error(std::current_exception());
        }
        waiting.set(waiter_state::done);
        return false;
      }
    }
    complete_with_present(at, waiting);
    waiting.set(waiter_state::done);
    return false;
  }

  // A wait on a value that is present.
  void complete_with_present(iterator at, value_waiter<Value, Policy>& waiting)
      WAIT_MAP_REQUIRES(mutex) {
    if (!ending::try_decide(waiting)) return;
    if (waiting.kind == waiter_kind::taker) {
      waiting.set_value([&]() noexcept { return at->second.take_value(); });
      table_.erase(at);
    } else if constexpr (std::copy_constructible<Value>) {
      waiting.set_value([&] { return make_stored<Value>(std::as_const(at->second).value()); });
    }
  }
  template <class Function, class Result>
  void complete_with_present(iterator at, visiting_waiter<Value, Policy, Function, Result>& waiting)
      WAIT_MAP_REQUIRES(mutex) {
    waiting.visit(at->second.value());
  }

  // A value for a key without one, accepted: the observers get it, then the oldest taker, or it is
  // stored.
  WAIT_MAP_NOINLINE insert_result accept(iterator at, stored<Value>&& value,
                                         ready_list& ready) noexcept WAIT_MAP_REQUIRES(mutex) {
    const waiter_list waiters = at->second.waiters();
    if (waiters.only_plain_observers()) [[likely]] {
      const std::uint32_t ended = ending::give_first_copies(waiters, unwrap<Value>(value), ready);
      if (ended == 0) return accept_for_many(at, std::move(value), ready);
      waiting_ -= ended;
      return store_value(at->second, std::move(value), ended);
    }
    const waiter_type& last = as_waiter(*waiters.last_word());
    if (last.role == waiter_role::member && last.kind == waiter_kind::observer &&
        &last == waiters.front()) {
      return accept_for_member(at, std::move(value), ready);
    }
    return accept_for_others(at, std::move(value), ready);
  }

  // The rest are functions of their own, and take what accept() takes: so the usual case keeps its list in registers,
  // and saves and moves none. Where plain observers are more than two; the first has its copy:
  WAIT_MAP_NOINLINE insert_result accept_for_many(iterator at, stored<Value>&& value,
                                                  ready_list& ready) noexcept
      WAIT_MAP_REQUIRES(mutex) {
    const std::uint32_t ended =
        ending::give_other_copies(at->second.waiters(), unwrap<Value>(value), ready);
    waiting_ -= ended;
    return store_value(at->second, std::move(value), ended);
  }

  // Where an observer that is a member of a group is alone, as is usual for wait_all():
  WAIT_MAP_NOINLINE insert_result accept_for_member(iterator at, stored<Value>&& value,
                                                    ready_list& ready) noexcept
      WAIT_MAP_REQUIRES(mutex) {
    waiter_type& member = as_waiter(*at->second.waiters().last_word());
    const bool decided = ending::try_decide(member);
    if constexpr (std::copy_constructible<Value>) {  // without copies there are no observers
      if (decided) give_copy<Value, Policy>(member, unwrap<Value>(value));
    }
    --waiting_;
    ending::complete_member(member, ready);
    return store_value(at->second, std::move(value), decided ? 1 : 0);
  }

  // Where there are others than plain observers:
  WAIT_MAP_NOINLINE insert_result accept_for_others(iterator at, stored<Value>&& value,
                                                    ready_list& ready) noexcept
      WAIT_MAP_REQUIRES(mutex) {
    waiter_list waiters = at->second.waiters();
    if (waiters.has_claim()) as_waiter(*waiters.front()).end = wait_end::value;
    const handed_out all = ending::hand_out(waiters, value, ready);
    waiting_ -= all.left;
    if (!all.taken) return store_value(at->second, std::move(value), all.ended);
    put_back(at, waiters, ready);
    give_back_memory();
    return {insert_outcome::handed_off, all.ended};
  }

  insert_result store_value(slot<Value>& found, stored<Value>&& value, std::size_t ended) noexcept
      WAIT_MAP_REQUIRES(mutex) {
    --valueless_;
    found.set_value(std::move(value));
    return {insert_outcome::inserted, ended};
  }

  // The values to keep room for, rounded up to a power of two.
  std::size_t reserved() const noexcept WAIT_MAP_REQUIRES_SHARED(mutex) {
    return reserved_ == 0 ? 0 : std::size_t{1} << (reserved_ - 1);
  }

  // A table that waiters made large and have left is made small again, so that abandoned waits
  // leave no memory behind. Cost: O(1) amortised over the waits that made it large.
  void give_back_memory() noexcept WAIT_MAP_REQUIRES(mutex) {
    const std::size_t wanted = (std::max)(table_.size(), reserved());
    if (table_.capacity() <= 64 || wanted >= table_.capacity() / 8) [[likely]]
      return;
    if (wanted != 0 && !table_type::can_allocate(2 * wanted)) return;  // no matter: it stays large
    table_.rehash(0);
    table_.reserve(reserved());
  }

  // Behind the removal of one who waited. A key that nobody waits for or has claimed, and that has no value,
  // has no slot.
  void put_back(iterator at, waiter_list waiters, ready_list& ready) noexcept
      WAIT_MAP_REQUIRES(mutex) {
    if (waiters.empty()) {
      table_.erase(at);
      --valueless_;
      return;
    }
    at->second.set_waiters(waiters);
    if (waiters.has_claim() && waiters.oldest() == nullptr) [[unlikely]] {
      claim_type& alone = claim_in(at->second);
      alone.left_alone = true;
      ending::tell_unwanted(alone, ready);
    }
  }
};

}  // namespace waitmap::detail
