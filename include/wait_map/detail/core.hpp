// core: the inside of a map: shards, hash and resumer. The one file that takes the lock of a shard, by the guards of
// shard_lock.hpp.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <iterator>
#include <memory>
#include <new>
#include <optional>
#include <ranges>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

#include <wait_map/detail/annotations.hpp>
#include <wait_map/detail/claim_node.hpp>
#include <wait_map/detail/delivery.hpp>
#include <wait_map/detail/ending.hpp>
#include <wait_map/detail/fatal.hpp>
#include <wait_map/detail/fixed_array.hpp>
#include <wait_map/detail/processor.hpp>
#include <wait_map/detail/ready_list.hpp>
#include <wait_map/detail/resume.hpp>
#include <wait_map/detail/shard.hpp>
#include <wait_map/detail/shard_lock.hpp>
#include <wait_map/detail/table.hpp>
#include <wait_map/detail/thread_parker.hpp>
#include <wait_map/detail/waiter.hpp>
#include <wait_map/entry.hpp>
#include <wait_map/hash.hpp>
#include <wait_map/policy.hpp>
#include <wait_map/result.hpp>

namespace waitmap::detail {

// The number of shards for a map that is told none: enough that threads seldom meet, few enough
// that a small map stays small.
template <class Policy>
std::size_t default_shards() noexcept {
  if constexpr (std::same_as<typename Policy::mutex, null_mutex>) return 1;
  return (std::min)(std::size_t{16} * processors(), whole_hash::most_shards);
}

// The bytes of all tables up to which it does not pay to look up many keys together (see most_ahead): with 0.8 MB it
// takes 0.95, with 0.4 MB 1.3, with 40 KB 1.7.
inline constexpr std::size_t near_size = std::size_t{1} << 20;
// The keys that are looked up one by one before it is asked anew how large the map is.
inline constexpr std::size_t most_near = 64;

template <class Key, class Value, class Hash, class Equal, class Policy>
class core : public common_part {
  using shard_type = shard<Key, Value, Hash, Equal, Policy>;
  using exclusive = exclusive_lock<shard_type, checks>;
  using shared = shared_lock<shard_type, checks>;
  using table_type = typename shard_type::table_type;
  using ending = detail::ending<Value, Policy>;

  // Two cache lines apart: processors fetch lines in pairs, and with its neighbour they would take a
  // lock from the thread that uses it. Measured with two threads that look up 1,000 keys: 32 ns
  // where shards are one line apart, 24 where they are two.
  struct alignas(2 * alignof(shard_type)) spaced_shard : shard_type {
    using shard_type::shard_type;
  };

 public:
  // Many keys at once: how many are looked up together. Measured in a map of 1e6 values, as shares of one by one: 8
  // take 0.44, 16 take 0.50, 32 take 0.55 to 0.65.
  static constexpr std::size_t most_ahead = 8;

  using resumer_type = typename Policy::resumer;
  using parker_type = typename parker_of<Policy>::type;

  // What may run under a lock (see callable_scope): a function of the user's; or no more than what
  // copies, compares and moves keys and values.
  using user_scope = callable_scope<Policy>;
  using value_scope = std::conditional_t<calls_nobody<Key> && calls_nobody<Value> &&
                                             std::same_as<Equal, default_equal<Key>>,
                                         no_scope, user_scope>;
  template <class Waiter>
  using scope_of = std::conditional_t<calls_function<Waiter>, user_scope, value_scope>;

  core(std::size_t capacity, std::size_t shards, Hash hash_function, const Equal& equal,
       resumer_type resumer)
      : hash_(std::move(hash_function)),
        equal_(equal),
        resumer_(std::move(resumer)),
        shards_(rounded(shards == 0 ? default_shards<Policy>() : shards),
                [this](spaced_shard* memory, std::size_t) {
                  std::construct_at(memory, hash_, equal_, this);
                }),
        mask_(shards_.size() - 1) {
    if (capacity != 0) reserve(capacity);
  }
  core(const core&) = delete;

