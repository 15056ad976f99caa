// core: the inside of a map: shards, hash and resumer. The one file that locks.
#pragma once

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <wait_map/detail/annotations.hpp>
#include <wait_map/detail/delivery.hpp>
#include <wait_map/detail/fatal.hpp>
#include <wait_map/detail/fixed_array.hpp>
#include <wait_map/detail/ready_list.hpp>
#include <wait_map/detail/resume.hpp>
#include <wait_map/detail/shard.hpp>
#include <wait_map/detail/shard_lock.hpp>
#include <wait_map/detail/table.hpp>
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
  const std::size_t threads = std::thread::hardware_concurrency();
  return std::min<std::size_t>(16 * std::max<std::size_t>(threads, 1), most_shards);
}

template <class Key, class Value, class Hash, class Equal, class Policy>
class core : public reader_group {
  using shard_type = shard<Key, Value, Hash, Equal, Policy>;
  using exclusive = exclusive_lock<shard_type>;
  using shared = shared_lock<shard_type>;
  using table_type = typename shard_type::table_type;

  // Two cache lines apart: processors fetch lines in pairs, and with its neighbour they would take a
  // lock from the thread that uses it. Measured with two threads that look up 1,000 keys: 32 ns
  // where shards are one line apart, 24 where they are two.
  struct alignas(2 * alignof(shard_type)) spaced_shard : shard_type {
    using shard_type::shard_type;
  };

 public:
  using resumer_type = typename Policy::resumer;

  core(std::size_t capacity, std::size_t shards, Hash hash_function, const Equal& equal,
       resumer_type resumer)
      : hash_(std::move(hash_function)),
        equal_(equal),
        resumer_(std::move(resumer)),
        shards_(rounded(shards == 0 ? default_shards<Policy>() : shards),
                [this](spaced_shard* place, std::size_t) {
                  std::construct_at(place, hash_, equal_, this);
                }),
        mask_(shards_.size() - 1) {
    if (capacity != 0) reserve(capacity);
  }
  core(const core&) = delete;

  ~core() {
    reentrancy_check<Policy>::not_inside(this);
    end_claims();
    close();
    try {
      clear();  // outside of any lock, while the map can still be called by the destructors of values
    } catch (...) {  // NOLINT(bugprone-empty-catch)
      // A hash or equality that cannot be copied: the values go with their tables.
    }
#ifndef NDEBUG
    // Whoever waits for a lock by now will find it.
    for (shard_type& each : shards_) {
      const exclusive lock(each);
      each.set_gone();
    }
#endif
  }

  // --- one key -----------------------------------------------------------------------------------

  template <class Lookup>
  std::size_t hash(const Lookup& key) const {
    return hash_of(hash_, key);
  }

  // f(const Value*), null where there is no value, under the shared lock.
  template <class Lookup, class Function>
  decltype(auto) read(const Lookup& key, Function&& function) const {
    const hashed<Lookup> looked_up{key, hash(key)};
    const shard_type& shard = shard_of(looked_up.hash);
    const shared lock(shard);
    return function(shard.find(looked_up));
  }

  template <class Lookup, class Function>
  bool modify(const Lookup& key, Function&& function) {
    const hashed<Lookup> looked_up{key, hash(key)};
    shard_type& shard = shard_of(looked_up.hash);
    const exclusive lock(shard);
    Value* value = shard.find(looked_up);
    if (value != nullptr) std::invoke(function, *value);
    return value != nullptr;
  }

  template <class Lookup, class KeyArgument, class Make>
  insert_result insert(const Lookup& key, KeyArgument&& argument, Make&& make) {
    const hashed<Lookup> looked_up{key, hash(key)};
    shard_type& shard = shard_of(looked_up.hash);
    ready_list ready;
    insert_result result;
    {
      const exclusive lock(shard);
      result = shard.insert(looked_up, std::forward<KeyArgument>(argument), make, ready);
    }
    resume(ready);
    return result;
  }