  ~core() {
    reentrancy_check<Policy, checks>::not_inside(this);
    ready_list ready;
    bool has_values = false;
    for (shard_type& each : shards_) {
      const exclusive lock(each);
      each.end_claims(ready);  // those that outlive the map are over
      each.close(ready);
      has_values |= each.size() != 0;
    }
    resume(ready);
    try {
      // Outside of any lock, while the map can still be called by the destructors of values.
      if (has_values) clear();
    } catch (...) {  // NOLINT(bugprone-empty-catch)
      // A hash or equality that cannot be copied: the values go with their tables.
    }
    if constexpr (checks == lock_checks::on) {
      lock_order_of_program.order.forget(this);
      // A call that is blocked here will see gone() and end the program.
      for (shard_type& each : shards_) {
        const exclusive lock(each);
        each.set_gone();
      }
    }
  }

  // --- one key -----------------------------------------------------------------------------------

  template <class Lookup>
  whole_hash hash(const Lookup& key) const {
    return hash_of(hash_, key);
  }

  // f(const Value*), null where there is no value, under the shared lock. `Scope` says whose function
  // it is.
  template <class Scope, class Lookup, class Function>
  decltype(auto) read(const Lookup& key, Function&& function) const {
    return read_hashed<Scope>(key, hash(key), function);
  }

  // take(function(const Value*)) for each key of a range, in their order, the function as in read(), and take() when
  // the lock is dropped. Each is taken from the range, made and hashed once.
  template <class Scope, class Element, class Keys, class Function, class Take>
  void read_all(Keys& keys, Function&& function, Take&& take) const {
    auto next = std::ranges::begin(keys);
    const auto end = std::ranges::end(keys);
    for (std::size_t round = 0; next != end; ++round) {
      // What an input iterator refers to may be gone when it has moved on.
      if (std::forward_iterator<decltype(next)> && is_far(shards_[round & mask_])) {
        read_ahead<Scope, Element>(next, end, function, take);
      } else {
        for (std::size_t n = 0; n != most_near && next != end; ++n, ++next) {
          const typename Element::kept_as key(static_cast<typename Element::given>(*next));
          take(read<Scope>(key.get(), function));
        }
      }
    }
  }

  template <class Lookup, class Function>
  bool modify(const Lookup& key, Function&& function) {
    const whole_hash whole = hash(key);
    shard_type& shard = shard_of(whole);
    const hashed<Lookup> looked_up{key, whole};
    const user_scope scope;
    const exclusive lock(shard);
    Value* value = shard.find(looked_up);
    if (value != nullptr) std::invoke(function, *value);
    return value != nullptr;
  }

  // The main path, which all that end a wait take:
  // 1. Hash: once, before the lock. It chooses the shard, and the place in its table.
  // 2. Lock the shard. The scope notes that what runs inside may be code of the user's.
  // 3. Decide: the shard stores the value or gives it to waiters. Those whose wait ends move from the key's list to
  //    `ready`, with their outcome: it is final.
  // 4. Unlock. From here on a waiter in `ready` is touched by this thread alone.
  // 5. Resume: groups drop their losers, threads are woken, coroutines go to the map's resumer.
  template <class Lookup, class KeyArgument, class Make>
  insert_result insert(const Lookup& key, KeyArgument&& argument, Make&& make) {
    const whole_hash whole = hash(key);
    shard_type& shard = shard_of(whole);
    const hashed<Lookup> looked_up{key, whole};
    ready_list ready;
    insert_result result;
    {
      const value_scope scope;
      const exclusive lock(shard);
      result = shard.insert(looked_up, std::forward<KeyArgument>(argument), make, ready);
    }
    resume(ready);
    return result;
  }

  // An older value moves to `replaced`.
  template <class Lookup, class KeyArgument, class Make>
  insert_result assign(const Lookup& key, KeyArgument&& argument, Make&& make,
                       std::optional<stored<Value>>& replaced) {
    const auto overwrite = [&](slot<Value>& found) {
      replaced.emplace(found.replace_value(make()));
    };
    return assign_by(key, std::forward<KeyArgument>(argument), make, overwrite);
  }
  // An older value is assigned to. Where assigned_in_place<Value, Argument>.
  template <class Lookup, class KeyArgument, class Make, class Argument>
  insert_result assign_in_place(const Lookup& key, KeyArgument&& argument, Make&& make,
                                Argument&& value) {
    const auto overwrite = [&](slot<Value>& found) {
      found.value() = std::forward<Argument>(value);
    };
    return assign_by(key, std::forward<KeyArgument>(argument), make, overwrite);
  }

  // function(entry<Value>&) returns something, by value.
  //
  // A result is not moved on its way out, since a move that throws would come after the deed: hence
  // the named return types (clang 19 does not elide the move of a variable where the type is auto).
  template <class Lookup, class KeyArgument, class Function,
            class Result = std::decay_t<std::invoke_result_t<Function&, entry<Value>&>>>
  Result update(const Lookup& key, KeyArgument&& argument, Function&& function) {
    const whole_hash whole = hash(key);
    shard_type& shard = shard_of(whole);
    const hashed<Lookup> looked_up{key, whole};
    staged_update<Value> staged;  // holds what is removed until the lock is dropped
    ready_list ready;
    const auto locked = [&]() WAIT_MAP_NO_THREAD_SAFETY_ANALYSIS -> Result {
      const user_scope scope;
      const exclusive lock(shard);
      const auto at = shard.find_slot(looked_up);
      const bool had_value = shard.has_value(at);
      Value* const current = had_value ? std::addressof(at->second.value()) : nullptr;
      Result result = std::invoke(function, staged.begin(current, shard.closed()));
      staged.apply(shard, at, looked_up, std::forward<KeyArgument>(argument), ready);
      return result;
    };
    Result result = locked();
    resume(ready);
    return result;
  }

  // Removes the value if there is one for which condition(Value&) is true. Returns it.
  template <class Scope, class Lookup, class Condition>
  std::optional<stored<Value>> remove_if(const Lookup& key, Condition&& condition) {
    const whole_hash whole = hash(key);
    shard_type& shard = shard_of(whole);
    const hashed<Lookup> looked_up{key, whole};
    std::optional<stored<Value>> removed;
    const Scope scope;
    const exclusive lock(shard);
    const auto at = shard.find_slot(looked_up);
    if (shard.has_value(at) && condition(at->second.value())) shard.remove_value(at, removed);
    return removed;
  }

  // Removes the value, or takes the claim from its holder. Returns whether there was one of them.
  template <class Lookup>
  bool invalidate(const Lookup& key) {
    const whole_hash whole = hash(key);
    shard_type& shard = shard_of(whole);
    const hashed<Lookup> looked_up{key, whole};
    std::optional<stored<Value>> removed;
    ready_list ready;
    bool found = false;
    {
      const value_scope scope;
      const exclusive lock(shard);
      const auto at = shard.find_slot(looked_up);
      if (shard.has_value(at)) {
        shard.remove_value(at, removed);
        return true;
      }
      found = shard.revoke(at, ready);
    }
    resume(ready);
    return found;
  }

  // --- all values, one shard locked at a time ----------------------------------------------------

  std::size_t size() const {
    std::size_t sum = 0;
    for (const shard_type& each : shards_) {
      const shared lock(each);
      sum += each.size();
    }
    return sum;
  }
  bool empty() const {
    for (const shard_type& each : shards_) {
      const shared lock(each);
      if (each.size() != 0) return false;
    }
    return true;
  }
  std::size_t capacity() const {
    std::size_t sum = 0;
    for (const shard_type& each : shards_) {
      const shared lock(each);
      sum += each.capacity();
    }
    return sum;
  }
  std::size_t shard_count() const noexcept { return shards_.size(); }

  void reserve(std::size_t values) {
    if (values > table_type::most_entries) {
      throw std::length_error("wait_map: there is no room for so many values");
    }
    std::size_t share = values / shards_.size();
    // Keys fall on the shards at random: room for more than the mean, six standard deviations.
    if (shards_.size() > 1) share += 8 + (std::size_t{6} << ((std::bit_width(share) + 1) / 2));
    // A table that grew without memory would end the program.
    if (values > capacity() && !table_type::can_allocate(2 * share * shards_.size())) {
      throw std::bad_alloc();
    }
    for (shard_type& each : shards_) {
      const exclusive lock(each);
      each.reserve(share);
    }
  }
  void shrink_to_fit() {
    for (shard_type& each : shards_) {
      const exclusive lock(each);
      each.shrink_to_fit();
    }
  }