  template <class Lookup, class KeyArgument, class Make>
  insert_result assign(const Lookup& key, KeyArgument&& argument, Make&& make,
                       std::optional<stored<Value>>& replaced) {
    const hashed<Lookup> looked_up{key, hash(key)};
    shard_type& shard = shard_of(looked_up.hash);
    ready_list ready;
    insert_result result;
    {
      const exclusive lock(shard);
      result = shard.assign(looked_up, std::forward<KeyArgument>(argument), make, replaced, ready);
    }
    resume(ready);
    return result;
  }

  // function(entry<Value>&) returns something, by value.
  //
  // A result is not moved on its way out, since a move that throws would come after the deed: hence
  // the named return types (clang 19 does not elide the move of a variable where the type is auto).
  template <class Lookup, class KeyArgument, class Function,
            class Result = std::decay_t<std::invoke_result_t<Function&, entry<Value>&>>>
  Result update(const Lookup& key, KeyArgument&& argument, Function&& function) {
    const hashed<Lookup> looked_up{key, hash(key)};
    shard_type& shard = shard_of(looked_up.hash);
    entry<Value> place;                     // these hold what is removed
    std::optional<stored<Value>> replaced;  // until the lock is dropped
    ready_list ready;
    const auto locked = [&]() WAIT_MAP_NO_THREAD_SAFETY_ANALYSIS -> Result {
      const exclusive lock(shard);
      const auto at = shard.find_slot(looked_up);
      const bool had_value = shard.has_value(at);
      place.current_ = had_value ? std::addressof(at->second.value()) : nullptr;
      place.closed_ = shard.closed();
      Result result = std::invoke(function, place);
      if (had_value && place.staged_ != nullptr) {
        shard.replace_value(at, std::move(*place.staged_), replaced);
      } else if (had_value && !place.has_value()) {
        shard.remove_value(at, replaced);
      } else if (place.staged_ != nullptr) {
        const auto make = [&]() noexcept { return stored<Value>(std::move(*place.staged_)); };
        shard.insert(looked_up, std::forward<KeyArgument>(argument), make, ready);
      }
      return result;
    };
    Result result = locked();
    resume(ready);
    return result;
  }