  template <class Function>
  void for_each(Function&& function) const {
    for (const shard_type& each : shards_) {
      const user_scope scope;
      const shared lock(each);
      each.for_each(function);
    }
  }
  template <class Function>
  void modify_each(Function&& function) {
    for (shard_type& each : shards_) {
      const user_scope scope;
      const exclusive lock(each);
      each.for_each(function);
    }
  }
  template <class Condition>
  std::size_t remove_each_if(Condition&& condition) {
    std::size_t sum = 0;
    for (shard_type& each : shards_) {
      std::vector<stored<Value>> removed;
      std::optional<table_type> released;
      if constexpr (std::is_nothrow_copy_constructible_v<Hash> &&
                    std::is_nothrow_copy_constructible_v<Equal>) {
        released.emplace(hash_, equal_);
      }
      const user_scope scope;
      const exclusive lock(each);
      sum += each.remove_each_if(condition, removed, released ? &*released : nullptr);
    }
    return sum;
  }
  void clear() {
    ready_list ready;
    try {
      for (shard_type& each : shards_) {
        std::vector<stored<Value>> removed;
        table_type released(hash_, equal_);
        const exclusive lock(each);
        if (!each.release_all(released)) {
          each.remove_each_if([](const Key&, const Value&) { return true; }, removed, nullptr);
          each.revoke_all(ready);
        }
      }
    } catch (...) {
      resume(ready);
      throw;
    }
    resume(ready);
  }

  // --- waits -------------------------------------------------------------------------------------

  // Whether locate() is known not to throw.
  template <class Lookup>
  static constexpr bool locates_safely =
      noexcept(std::declval<const Hash&>()(std::declval<const Lookup&>())) ||
      (std::same_as<Hash, default_hash<Key>> && std::is_scalar_v<Key> && std::same_as<Lookup, Key>);

  // Before anything else that concerns a waiter: where it waits.
  template <class Lookup>
  void locate(const Lookup& key, waiter<Policy>& waiting) {
    locate_in_shard(waiting, hash(key));
  }

  // Likewise, for many: the hash of each of the next keys, at most most_ahead, whose memory is asked for.
  template <class Keys>
  void hash_ahead(Keys next, std::array<whole_hash, most_ahead>& hashes) const {
    std::size_t count = 0;
    for (auto& each : next.first((std::min)(next.size(), most_ahead))) {
      hashes[count] = hash(each.get());
      prefetch_to_read(&shard_of(hashes[count++]));
    }
    prefetch_for(std::span(hashes).first(count));
  }
  void locate_by(whole_hash whole, waiter<Policy>& waiting) noexcept {
    locate_in_shard(waiting, whole);
  }
  bool is_far() const { return is_far(shards_[0]); }

  // Undoes locate(), and forgets the coroutine.
  static void forget_shard(waiter<Policy>& waiting) noexcept {
    waiting.map = &map_of(shard_of(waiting));
    waiting.continuation = nullptr;
  }

  template <class KeptKey, class Waiter, class Stop>
  static bool begin_wait(KeptKey& key, Waiter& waiting, const Stop& stop) {
    return begin_wait(key, waiting, stop, [](const Value&) noexcept { return false; });
  }
  // A value that is present may go past the waiter: see shard.
  template <class KeptKey, class Waiter, class Stop, class Take>
  static bool begin_wait(KeptKey& key, Waiter& waiting, const Stop& stop, Take&& take) {
    shard_type& shard = shard_of(waiting);
    const scope_of<Waiter> scope;
    const exclusive lock(shard);
    using looked_up = hashed<typename KeptKey::lookup_type>;
    return shard.begin_wait(looked_up{key.get(), waiting.hash}, key.give_up(), waiting,
                            stop.requested(), take);
  }