  // Removes the value if there is one for which condition(Value&) is true. Returns it.
  template <class Lookup, class Condition>
  std::optional<stored<Value>> remove_if(const Lookup& key, Condition&& condition) {
    const hashed<Lookup> looked_up{key, hash(key)};
    shard_type& shard = shard_of(looked_up.hash);
    std::optional<stored<Value>> removed;
    const exclusive lock(shard);
    const auto at = shard.find_slot(looked_up);
    if (shard.has_value(at) && condition(at->second.value())) shard.remove_value(at, removed);
    return removed;
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
    std::size_t share = values / shards_.size();
    // Keys fall on the shards at random: room for more than the mean, six standard deviations.
    if (shards_.size() > 1) share += 8 + (std::size_t{6} << ((std::bit_width(share) + 1) / 2));
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
      const shared lock(each);
      each.for_each(function);
    }
  }
  template <class Function>
  void modify_each(Function&& function) {
    for (shard_type& each : shards_) {
      const exclusive lock(each);
      each.for_each(function);
    }
  }
  template <class Condition>
  std::size_t remove_each_if(Condition&& condition) {
    std::size_t sum = 0;
    for (shard_type& each : shards_) {
      std::vector<stored<Value>> removed;
      const exclusive lock(each);
      each.remove_each_if(condition, removed);
      sum += removed.size();
    }
    return sum;
  }
  void clear() {
    for (shard_type& each : shards_) {
      std::vector<stored<Value>> removed;
      table_type released(hash_, equal_);
      const exclusive lock(each);
      if (!each.release_all(released)) {
        each.remove_each_if([](const Key&, const Value&) { return true; }, removed);
      }
    }
  }

  // --- waits -------------------------------------------------------------------------------------

  // Before anything else that concerns a waiter: where it waits.
  template <class Lookup>
  void locate(const Lookup& key, waiter<Policy>& waiting) {
    place(waiting, hash(key));
  }

  // Undoes locate(), and forgets the coroutine.
  static void forget_place(waiter<Policy>& waiting) noexcept {
    waiting.map = &map_of(shard_of(waiting));
    waiting.continuation = nullptr;
  }

  template <class Lookup, class Waiter, class Stop>
  static bool begin_wait(const Lookup& key, Waiter& waiting, const Stop& stop) {
    shard_type& shard = shard_of(waiting);
    const exclusive lock(shard);
    return shard.begin_wait(hashed<Lookup>{key, waiting.hash}, waiting, stop.requested());
  }

  // Ends a wait, if it is still linked, with nobody to resume. Cost: O(1) amortised.
  template <class Lookup>
  static void abandon(const Lookup& key, waiter<Policy>& waiting, wait_end end) noexcept {
    shard_type& shard = shard_of(waiting);
    const exclusive lock(shard);
    if (waiting.state() != waiter_state::linked) return;
    shard.unlink(key, waiting);
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

  // A stop is requested: before the waiter is linked it is noted, while it is linked it ends the
  // wait.
  template <class Lookup, class Stop>
  static void stop(const Lookup& key, waiter<Policy>& waiting, Stop& stop) noexcept {
    shard_type& shard = shard_of(waiting);
    ready_list ready;
    {
      const exclusive lock(shard);
      if (waiting.state() == waiter_state::idle) stop.note_request();
      stop_linked(shard, key, waiting, ready);
    }
    // Where it has not ended the wait, the map may be gone.
    if (!ready.empty()) map_of(shard).resume(ready);
  }
  // Likewise for a member of a group, which is linked or decided.
  template <class Lookup>
  static void stop_member(const Lookup& key, waiter<Policy>& member, ready_list& ready) noexcept {
    shard_type& shard = shard_of(member);
    const exclusive lock(shard);
    stop_linked(shard, key, member, ready);
  }

  static void publish_whole(wait_group<Policy>& group, ready_list& ready) noexcept {
    shard_type::publish_whole(group, ready);
  }

  // Resumes all in `ready`. Called without a lock, by a function of this class or of an operation.
  void resume(ready_list& ready) {
    if (ready.empty()) return;
    if (ready.has_groups()) {
      ready.for_each_group([](waiter_node& each) {
        auto& group = static_cast<wait_group<Policy>&>(static_cast<waiter<Policy>&>(each));
        group.settle(group);
      });
    }
    resume_all<Policy>(ready, resumer_);
  }

  // --- claims ------------------------------------------------------------------------------------

  // A claim's waiter, with the key under which it is linked.
  struct claim_node : waiter<Policy> {
    template <class KeyArgument>
    claim_node(std::in_place_t, KeyArgument&& argument)
        : waiter<Policy>(waiter_kind::claim), key(std::forward<KeyArgument>(argument)) {}
    hashed<Key> looked_up() const noexcept { return {key, this->hash}; }
    core& claimed_in() const noexcept { return map_of(shard_of(*this)); }

    Key key;
  };

  // Null where the key has a value or a claim, or the map is closed.
  template <class Lookup, class KeyArgument>
  std::unique_ptr<claim_node> try_claim(const Lookup& key, KeyArgument&& argument) {
    const hashed<Lookup> looked_up{key, hash(key)};
    shard_type& shard = shard_of(looked_up.hash);
    std::unique_ptr<claim_node> claimed;
    const exclusive lock(shard);
    if (!shard.claimable(looked_up)) return nullptr;
    claimed = std::make_unique<claim_node>(std::in_place, std::forward<KeyArgument>(argument));
    place(*claimed, looked_up.hash);
    shard.begin_wait(claimed->looked_up(), static_cast<waiter<Policy>&>(*claimed), false);
    return claimed;
  }

  // Inserts if the claim still holds.
  template <class Make>
  insert_result fulfil(claim_node& claimed, Make&& make) {
    shard_type& shard = shard_of(claimed);
    ready_list ready;
    insert_result result;
    {
      const exclusive lock(shard);
      if (claimed.state() != waiter_state::linked) return {overtaken_by(claimed)};
      result = shard.insert(claimed.looked_up(), claimed.key, make, ready);
    }
    resume(ready);
    return result;
  }
  // Why a claim does not hold any more.
  static insert_outcome overtaken_by(const claim_node& claimed) noexcept {
    return claimed.end == wait_end::closed ? insert_outcome::closed : insert_outcome::present;
  }

  // Ends the claim, if it still holds, and with it the waits on its key, by finish(waiter). Throws
  // what the equality throws: nothing has changed.
  template <class Finish>
  std::size_t end_claim(claim_node& claimed, Finish&& finish) {
    shard_type& shard = shard_of(claimed);
    ready_list ready;
    std::size_t ended = 0;
    {
      const exclusive lock(shard);
      if (claimed.state() != waiter_state::linked) return 0;
      ended = shard.end_claim(claimed.looked_up(), claimed, finish, ready);
    }
    resume(ready);
    return ended;
  }

  // Where the answer is no_waiter and `value` was made, nobody has taken it.
  template <class Lookup, class Make>
  insert_result deliver(const Lookup& key, Make&& make, std::optional<stored<Value>>& value) {
    const hashed<Lookup> looked_up{key, hash(key)};
    shard_type& shard = shard_of(looked_up.hash);
    ready_list ready;
    insert_result result;
    {
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

  // Collects before it resumes: a coroutine that waits again is not cancelled twice.
  template <class Condition>
  std::size_t cancel_if(Condition&& condition) {
    ready_list ready;
    std::size_t ended = 0;
    try {
      for (shard_type& each : shards_) {
        const exclusive lock(each);
        each.end_each_wait_if(condition, wait_end::cancelled, ready, ended);
      }
    } catch (...) {
      resume(ready);
      throw;
    }
    resume(ready);
    return ended;
  }

  std::size_t close() {
    ready_list ready;
    std::size_t ended = 0;
    for (shard_type& each : shards_) {
      const exclusive lock(each);
      ended += each.close(ready);
    }
    resume(ready);
    return ended;
  }
  // Claims that outlive the map are over.
  void end_claims() noexcept {
    for (shard_type& each : shards_) {
      const exclusive lock(each);
      each.end_claims();
    }
  }
  // True when the close has taken hold in every shard.
  bool closed() const {
    const shard_type& last = shards_[shards_.size() - 1];
    const shared lock(last);
    return last.closed();
  }

  template <class Lookup>
  std::size_t waiting(const Lookup& key) const {
    const hashed<Lookup> looked_up{key, hash(key)};
    const shard_type& shard = shard_of(looked_up.hash);
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
      const shared lock(each);
      each.for_each_waiting(function);
    }
  }

 private:
  static std::size_t rounded(std::size_t shards) {
    if (shards > most_shards) throw std::length_error("wait_map: options::shards is above 65536");
    return std::bit_ceil(shards);
  }

  shard_type& shard_of(std::size_t hash) const noexcept {
    return shards_[(hash >> shard_shift) & mask_];
  }

  void place(waiter<Policy>& waiting, std::size_t hash) noexcept {
    waiting.hash = static_cast<std::uint32_t>(hash);
    waiting.shard = &shard_of(hash);
  }
  // Of a waiter that was located.
  static shard_type& shard_of(const waiter<Policy>& waiting) noexcept {
    return *static_cast<shard_type*>(waiting.shard);
  }
  static core& map_of(const shard_type& shard) noexcept { return *static_cast<core*>(shard.map); }

  template <class Lookup>
  static void stop_linked(shard_type& shard, const Lookup& key, waiter<Policy>& waiting,
                          ready_list& ready) noexcept WAIT_MAP_REQUIRES(shard.mutex) {
    if (waiting.state() != waiter_state::linked) return;
    // A group that has its first outcome: not the stop's to decide.
    if (waiting.role == waiter_role::member && !shard_type::group_of(waiting).admits(waiting))
      return;
    shard.unlink(key, waiting);
    waiting.end = wait_end::stopped;
    shard.publish(waiting, ready);
  }

  template <class Lookup, class Finish>
  std::size_t end_waits(const Lookup& key, Finish&& finish) {
    const hashed<Lookup> looked_up{key, hash(key)};
    shard_type& shard = shard_of(looked_up.hash);
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
  WAIT_MAP_NO_UNIQUE_ADDRESS resumer_type resumer_;
  fixed_array<spaced_shard> shards_;
  std::size_t mask_;
};

}  // namespace waitmap::detail