  // Ends a wait, if it is still linked, with nobody to resume. Cost: O(1) amortised.
  static void withdraw(waiter<Policy>& waiting, wait_end end) noexcept {
    ready_list ready;
    withdraw(waiting, end, ready);
    if (!ready.empty()) see_to_others(ready);
  }
  // Likewise; a claim that is unwanted now is told by who sees to `ready`.
  static void withdraw(waiter<Policy>& waiting, wait_end end, ready_list& ready) noexcept {
    shard_type& shard = shard_of(waiting);
    const exclusive lock(shard);
    if (waiting.state() != waiter_state::linked) return;
    shard.unlink(waiting, ready);
    waiting.end = end;
    waiting.set(waiter_state::done);
  }

  // Gives a waiter that is registered the coroutine to resume. Returns false where its wait has
  // ended.
  static bool attach(waiter<Policy>& waiting, std::coroutine_handle<> coroutine) {
    shard_type& shard = shard_of(waiting);
    const exclusive lock(shard);
    if (waiting.state() != waiter_state::linked) return false;
    waiting.continuation = coroutine.address();
    return true;
  }

  // Puts a waiter in the place of one that is registered, and is not awaited. Returns whether it is linked; else
  // it has the outcome.
  template <class Waiter>
  static bool replace(Waiter& old, Waiter& by) noexcept {
    by.hash = old.hash;
    by.shard = old.shard;
    bool linked = false;
    if (old.state() == waiter_state::linked) {  // so the map is there
      shard_type& shard = shard_of(old);
      const exclusive lock(shard);
      by.take_over(old);
      linked = old.state() == waiter_state::linked;
      if (linked) shard.replace(old, by);
      // Before the lock is dropped: from then on it may be decided.
      by.set(linked ? waiter_state::linked : waiter_state::done);
    } else {
      by.take_over(old);
      by.set(waiter_state::done);
    }
    old.set(waiter_state::done);
    old.shard = nullptr;
    return linked;
  }

  // Of one that is registered, and not awaited: its resumption is its continuation's affair.
  static void resume_directly(waiter<Policy>& waiting) noexcept {
    if (waiting.state() != waiter_state::linked) return;  // then nobody is resumed
    shard_type& shard = shard_of(waiting);
    const exclusive lock(shard);
    waiting.directly = true;  // its neighbours in the same word are read under the lock
  }

  // A stop is requested: before the waiter is linked it is noted, while it is linked it ends the
  // wait: stopped, or unwound.
  template <class Stop>
  static void stop(waiter<Policy>& waiting, Stop& stop, wait_end how) noexcept {
    shard_type& shard = shard_of(waiting);
    ready_list ready;
    {
      const exclusive lock(shard);
      if (waiting.state() == waiter_state::idle) stop.note_request();
      stop_linked(shard, waiting, how, ready);
    }
    // Where it has not ended the wait, the map may be gone.
    if (!ready.empty()) map_of(shard).resume(ready);
  }
  // Likewise for a member of a group, which is linked or decided.
  static void stop_member(waiter<Policy>& member, wait_end how, ready_list& ready) noexcept {
    shard_type& shard = shard_of(member);
    const exclusive lock(shard);
    stop_linked(shard, member, how, ready);
  }

  static void complete_group(wait_group<Policy>& group, ready_list& ready) noexcept {
    ending::complete_group(group, ready);
  }

  // Resumes all in `ready`. Called without a lock, by a function of this class or of an operation.
  void resume(ready_list& ready) {
    if (ready.empty()) return;
    auto resumer = resumer_.share();  // a thread that is woken may destroy the map
    if (ready.has_others()) see_to_others(ready);
    if (!ready.empty()) resume_all<Policy, resumer_type>(ready, std::move(resumer));
  }

  // Groups whose coroutines will be resumed unlink the members that lost; threads are woken; those who work
  // for a claim are told that it is unwanted: last, for they may destroy who else is in `ready`.
  WAIT_MAP_NOINLINE static void see_to_others(ready_list& ready) noexcept {
    ready_list notices;
    ready.for_each([&](waiter_node& node) {
      if (node.kind == waiter_kind::notice) {
        ready_list::remove(node);
        notices.push_back(node);
        return;
      }
      auto& each = static_cast<waiter<Policy>&>(node);
      if (each.kind == waiter_kind::group) {
        auto& group = static_cast<wait_group<Policy>&>(each);
        group.unlink_losers(group, notices);
      } else if (each.role == waiter_role::thread) {
        ready_list::remove(each);
        static_cast<parker_type*>(each.parker)->unpark();  // from here on the waiter may be gone
      }
    });
#if defined(__cpp_lib_jthread)
    while (!notices.empty()) {
      call_or_defer(Policy::this_thread(), static_cast<unwanted_notice&>(notices.pop_front()));
    }
#endif
  }

  // --- claims ------------------------------------------------------------------------------------

  using hold_type = claim_hold<Policy>;

  // Nothing where the key has a value or a claim, or the map is closed.
  template <class Lookup, class KeyArgument>
  hold_type try_claim(const Lookup& key, KeyArgument&& argument, std::source_location where) {
    const whole_hash whole = hash(key);
    shard_type& shard = shard_of(whole);
    const hashed<Lookup> looked_up{key, whole};
    // Made before the lock, since it may be revoked behind it, and freed behind it.
    hold_type claimed(*new claim_node<Policy>(where), 0);
    locate_in_shard(*claimed.node(), whole);
    bool begun = false;
    {
      const value_scope scope;
      const exclusive lock(shard);
      begun = shard.begin_claim(looked_up, std::forward<KeyArgument>(argument), *claimed.node());
    }
    return begun ? std::move(claimed) : hold_type();
  }

  // The claim of the key, if there is one.
  template <class Lookup>
  computation_id claim_of(const Lookup& key) const {
    const whole_hash whole = hash(key);
    const shard_type& shard = shard_of(whole);
    const hashed<Lookup> looked_up{key, whole};
    const shared lock(shard);
    return shard.claim_of(looked_up);
  }

  // Of a claim that held when it was looked at last: then the map is there.

  // Inserts if the claim still holds.
  template <class Make>
  static insert_result fulfil(const hold_type& claimed, Make&& make) {
    shard_type& shard = shard_of(*claimed.node());
    core& map = map_of(shard);
    ready_list ready;
    insert_result result;
    {
      const value_scope scope;
      const exclusive lock(shard);
      if (!claimed.holds()) return {refusal(claimed)};
      result = shard.fulfil(*claimed.node(), make, ready);
    }
    map.resume(ready);
    return result;
  }
  // Why a claim does not hold any more.
  static insert_outcome refusal(const hold_type& claimed) noexcept {
    if (claimed.was_revoked()) return insert_outcome::revoked;
    return claimed.node()->end == wait_end::closed ? insert_outcome::closed
                                                   : insert_outcome::present;
  }

  // Ends the claim, if it still holds, and with it the waits on its key, by finish(waiter).
  template <class Finish>
  static std::size_t end_claim(const hold_type& claimed, Finish&& finish) {
    shard_type& shard = shard_of(*claimed.node());
    core& map = map_of(shard);
    ready_list ready;
    std::size_t ended = 0;
    {
      const exclusive lock(shard);
      if (!claimed.holds()) return 0;
      ended = shard.end_claim(*claimed.node(), finish, ready);
    }
    map.resume(ready);
    return ended;
  }
  // Hands it to the oldest follower; where nobody follows, the waits on its key are ended. Ends the
  // program where a coroutine exits by an exception: it is for destructors.
  static void let_go(hold_type& claimed) noexcept {
    if (!claimed.holds()) return;
    shard_type& shard = shard_of(*claimed.node());
    core& map = map_of(shard);
    ready_list ready;
    {
      const exclusive lock(shard);
      if (!claimed.holds()) return;
      if (shard.let_go(*claimed.node(), ready)) claimed.give_up();
    }
    map.resume(ready);
  }

#if defined(__cpp_lib_jthread)
  static std::stop_token unwanted_token(const hold_type& claimed) {
    if (claimed.node() == nullptr) return {};
    if (claimed.holds()) {
      shard_type& shard = shard_of(*claimed.node());
      const exclusive lock(shard);
      if (claimed.holds()) return shard.unwanted_token(*claimed.node());
    }
    return shard_type::stopped_token();
  }
#endif

  // Where the answer is no_waiter and `value` was made, nobody has taken it.
  template <class Lookup, class Make>
  insert_result deliver(const Lookup& key, Make&& make, std::optional<stored<Value>>& value) {
    const whole_hash whole = hash(key);
    shard_type& shard = shard_of(whole);
    const hashed<Lookup> looked_up{key, whole};
    ready_list ready;
    insert_result result;
    {
      const value_scope scope;
      const exclusive lock(shard);
      result = shard.deliver(looked_up, make, value, ready);
    }
    resume(ready);
    return result;
  }

  template <class Lookup>
  std::size_t cancel(const Lookup& key) {
    return end_waits(key, [](waiter<Policy>& each) noexcept { each.end = wait_end::cancelled; });
  }
  template <class Lookup>
  std::size_t fail(const Lookup& key, const std::exception_ptr& error) {
    return end_waits(key,
                     [&](waiter<Policy>& each) noexcept { deliver_error<Value>(each, error); });
  }

  template <class Condition>
  std::size_t cancel_if(Condition&& condition) {
    return end_waits_if(condition,
                        [](waiter<Policy>& each) noexcept { each.end = wait_end::cancelled; });
  }
  template <class Condition>
  std::size_t fail_if(Condition&& condition, const std::exception_ptr& error) {
    return end_waits_if(condition,
                        [&](waiter<Policy>& each) noexcept { deliver_error<Value>(each, error); });
  }

  // `error` is null, or what waits are to rethrow, late ones too. The first to close decides.
  std::size_t close(std::exception_ptr error) {
    ready_list ready;
    if (error) {
      shard_type& first = shards_[0];
      const exclusive lock(first);
      if (!first.closed() && !closed_with) closed_with = std::move(error);
    }
    std::size_t ended = 0;
    for (shard_type& each : shards_) {
      const exclusive lock(each);
      ended += each.close(ready);
    }
    resume(ready);
    return ended;
  }
  // True when the close has taken hold in every shard.
  bool closed() const {
    const shard_type& last = shards_[shards_.size() - 1];
    const shared lock(last);
    return last.closed();
  }

  template <class Lookup>
  std::size_t waiting(const Lookup& key) const {
    const whole_hash whole = hash(key);
    const shard_type& shard = shard_of(whole);
    const hashed<Lookup> looked_up{key, whole};
    const shared lock(shard);
    return shard.waiting(looked_up);
  }
  std::size_t waiting() const {
    std::size_t sum = 0;
    for (const shard_type& each : shards_) {
      const shared lock(each);
      sum += each.waiting();
    }
    return sum;
  }
  template <class Function>
  void for_each_waiting(Function&& function) const {
    for (const shard_type& each : shards_) {
      const user_scope scope;
      const shared lock(each);
      each.for_each_waiting(function);
    }
  }

 private:
  static std::size_t rounded(std::size_t shards) {
    if (shards > whole_hash::most_shards)
      throw std::length_error("wait_map: options::shards is above 65536");
    return std::bit_ceil(shards);
  }

  template <class Scope, class Lookup, class Function>
  decltype(auto) read_hashed(const Lookup& key, whole_hash whole, Function&& function) const {
    const shard_type& shard = shard_of(whole);
    const Scope scope;
    const shared lock(shard);
    return function(shard.find(hashed<Lookup>{key, whole}));
  }

  // Whether look-ups in this map wait for memory: it is larger than caches that are near, by a shard of it.
  bool is_far(const shard_type& one) const {
    const shared lock(one);
    return one.capacity() > near_size / table_type::entry_size / shards_.size();
  }

  // Asks for what look-ups read of the tables of some shards, whose own lines were asked for. Each time the lock is
  // taken, for a table must not be touched without: that takes less than to wait for memory.
  void prefetch_for(std::span<const whole_hash> hashes) const {
    for (const whole_hash each : hashes) {
      const shard_type& shard = shard_of(each);
      const shared lock(shard);
      shard.prefetch_for(each);
    }
  }

  // Reads the next keys, at most most_ahead: first asks for the memory of all, then looks them up.
  template <class Scope, class Element, class Iterator, class End, class Function, class Take>
  void read_ahead(Iterator& next, const End& end, Function& function, Take& take) const {
    std::array<std::optional<typename Element::kept_as>, most_ahead> keys;
    std::array<whole_hash, most_ahead> hashes;
    std::size_t count = 0;
    for (; count != most_ahead && next != end; ++count, ++next) {
      keys[count].emplace(static_cast<typename Element::given>(*next));
      hashes[count] = hash(keys[count]->get());
      prefetch_to_read(&shard_of(hashes[count]));
    }
    prefetch_for(std::span(hashes).first(count));
    for (std::size_t n = 0; n != count; ++n) {
      take(read_hashed<Scope>(keys[n]->get(), hashes[n], function));
    }
  }

  template <class Lookup, class KeyArgument, class Make, class Overwrite>
  insert_result assign_by(const Lookup& key, KeyArgument&& argument, Make&& make,
                          Overwrite&& overwrite) {
    const whole_hash whole = hash(key);
    shard_type& shard = shard_of(whole);
    const hashed<Lookup> looked_up{key, whole};
    ready_list ready;
    insert_result result;
    {
      const value_scope scope;
      const exclusive lock(shard);
      result = shard.assign(looked_up, std::forward<KeyArgument>(argument), make, overwrite, ready);
    }
    resume(ready);
    return result;
  }

  shard_type& shard_of(whole_hash whole) const noexcept { return shards_[whole.shard() & mask_]; }

  void locate_in_shard(waiter<Policy>& waiting, whole_hash whole) noexcept {
    waiting.hash = whole;
    waiting.shard = &shard_of(whole);
  }
  // Of a waiter that was located.
  static shard_type& shard_of(const waiter<Policy>& waiting) noexcept {
    return *static_cast<shard_type*>(waiting.shard);
  }
  static core& map_of(const shard_type& shard) noexcept { return *static_cast<core*>(shard.map); }

  static void stop_linked(shard_type& shard, waiter<Policy>& waiting, wait_end how,
                          ready_list& ready) noexcept WAIT_MAP_REQUIRES(shard.mutex) {
    if (waiting.state() != waiter_state::linked) return;
    // A group that has its first outcome: not the stop's to decide.
    if (waiting.role == waiter_role::member && !ending::group_of(waiting).try_decide(waiting))
      return;
    shard.unlink(waiting, ready);
    waiting.end = how;
    ending::complete(waiting, ready);
  }

  // Collects before it resumes: a coroutine that waits again is not ended twice.
  template <class Condition, class Finish>
  std::size_t end_waits_if(Condition&& condition, const Finish& finish) {
    ready_list ready;
    std::size_t ended = 0;
    try {
      for (shard_type& each : shards_) {
        const user_scope scope;
        const exclusive lock(each);
        each.end_each_wait_if(condition, finish, ready, ended);
      }
    } catch (...) {
      resume(ready);
      throw;
    }
    resume(ready);
    return ended;
  }

  template <class Lookup, class Finish>
  std::size_t end_waits(const Lookup& key, Finish&& finish) {
    const whole_hash whole = hash(key);
    shard_type& shard = shard_of(whole);
    const hashed<Lookup> looked_up{key, whole};
    ready_list ready;
    std::size_t ended = 0;
    {
      const exclusive lock(shard);
      ended = shard.end_waits(looked_up, finish, ready);
    }
    resume(ready);
    return ended;
  }

  WAIT_MAP_NO_UNIQUE_ADDRESS Hash hash_;
  WAIT_MAP_NO_UNIQUE_ADDRESS Equal equal_;
  WAIT_MAP_NO_UNIQUE_ADDRESS resumer_of_map<resumer_type> resumer_;
  fixed_array<spaced_shard> shards_;
  std::size_t mask_;
};

}  // namespace waitmap::detail
