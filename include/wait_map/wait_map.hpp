/// @file
/// wait_map: a concurrent hash map that coroutines can wait on.
///
/// This file is the map, for its users. What works on a map (get_or_compute, deadlines, senders, Asio's operations)
/// has headers of its own beside it.
//
// How it is done, in reading order: detail/waiter.hpp (the node of one wait), waiter_list
// (those of one key), ready_list and resume (how they are resumed), claim_node (who is to provide a value, and who
// follows), slot, table and shard (where they wait, under one lock), core (which locks, lets the shard decide, drops the
// lock and resumes), operation (what co_await does) and awaiters (for whom, where that is not just a coroutine).
#pragma once

#include <wait_map/version.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <exception>
#include <functional>
#include <initializer_list>
#include <optional>
#include <ranges>
#include <source_location>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <wait_map/claim.hpp>
#include <wait_map/detail/call_site.hpp>
#include <wait_map/detail/core.hpp>
#include <wait_map/detail/group_operation.hpp>
#include <wait_map/detail/key.hpp>
#include <wait_map/detail/operation.hpp>
#include <wait_map/detail/refusals.hpp>
#include <wait_map/entry.hpp>
#include <wait_map/hash.hpp>
#include <wait_map/policy.hpp>
#include <wait_map/result.hpp>
#include <wait_map/stop_token.hpp>

/// The library: wait_map, and what works on a map.
namespace waitmap {

/// How a wait_map is made.
struct options {
  std::size_t capacity = 0;  ///< values to make room for
  std::size_t shards = 0;    ///< rounded up to a power of two, at most 65,536; 0: by the processors
};

/// A concurrent hash map whose wait(key) suspends a coroutine until the key has a value.
///
/// Keys: each function takes a key of any type that Hash and Equal accept. Where these are not transparent, it takes
/// any type that converts to Key. A Key is made only when a slot for it is created.
///
/// Places: the parameter `where` is the place of the call, which for_each_waiting() and print_waiting() show. Leave it
/// out.
///
/// Unless a function says otherwise:
/// - Threads: it may be called from any thread at any time between construction and destruction.
///   What happens before an insert happens before what a waiter does with the value. Functions on
///   one key are linearisable. Functions on the whole map lock one shard at a time and are
///   linearisable shard by shard.
/// - Resumes: the coroutines whose waits it ends resume through the policy's resumer, after the lock is
///   dropped: by default on the calling thread, before the function returns. If a resumed coroutine exits
///   by an exception, the others are resumed all the same. Then the first exception is rethrown, and the
///   call's effect stands.
/// - Throws: what the hash, the equality, the construction of a key or value, an allocation or a
///   callable throws. The map is then unchanged, every waiter still waits, and no argument has been
///   moved from. std::length_error where a shard has 2^32 - 1 waiters. An allocation that fails while a
///   table grows ends the program, and so does a hash that throws then.
/// - Cost: one hash, one lock and one look-up, all O(1) amortised. Nothing is allocated unless a table
///   grows.
/// - Callables, and the constructors, comparisons and hashes of keys and values, may run under a
///   lock. They must not call this map (debug builds abort with a message). They may call other maps, also
///   to insert: the coroutines that this resumes run when the outermost callable has returned and its lock
///   is dropped. Maps that are called one inside the other need one order, as locks do, even where they
///   are only read (debug builds abort where two were called both ways). Destructors of removed values
///   never run under a lock of this map.
///
/// @tparam Key    the type of the keys, a plain object type.
/// @tparam Value  the type of the values, a plain object type. A wait() needs to copy it, a take() to move it.
/// @tparam Hash   see default_hash. A hash that is not marked avalanching (a member type is_avalanching) is mixed
///                by one multiplication.
/// @tparam Equal  see default_equal.
/// @tparam Policy see default_policy: the lock, the atomics, the resumer.
template <class Key, class Value, class Hash = default_hash<Key>, class Equal = default_equal<Key>,
          class Policy = default_policy>
class wait_map : detail::refuses_when_const<Key, Value, Hash, Equal> {
  using refusals = detail::refuses_when_const<Key, Value, Hash, Equal>;
  using core_type = detail::core<Key, Value, Hash, Equal, Policy>;
  using user_scope = typename core_type::user_scope;
  using value_scope = typename core_type::value_scope;

  static_assert(std::is_object_v<Key> && !std::is_const_v<Key>,
                "wait_map: Key must be a plain object type");
  static_assert(std::is_object_v<Value> && !std::is_const_v<Value>,
                "wait_map: Value must be a plain object type");
  static_assert(!detail::looks_like_policy<Hash> && !detail::looks_like_policy<Equal>,
                "wait_map: a policy stands where the hash or the equality does. It is the fifth "
                "argument: wait_map<Key, Value, default_hash<Key>, default_equal<Key>, policy>.");
  static_assert(detail::looks_like_policy<Policy> && detail::has_atomic<Policy> &&
                    detail::has_this_thread<Policy>,
                "wait_map: the fifth argument is no policy. Derive one from default_policy, and "
                "declare anew what shall be different.");
  static_assert(detail::has_mutex<Policy>,
                "wait_map: the policy's mutex must be made without arguments, and have lock() and "
                "unlock().");
  static_assert(detail::has_resumer<Policy>,
                "wait_map: the policy's resumer must be trampoline_resumer, immediate_resumer, or "
                "a type that can be moved and called with a std::coroutine_handle<>.");

  template <class Given>
  using lookup = typename detail::lookup<Given, Key, Hash, Equal>::type;
  template <class Given>
  using kept = detail::kept_key<Given, lookup<Given>>;

  // How a function takes a key.
  using key_parameter = detail::key_parameter<Key>;
  template <class Given>
  using looked_up = typename key_parameter::template looked_up<Given>;
  template <class Given>
  using forwarded = typename key_parameter::template forwarded<Given>;
  template <class Given>
  using awaited = typename key_parameter::template awaited<Given>;
  template <class Given>
  static constexpr bool accepts = detail::key_for<Given, Key, Hash, Equal>;

  template <class Function, class Argument>
  using call_result =
      std::conditional_t<std::is_void_v<std::invoke_result_t<Function&, Argument>>, std::monostate,
                         std::remove_cvref_t<std::invoke_result_t<Function&, Argument>>>;
  template <class Function, class Result>
  using visiting = detail::visiting_waiter<Value, Policy, Function, Result>;
  using value_waiter = detail::value_waiter<Value, Policy>;

  template <class Given, class Result, class Token>
  using value_operation =
      detail::wait_operation<core_type, kept<Given>, value_waiter, Result, Token>;
  template <class Given, class Waiter, class Result, class Token>
  using visit_operation =
      detail::wait_operation<core_type, kept<Given>, Waiter, std::optional<Result>, Token>;
  template <class Given, class Token>
  using subscription = detail::subscription_operation<core_type, kept<Given>, value_waiter,
                                                      std::optional<Value>, Token>;
  template <class Given, class Token>
  using blocking =
      detail::blocking_operation<core_type, kept<Given>, value_waiter, std::optional<Value>, Token>;
  using follower_waiter = detail::follower_waiter<Value, Policy>;
  template <class Given, class Result, class Token>
  using blocking_claim =
      detail::blocking_operation<core_type, kept<Given>, follower_waiter, Result, Token>;

  // How a range's elements are given to functions that only look them up.
  template <class Keys, class Reference = std::ranges::range_reference_t<Keys>>
  struct read_element {
    using given = std::conditional_t<std::is_reference_v<Reference>,
                                     const std::remove_reference_t<Reference>&, Reference>;
    using kept_as = kept<given>;
  };

  using kind = detail::waiter_kind;
  using role = detail::waiter_role;
  using call_site = detail::call_site;
  using no_token = detail::no_stop_token;

 public:
  using key_type = Key;                           ///< The type of the keys.
  using mapped_type = Value;                      ///< The type of the values.
  using hasher = Hash;                            ///< The type of the hash.
  using key_equal = Equal;                        ///< The type of the equality.
  using policy_type = Policy;                     ///< The type of the policy.
  using resumer_type = typename Policy::resumer;  ///< The type of the resumer.
  using entry_type = entry<Value>;                ///< What the function given to update() gets.

  // What a const map refuses with a message.
  using refusals::claim_or_wait;
  using refusals::insert;
  using refusals::insert_or_assign;
  using refusals::subscribe;
  using refusals::subscribe_take;
  using refusals::take;
  using refusals::wait;
  using refusals::wait_all;
  using refusals::wait_any;
  using refusals::wait_modify;
  using refusals::wait_result;
  using refusals::wait_with;

  /// @name Construction and destruction
  /// @{

  /// Makes an empty map.
  /// Throws: std::bad_alloc; std::length_error where options::shards is above 65,536, or no memory has
  /// room for options::capacity.
  wait_map() : wait_map(options{}) {}
  /// Likewise, with options, and with a hash, an equality and a resumer that have state.
  explicit wait_map(options how, Hash hash = Hash(), Equal equal = Equal(),
                    resumer_type resumer = resumer_type())
      : core_(how.capacity, how.shards, std::move(hash), std::move(equal), std::move(resumer)) {
    check_key();
  }
  /// Likewise, with a resumer that has state.
  explicit wait_map(resumer_type resumer)
      : wait_map(options{}, Hash(), Equal(), std::move(resumer)) {}

  /// A map can be neither copied nor moved. To pass it on, hold it in a std::unique_ptr.
  // (Compilers show these lines where one is tried.)
  wait_map(const wait_map&) = delete;  // a map stays where it is: hold it in a std::unique_ptr
  /// A map can be neither assigned nor moved to.
  wait_map& operator=(const wait_map&) =
      delete;  // a map stays where it is: hold it in a std::unique_ptr

  /// Closes the map, which ends all waits, and then frees all.
  /// Threads: no other call may be in progress; a stop request on a pending wait and the
  /// destruction of the frame of a waiting coroutine are such calls.
  ~wait_map() = default;

  /// @}
  /// @name Values, without waiting
  /// @{

  /// Returns: a copy of the value, made under the lock; nullopt where there is none.
  template <class Given = Key>
  [[nodiscard]] std::optional<Value> get(looked_up<Given> key) const
    requires(accepts<const Given&> && std::copy_constructible<Value>)
  {
    return core_.template read<value_scope>(look_up<Given>(key), [](const Value* value) {
      return value != nullptr ? std::optional<Value>(*value) : std::nullopt;
    });
  }

  /// Calls function(const Value&) under the (shared) lock. Returns: false where there is no value.
  template <class Given = Key, std::invocable<const Value&> Function>
  bool visit(looked_up<Given> key, Function&& function) const
    requires accepts<const Given&>
  {
    return core_.template read<user_scope>(look_up<Given>(key), [&](const Value* value) {
      if (value != nullptr) std::invoke(function, *value);
      return value != nullptr;
    });
  }

  /// Copies the values of many keys, a range. Each key is looked at in its own moment, as by get(): together the copies
  /// are no snapshot. But where the map is larger than the caches, the memory of several keys is fetched at once.
  /// Returns: std::vector<std::optional<Value>>, in the order of the keys.
  /// Throws: as the class says, at the first key for which anything throws.
  /// Cost: as get() for each key. In a map of more than a megabyte about half of that, unless the range can be read only
  /// once (an input range). One allocation for the result; one for each doubling where the range does not know its size.
  template <std::ranges::input_range Keys>
  [[nodiscard]] std::vector<std::optional<Value>> get_all(Keys&& keys) const
    requires(accepts<typename read_element<Keys>::given> && std::copy_constructible<Value>)
  {
    detail::check_numbers<Keys, Key>();
    std::vector<std::optional<Value>> values;
    if constexpr (std::ranges::sized_range<Keys>) values.reserve(std::ranges::size(keys));
    core_.template read_all<value_scope, read_element<Keys>>(
        keys,
        [](const Value* value) {
          return value != nullptr ? std::optional<Value>(*value) : std::nullopt;
        },
        [&](std::optional<Value>&& found) { values.push_back(std::move(found)); });
    return values;
  }
  /// Likewise, for keys that are written out.
  [[nodiscard]] std::vector<std::optional<Value>> get_all(std::initializer_list<Key> keys) const
    requires std::copy_constructible<Value>
  {
    return get_all(std::span(keys));
  }

  /// Calls function(std::size_t index, const Value&) for each of many keys that has a value, in the order of the keys,
  /// under the (shared) lock of that key's shard. The index says which of the keys it is. Otherwise as get_all().
  /// Returns: the number of keys that had a value.
  template <std::ranges::input_range Keys, std::invocable<std::size_t, const Value&> Function>
  std::size_t visit_all(Keys&& keys, Function&& function) const
    requires accepts<typename read_element<Keys>::given>
  {
    detail::check_numbers<Keys, Key>();
    std::size_t found = 0;
    std::size_t next = 0;
    core_.template read_all<user_scope, read_element<Keys>>(
        keys,
        [&](const Value* value) {
          const std::size_t index = next++;
          if (value != nullptr) std::invoke(function, index, *value);
          return value != nullptr;
        },
        [&](bool has_value) { found += has_value ? 1 : 0; });
    return found;
  }
  /// Likewise, for keys that are written out.
  template <std::invocable<std::size_t, const Value&> Function>
  std::size_t visit_all(std::initializer_list<Key> keys, Function&& function) const {
    return visit_all(std::span(keys), function);
  }

  /// Calls function(Value&) under the exclusive lock. Returns: false where there is no value.
  /// Throws: what the function throws; what it did to the value stays.
  template <class Given = Key, std::invocable<Value&> Function>
  bool modify(looked_up<Given> key, Function&& function)
    requires accepts<const Given&>
  {
    return core_.modify(look_up<Given>(key), function);
  }

  /// Returns: whether the key has a value; a key that is only waited for has none.
  template <class Given = Key>
  [[nodiscard]] bool contains(looked_up<Given> key) const
    requires accepts<const Given&>
  {
    return core_.template read<value_scope>(look_up<Given>(key),
                                            [](const Value* value) { return value != nullptr; });
  }

  /// Returns: the number of values. Cost: O(shards).
  [[nodiscard]] std::size_t size() const { return core_.size(); }
  /// Returns: whether there is no value. Cost: O(shards).
  [[nodiscard]] bool empty() const { return core_.empty(); }

  /// Stores the value if the key has none; never overwrites. If coroutines wait for the key, they
  /// get it: all observers get a copy. If a taker waits too, the oldest one then gets the value itself, and nothing is
  /// stored.
  /// Resumes: those who got it, in the order in which they began to wait.
  /// Returns: inserted or handed_off; present or closed where the value was refused, which is then not
  /// moved from.
  /// Throws: as the class says. If the copy for an observer throws, that observer's wait alone fails.
  template <class Given = Key, class Argument = Value>
  insert_result insert(forwarded<Given> key, Argument&& value)
    requires(accepts<Given> && std::constructible_from<Value, Argument>)
  {
    return try_emplace<Given>(pass<Given>(key), std::forward<Argument>(value));
  }

  /// Like insert(), but makes the value in place from the arguments, and only if it is accepted.
  template <class Given = Key, class... Args>
  insert_result try_emplace(forwarded<Given> key, Args&&... args)
    requires(accepts<Given> && std::constructible_from<Value, Args...>)
  {
    const auto& found_as = look_up<Given>(key);
    return core_.insert(found_as, pass<Given>(key), making(std::forward<Args>(args)...));
  }

  /// Stores the value, in place of an older one if there is one. An older std::string is assigned to and keeps its
  /// room; one of another type is destroyed without the lock. Waiters get the value as with insert().
  /// Returns: inserted, assigned or handed_off; closed where the value was refused, which is then not moved from.
  template <class Given = Key, class Argument = Value>
  insert_result insert_or_assign(forwarded<Given> key, Argument&& value)
    requires(accepts<Given> && std::constructible_from<Value, Argument>)
  {
    const auto& found_as = look_up<Given>(key);
    if constexpr (detail::assigned_in_place<Value, Argument>) {
      return core_.assign_in_place(found_as, pass<Given>(key),
                                   making(std::forward<Argument>(value)),
                                   std::forward<Argument>(value));
    } else {
      std::optional<detail::stored<Value>> replaced;
      return core_.assign(found_as, pass<Given>(key), making(std::forward<Argument>(value)),
                          replaced);
    }
  }

  /// Stores the value as insert_or_assign() does, and gives back the old one.
  /// Returns: the old value; nullopt where there was none, where a taker took the new one, and where the map is closed
  /// (then the argument was not moved from).
  template <class Given = Key, class Argument = Value>
  std::optional<Value> exchange(forwarded<Given> key, Argument&& value)
    requires(accepts<Given> && std::constructible_from<Value, Argument>)
  {
    const auto& found_as = look_up<Given>(key);
    if constexpr (detail::moves_in_place<Value>) {
      std::optional<Value> replaced;
      core_.assign(found_as, pass<Given>(key), making(std::forward<Argument>(value)), replaced);
      return replaced;
    } else {
      // Moving the old value out may throw: that comes before the deed. (The return type is named so
      // that clang 19 does not move it twice.)
      return core_.update(found_as, pass<Given>(key),
                          [&](entry<Value>& at) -> std::optional<Value> {
                            std::optional<Value> replaced;
                            Value* old = at ? std::addressof(*at) : nullptr;
                            if (at.assign(std::forward<Argument>(value)) && old)
                              replaced.emplace(std::move(*old));
                            return replaced;
                          });
    }
  }

  /// Calls function(entry<Value>&) under the exclusive lock: it can test, read, emplace, assign and erase
  /// the value in one step. If coroutines wait for the key, a value that it puts there goes to them as with insert().
  /// Returns: what the function returns, by value.
  template <class Given = Key, std::invocable<entry<Value>&> Function>
  auto update(forwarded<Given> key, Function&& function)
    requires accepts<Given>
  {
    const auto& found_as = look_up<Given>(key);
    if constexpr (std::is_void_v<std::invoke_result_t<Function&, entry<Value>&>>) {
      core_.update(found_as, pass<Given>(key), [&](entry<Value>& at) {
        std::invoke(function, at);
        return std::monostate{};
      });
    } else {
      return core_.update(found_as, pass<Given>(key), function);
    }
  }

  /// Removes the value. Returns: whether there was one.
  template <class Given = Key>
  bool erase(looked_up<Given> key)
    requires accepts<const Given&>
  {
    return core_
        .template remove_if<value_scope>(look_up<Given>(key),
                                         [](const Value&) noexcept { return true; })
        .has_value();
  }

  /// Removes the value if predicate(const Value&) is true. Returns: whether it was removed.
  template <class Given = Key, std::predicate<const Value&> Predicate>
  bool erase_if(looked_up<Given> key, Predicate&& predicate)
    requires accepts<const Given&>
  {
    return core_
        .template remove_if<user_scope>(
            look_up<Given>(key),
            [&](const Value& value) { return static_cast<bool>(std::invoke(predicate, value)); })
        .has_value();
  }

  /// Removes the value. Returns: the value, moved out.
  template <class Given = Key>
  std::optional<Value> extract(looked_up<Given> key)
    requires accepts<const Given&>
  {
    std::optional<Value> removed;  // moved to before the slot is gone, since that may throw
    core_.template remove_if<value_scope>(look_up<Given>(key), [&](Value& value) {
      removed.emplace(std::move(value));
      return true;
    });
    return removed;
  }

  /// Removes the value. Where the key is claimed instead, revokes the claim: what its holder is computing
  /// will not be stored, and whoever asks afterwards starts afresh.
  /// Resumes: where the key was claimed, the oldest who waits by claim_or_wait(), with a claim of its own. If nobody
  /// waits so, all waiters of the key, with nullopt (wait_status::abandoned).
  /// Returns: whether there was a value or a claim.
  template <class Given = Key>
  bool invalidate(looked_up<Given> key)
    requires accepts<const Given&>
  {
    return core_.invalidate(look_up<Given>(key));
  }

  /// @}
  /// @name All values
  /// One shard is locked at a time. A value that is not touched meanwhile is seen exactly once.
  /// @{

  /// Removes the values for which predicate(const Key&, const Value&) is true. A shard that loses all its values, and
  /// has no waiters, claims or reserved room, gives its memory back.
  /// Returns: the number of values that it removed.
  /// Throws: what the predicate throws. The shards before are then done; this one and those behind it are unchanged.
  template <std::predicate<const Key&, const Value&> Predicate>
  std::size_t erase_if(Predicate&& predicate) {
    return core_.remove_each_if([&](const Key& key, const Value& value) {
      return static_cast<bool>(std::invoke(predicate, key, value));
    });
  }

  /// Calls function(const Key&, const Value&) for each value, under the (shared) lock of its shard.
  template <std::invocable<const Key&, const Value&> Function>
  void for_each(Function&& function) const {
    core_.for_each([&](const Key& key, const Value& value) { std::invoke(function, key, value); });
  }

  /// Calls function(const Key&, Value&) for each value, under the exclusive lock of its shard.
  template <std::invocable<const Key&, Value&> Function>
  void modify_each(Function&& function) {
    core_.modify_each([&](const Key& key, Value& value) { std::invoke(function, key, value); });
  }

  /// Removes all values and revokes all claims, as invalidate() does. Waiters stay.
  /// Resumes: as invalidate(), when all is done.
  /// Throws: what copying the hash or the equality throws; the shards before are cleared.
  void clear() { core_.clear(); }

  /// Makes room for this many values in all, so that inserting them grows no table, unless the hash is very uneven.
  /// Throws: std::length_error where no memory has room for them; std::bad_alloc.
  void reserve(std::size_t values) { core_.reserve(values); }
  /// Gives back memory that is not needed.
  void shrink_to_fit() { core_.shrink_to_fit(); }
  /// Returns: how many values all tables together have places for.
  [[nodiscard]] std::size_t capacity() const { return core_.capacity(); }
  /// Returns: the number of shards, a power of two.
  [[nodiscard]] std::size_t shard_count() const noexcept { return core_.shard_count(); }

  /// @}
  /// @name Waiting
  /// Each of these functions returns an operation. A coroutine awaits it: `auto value = co_await map.wait(key);`.
  /// Where nothing else is said:
  /// - Suspends: unless the key has a value, the map is closed, or a stop was requested.
  ///   Registration is one step under the lock and happens when the operation is awaited. An operation that
  ///   is never awaited registers nothing. It can be awaited once, also as an lvalue (`auto op =
  ///   map.wait(k); auto v = co_await op;`), and can be moved until then.
  /// - Goes on: by the policy's resumer, or by the one that `.via(resumer)` of the operation names for this wait.
  ///   A coroutine that has an executor of its own goes on there (std::execution's kind, libunifex's, folly's).
  /// - co_await returns: an optional; nullopt after cancel, close, the map's destruction, or a stop
  ///   request. The outcome is decided once, by the operation that ends the wait. Nothing that
  ///   happens later changes it.
  /// - Throws from co_await: an exception given to fail() and its kin, to close() or to a claim, and the exception of
  ///   a copy or callable.
  /// - Cost: where the key has a value, no allocation and no copy of the key. Else a slot, if this is
  ///   the first waiter of the key. Further waiters are linked to it and allocate nothing.
  /// - Lifetime: an lvalue key is referred to until the wait is registered. When co_await has suspended,
  ///   or subscribe() has returned, the key may change or die. An rvalue key is moved in. Destroying the
  ///   suspended coroutine ends the wait, in O(1) (amortised), from any thread as long as no other thread
  ///   ends the wait at that moment. When its outcome is decided, a wait never touches the map again.
  /// - A stop token: std::stop_token, or a type with the interface of C++26's stoppable tokens. A
  ///   stop request before the outcome is decided ends the wait on the requesting thread. A later one
  ///   does nothing.
  /// - A stop by the coroutine's parent, where the coroutine's family has such stops (see README.md): likewise, but then
  ///   the coroutine ends as its family ends stopped work.
  /// @{

  /// Waits for the key's value.
  /// co_await returns: std::optional<Value>, a copy of the value.
  template <class Given = Key, class Token = no_token>
  auto wait(awaited<Given> key, Token token = {}, call_site where = {})
    requires accepts<Given>
  {
    detail::require_token<Token>();
    check_copy<kept<Given>>();
    return value_operation<Given, std::optional<Value>, Token>(
        core_, keep<Given>(key), std::move(token), where, kind::observer, role::single);
  }

  /// Like wait(), and tells why there is no value.
  /// co_await returns: wait_outcome<Value>, a copy of the value, or the reason why there is none.
  template <class Given = Key, class Token = no_token>
  auto wait_result(awaited<Given> key, Token token = {}, call_site where = {})
    requires accepts<Given>
  {
    detail::require_token<Token>();
    check_copy<kept<Given>>();
    return value_operation<Given, wait_outcome<Value>, Token>(
        core_, keep<Given>(key), std::move(token), where, kind::observer, role::single);
  }

  /// Waits for the key's value and takes it out: the key is then empty. Of several takers the
  /// oldest gets it.
  /// co_await returns: std::optional<Value>, the value, moved. If that move throws, the value is lost with the frame.
  template <class Given = Key, class Token = no_token>
  auto take(awaited<Given> key, Token token = {}, call_site where = {})
    requires accepts<Given>
  {
    detail::require_token<Token>();
    check_alignment<kept<Given>, Value>();
    return value_operation<Given, std::optional<Value>, Token>(
        core_, keep<Given>(key), std::move(token), where, kind::taker, role::single);
  }

  /// Waits for the key's value and calls function(const Value&) with it, under the lock, when the value
  /// arrives, on the thread that inserts it. The value is not copied.
  /// co_await returns: std::optional<R>, where R is what the function returns, without a reference; std::monostate for
  /// void.
  template <class Given = Key, std::invocable<const Value&> Function, class Token = no_token>
  auto wait_with(awaited<Given> key, Function function, Token token = {}, call_site where = {})
    requires accepts<Given>
  {
    detail::require_token<Token>();
    using result = call_result<Function, const Value&>;
    using reading = detail::reading<Function>;
    check_alignment<kept<Given>, Function, result>();
    return visit_operation<Given, visiting<reading, result>, result, Token>(
        core_, keep<Given>(key), std::move(token), where, reading{std::move(function)});
  }

  /// Waits for the key's value and calls function(Value&) with it under the lock. Those who began to wait later, and the
  /// map, see what it did to the value. Otherwise as wait_with().
  /// co_await returns: as wait_with().
  template <class Given = Key, std::invocable<Value&> Function, class Token = no_token>
  auto wait_modify(awaited<Given> key, Function function, Token token = {}, call_site where = {})
    requires accepts<Given>
  {
    detail::require_token<Token>();
    using result = call_result<Function, Value&>;
    check_alignment<kept<Given>, Function, result>();
    return visit_operation<Given, visiting<Function, result>, result, Token>(
        core_, keep<Given>(key), std::move(token), where, std::move(function));
  }

  /// Like wait(), but registers at once. So a request can be sent after its reply is waited for and before the
  /// coroutine suspends.
  /// Returns: a handle, to be awaited once. If it is destroyed instead, the wait ends; that may be on any thread.
  /// It can be moved until it is awaited, and a move locks.
  /// co_await returns: as wait().
  /// Throws: what registration throws; nothing has changed.
  template <class Given = Key, class Token = no_token>
  auto subscribe(forwarded<Given> key, Token token = {}, call_site where = {})
    requires accepts<Given>
  {
    detail::require_token<Token>();
    check_copy<kept<Given>>();
    return subscription<Given, Token>(core_, keep<Given>(key), std::move(token), where,
                                      kind::observer, role::subscribed);
  }

  /// Like subscribe(), for take(). A value that was taken and never awaited is destroyed with the
  /// handle.
  /// co_await returns: as take().
  template <class Given = Key, class Token = no_token>
  auto subscribe_take(forwarded<Given> key, Token token = {}, call_site where = {})
    requires accepts<Given>
  {
    detail::require_token<Token>();
    check_alignment<kept<Given>, Value>();
    return subscription<Given, Token>(core_, keep<Given>(key), std::move(token), where, kind::taker,
                                      role::subscribed);
  }

  /// @}
  /// @name Waiting for several keys at once
  /// As the waits for one key, and:
  /// - Suspends: once, however many keys. One shard is locked at a time: each key is looked at in its own moment.
  /// - Keys: a key may occur more than once, and each occurrence has its own outcome. g++ 12 takes no list
  ///   in braces inside a co_await expression: give the keys or the operation a name.
  /// - Lifetime: a range that is an lvalue or a view must live, and its keys must keep their value, until co_await has
  ///   suspended. The elements of another rvalue range are moved in.
  /// - Cost: one allocation for all keys together.
  /// @{

  /// Waits until the wait on each key has ended.
  /// co_await returns: std::vector<wait_outcome<Value>>, the outcomes in the order of the keys. A
  /// failed one holds its exception. Without keys an empty vector, and it does not suspend.
  template <std::ranges::forward_range Keys, class Token = no_token>
  auto wait_all(Keys&& keys, Token token = {}, call_site where = {})
    requires accepts<std::ranges::range_reference_t<Keys>>
  {
    detail::require_token<Token>();
    detail::check_numbers<Keys, Key>();
    check_copy<>();
    return group_of<wait_all_operation>(keys, element_of<Keys>{}, kind::observer, std::move(token),
                                        where);
  }
  /// Likewise, for keys that are written out.
  template <class Token = no_token>
  auto wait_all(std::initializer_list<Key> keys, Token token = {}, call_site where = {}) {
    detail::require_token<Token>();
    check_copy<>();
    return group_of<wait_all_operation>(keys, copied_element{}, kind::observer, std::move(token),
                                        where);
  }

  /// Like wait_all(), but registers at once, as subscribe() does. So the requests for all keys can be sent after
  /// their replies are waited for.
  /// Returns: a handle, to be awaited once. If it is destroyed instead, the waits end.
  /// co_await returns: as wait_all().
  /// Throws: what registration throws; nothing has changed.
  /// Cost: one allocation for all keys together; when it is awaited, one for the outcomes.
  template <std::ranges::forward_range Keys, class Token = no_token>
  auto subscribe_all(Keys&& keys, Token token = {}, call_site where = {})
    requires accepts<std::ranges::range_reference_t<Keys>>
  {
    detail::require_token<Token>();
    detail::check_numbers<Keys, Key>();
    check_copy<>();
    return group_of<group_subscription>(keys, element_of<Keys>{}, kind::observer, std::move(token),
                                        where);
  }
  /// Likewise, for keys that are written out.
  template <class Token = no_token>
  auto subscribe_all(std::initializer_list<Key> keys, Token token = {}, call_site where = {}) {
    detail::require_token<Token>();
    check_copy<>();
    return group_of<group_subscription>(keys, copied_element{}, kind::observer, std::move(token),
                                        where);
  }

  /// Waits until the wait on one key has ended, with a value or without. The waits on the other
  /// keys are over before the coroutine resumes. If several keys have values, the first of them in the order of the keys
  /// wins.
  /// co_await returns: first_outcome<Value>. Without keys {no_key, cancelled}, and it does not suspend.
  /// Throws from co_await: the exception with which that wait failed.
  template <std::ranges::forward_range Keys, class Token = no_token>
  auto wait_any(Keys&& keys, Token token = {}, call_site where = {})
    requires accepts<std::ranges::range_reference_t<Keys>>
  {
    detail::require_token<Token>();
    detail::check_numbers<Keys, Key>();
    check_copy<>();
    return group_of<wait_any_operation>(keys, element_of<Keys>{}, kind::observer, std::move(token),
                                        where);
  }
  /// Likewise, for keys that are written out.
  template <class Token = no_token>
  auto wait_any(std::initializer_list<Key> keys, Token token = {}, call_site where = {}) {
    detail::require_token<Token>();
    check_copy<>();
    return group_of<wait_any_operation>(keys, copied_element{}, kind::observer, std::move(token),
                                        where);
  }

  /// Like wait_any(), but takes the value out: exactly one value is taken.
  /// co_await returns: first_outcome<Value>, with the value moved in.
  template <std::ranges::forward_range Keys, class Token = no_token>
  auto take_any(Keys&& keys, Token token = {}, call_site where = {})
    requires accepts<std::ranges::range_reference_t<Keys>>
  {
    detail::require_token<Token>();
    detail::check_numbers<Keys, Key>();
    check_alignment<Value>();
    return group_of<wait_any_operation>(keys, element_of<Keys>{}, kind::taker, std::move(token),
                                        where);
  }
  /// Likewise, for keys that are written out.
  template <class Token = no_token>
  auto take_any(std::initializer_list<Key> keys, Token token = {}, call_site where = {}) {
    detail::require_token<Token>();
    check_alignment<Value>();
    return group_of<wait_any_operation>(keys, copied_element{}, kind::taker, std::move(token),
                                        where);
  }

  /// @}
  /// @name Waiting by plain threads
  /// A coroutine must not call these: its thread may be the one that would insert.
  /// @{

  /// Blocks the calling thread, asleep, until the wait ends.
  /// Returns: what co_await wait(key) would return. Throws: what it would throw.
  template <class Given = Key, class Token = no_token>
  std::optional<Value> blocking_wait(forwarded<Given> key, Token token = {}, call_site where = {})
    requires accepts<Given>
  {
    detail::require_token<Token>();
    check_copy<>();
    return blocking<Given, Token>(core_, keep<Given>(key), std::move(token), where, kind::observer,
                                  role::thread)
        .block();
  }
  /// Likewise; returns nullopt when the time has passed. Any clock and any representation will do. A time that is
  /// infinite, or too far off to be counted, never passes. One that is not a number has passed. A clock
  /// that can be set (std::chrono::system_clock) is looked at once a second.
  template <class Given = Key, class Rep, class Period, class Token = no_token>
  std::optional<Value> blocking_wait_for(forwarded<Given> key,
                                         std::chrono::duration<Rep, Period> timeout,
                                         Token token = {}, call_site where = {})
    requires accepts<Given>
  {
    detail::require_token<Token>();
    check_copy<>();
    return blocking<Given, Token>(core_, keep<Given>(key), std::move(token), where, kind::observer,
                                  role::thread)
        .block_for(timeout);
  }
  /// Likewise, until a time of any clock.
  template <class Given = Key, class Clock, class Duration, class Token = no_token>
  std::optional<Value> blocking_wait_until(forwarded<Given> key,
                                           std::chrono::time_point<Clock, Duration> deadline,
                                           Token token = {}, call_site where = {})
    requires accepts<Given>
  {
    detail::require_token<Token>();
    check_copy<>();
    return blocking<Given, Token>(core_, keep<Given>(key), std::move(token), where, kind::observer,
                                  role::thread)
        .block_until(deadline);
  }

  /// @}
  /// @name Who waits for what
  /// @{

  /// Returns: the number of waiters of all keys. Cost: O(shards).
  [[nodiscard]] std::size_t waiting() const { return core_.waiting(); }
  /// Returns: the number of waiters of the key. Cost: O(its waiters).
  template <class Given = Key>
  [[nodiscard]] std::size_t waiting(looked_up<Given> key) const
    requires accepts<const Given&>
  {
    return core_.waiting(look_up<Given>(key));
  }

  /// Calls function(const Key&, std::span<const std::source_location> waits, const std::source_location*
  /// claim) for each key that is waited for or claimed, under the (shared) lock of the key's shard. `waits` are the
  /// places of the calls of the waits, the oldest first. `claim` is the place where the claim was taken, null where
  /// there is none. A function of two arguments is called for each key that is waited for. It answers "what is
  /// everybody waiting for, and who is to provide it?".
  /// Cost: O(values + waiters) in shards with waiters or claims.
  template <class Function>
    requires(std::invocable<Function&, const Key&, std::span<const std::source_location>> ||
             std::invocable<Function&, const Key&, std::span<const std::source_location>,
                            const std::source_location*>)
  void for_each_waiting(Function&& function) const {
    using places = std::span<const std::source_location>;
    core_.for_each_waiting([&](const Key& key, places waits,
                               [[maybe_unused]] const std::source_location* claim) {
      if constexpr (std::invocable<Function&, const Key&, places, const std::source_location*>) {
        std::invoke(function, key, waits, claim);
      } else if (!waits.empty()) {
        std::invoke(function, key, waits);
      }
    });
  }

  /// @}
  /// @name Ending waits
  /// @{

  /// Gives the value to those who wait now, all observers and the oldest taker, and stores nothing.
  /// Returns: delivered; no_waiter or closed where the value was refused, which is then not moved from.
  template <class Given = Key, class Argument = Value>
  insert_result deliver(looked_up<Given> key, Argument&& value)
    requires(accepts<const Given&> && std::constructible_from<Value, Argument>)
  {
    std::optional<detail::stored<Value>> made;
    const insert_result result =
        core_.deliver(look_up<Given>(key), making(std::forward<Argument>(value)), made);
    // All who seemed to wait had, at that moment, already got another value (wait_any). An argument
    // of another type whose conversion may throw was then moved from.
    if constexpr (std::same_as<Argument, Value> && std::is_move_assignable_v<Value>) {
      if (!result && made) value = std::move(detail::unwrap<Value>(*made));
    }
    return result;
  }

  /// Ends the waits on the key: they get nullopt. It touches no value, no claim and no later wait.
  /// Returns: the number of waits that it ended, exactly.
  template <class Given = Key>
  std::size_t cancel(looked_up<Given> key)
    requires accepts<const Given&>
  {
    return core_.cancel(look_up<Given>(key));
  }

  /// Likewise, for all keys. It ends the waits that it finds when it looks at their shard.
  std::size_t cancel_all() {
    return core_.cancel_if([](const Key&) noexcept { return true; });
  }

  /// Likewise, for the keys for which predicate(const Key&) is true.
  /// Throws: what the predicate throws. Waits that have ended by then are resumed all the same.
  template <std::predicate<const Key&> Predicate>
  std::size_t cancel_if(Predicate&& predicate) {
    return core_.cancel_if(
        [&](const Key& key) { return static_cast<bool>(std::invoke(predicate, key)); });
  }

  /// Ends the waits on the key: they rethrow the exception from their co_await. Nothing is stored.
  /// Returns: the number of waits that it ended.
  /// Throws: std::invalid_argument where `error` is null; every waiter still waits.
  template <class Given = Key>
  std::size_t fail(looked_up<Given> key, std::exception_ptr error)
    requires accepts<const Given&>
  {
    detail::require_error(error);
    return core_.fail(look_up<Given>(key), error);
  }

  /// Likewise, for all keys. It ends the waits that it finds when it looks at their shard.
  std::size_t fail_all(std::exception_ptr error) {
    return fail_if([](const Key&) noexcept { return true; }, std::move(error));
  }
  /// Likewise, for the keys for which predicate(const Key&) is true.
  /// Throws: also what the predicate throws. Waits that have ended by then are resumed all the same.
  template <std::predicate<const Key&> Predicate>
  std::size_t fail_if(Predicate&& predicate, std::exception_ptr error) {
    detail::require_error(error);
    return core_.fail_if(
        [&](const Key& key) { return static_cast<bool>(std::invoke(predicate, key)); }, error);
  }

  /// Closes the map, for ever: ends all waits with nullopt, and later waits on absent keys at once; refuses values from
  /// now on. Values that are there can still be read and taken. A second close does nothing.
  /// Returns: the number of waits that it ended.
  std::size_t close() { return core_.close(nullptr); }
  /// Likewise, but all these waits, also later ones, rethrow the exception from their co_await. Where the map
  /// is closed already, nothing changes.
  /// Throws: std::invalid_argument where `error` is null; the map is then not closed.
  std::size_t close(std::exception_ptr error) {
    detail::require_error(error);
    return core_.close(std::move(error));
  }
  /// Returns: true as soon as a close has taken hold in all shards.
  [[nodiscard]] bool closed() const { return core_.closed(); }

  /// @}
  /// @name Producers
  /// @{

  /// What try_claim() returns.
  using claim_type = claim<Key, Value, Hash, Equal, Policy>;
  /// What a co_await of claim_or_wait() returns.
  using claim_or_outcome_type = claim_or_outcome<Key, Value, Hash, Equal, Policy>;

  /// Makes the caller the producer of the key's value, if the key has neither a value nor a claim and
  /// the map is open. A key that is only claimed counts as absent everywhere.
  ///
  /// To wait where this refuses, use claim_or_wait() instead: the claim may end between try_claim() and wait(),
  /// and the wait would not hear of it.
  /// Returns: a claim; not engaged where somebody else was first.
  template <class Given = Key>
  claim_type try_claim(forwarded<Given> key, call_site where = {})
    requires accepts<Given>
  {
    const auto& found_as = look_up<Given>(key);
    return claim_type(core_.try_claim(found_as, pass<Given>(key), where));
  }

  /// In one step, claims the key if it has neither a value nor a claim, or else waits for what its producer brings. When
  /// a producer drops its claim, or invalidate() revokes it, the oldest who waits so gets the
  /// claim. Only that one is resumed; all others wait on.
  /// co_await returns: claim_or_outcome_type, an aggregate {claim, outcome}.
  /// Suspends, resumes, lifetime: as wait(). If the suspended coroutine is destroyed when the claim has come to it,
  /// the claim passes on.
  /// Throws from co_await: only what registration throws.
  /// Cost: as wait(), and as try_claim() where it claims. Where those who wait so leave one after the other, O(1)
  /// each, amortised.
  template <class Given = Key, class Token = no_token>
  auto claim_or_wait(awaited<Given> key, Token token = {}, call_site where = {})
    requires accepts<Given>
  {
    detail::require_token<Token>();
    check_copy<kept<Given>>();
    return detail::wait_operation<core_type, kept<Given>, follower_waiter, claim_or_outcome_type,
                                  Token>(core_, keep<Given>(key), std::move(token), where,
                                         role::single);
  }

  /// Likewise, for plain threads: blocks as blocking_wait() does.
  template <class Given = Key, class Token = no_token>
  claim_or_outcome_type blocking_claim_or_wait(forwarded<Given> key, Token token = {},
                                               call_site where = {})
    requires accepts<Given>
  {
    detail::require_token<Token>();
    check_copy<>();
    return blocking_claim<Given, claim_or_outcome_type, Token>(
               core_, keep<Given>(key), std::move(token), where, role::thread)
        .block();
  }
  /// Likewise; the outcome is `stopped` when the time has passed. Times are as for blocking_wait_for().
  template <class Given = Key, class Rep, class Period, class Token = no_token>
  claim_or_outcome_type blocking_claim_or_wait_for(forwarded<Given> key,
                                                   std::chrono::duration<Rep, Period> timeout,
                                                   Token token = {}, call_site where = {})
    requires accepts<Given>
  {
    detail::require_token<Token>();
    check_copy<>();
    return blocking_claim<Given, claim_or_outcome_type, Token>(
               core_, keep<Given>(key), std::move(token), where, role::thread)
        .block_for(timeout);
  }
  /// Likewise, until a time of any clock.
  template <class Given = Key, class Clock, class Duration, class Token = no_token>
  claim_or_outcome_type blocking_claim_or_wait_until(
      forwarded<Given> key, std::chrono::time_point<Clock, Duration> deadline, Token token = {},
      call_site where = {})
    requires accepts<Given>
  {
    detail::require_token<Token>();
    check_copy<>();
    return blocking_claim<Given, claim_or_outcome_type, Token>(
               core_, keep<Given>(key), std::move(token), where, role::thread)
        .block_until(deadline);
  }

  /// @}

 private:
  friend struct detail::computation_access;

  template <class Given, class Parameter>
  static decltype(auto) pass(Parameter& key) noexcept {
    return key_parameter::template pass<Given>(key);
  }
  template <class Given, class Parameter>
  static decltype(auto) look_up(const Parameter& key) {
    using type = lookup<const std::remove_cvref_t<Given>&>;
    const auto& given = key_parameter::view(key);
    if constexpr (std::same_as<type, std::remove_cvref_t<Given>>) {
      return static_cast<const type&>(given);
    } else {
      return static_cast<type>(given);
    }
  }
  template <class Given, class Parameter>
  static kept<Given> keep(Parameter& key) {
    return kept<Given>(pass<Given>(key));
  }

  // How a range's elements are given: those of an rvalue container are moved out of it.
  template <class Keys>
  struct element_of {
    using given = std::conditional_t<std::is_lvalue_reference_v<Keys> || std::ranges::view<Keys>,
                                     std::ranges::range_reference_t<Keys>,
                                     std::ranges::range_rvalue_reference_t<Keys>>;
    using kept_as = kept<
        std::conditional_t<std::is_rvalue_reference_v<given>, std::remove_cvref_t<given>, given>>;
  };
  struct copied_element {
    using given = const Key&;
    using kept_as = detail::kept_key<Key, Key>;
  };

  template <class Kept, class Token>
  using wait_all_operation = detail::group_operation<core_type, Value, Policy, Kept, true, Token>;
  template <class Kept, class Token>
  using wait_any_operation = detail::group_operation<core_type, Value, Policy, Kept, false, Token>;
  template <class Kept, class Token>
  using group_subscription = detail::group_subscription<core_type, Value, Policy, Kept, Token>;

  template <template <class, class> class Operation, class Keys, class Element, class Token>
  auto group_of(Keys& keys, Element, kind which, Token token, call_site where) {
    return Operation<typename Element::kept_as, Token>(
        core_, std::in_place_type<typename Element::given>,
        static_cast<std::size_t>(std::ranges::distance(keys)), std::ranges::begin(keys), which,
        std::move(token), where);
  }

  // When a map is made, since a class may have a map of itself.
  static constexpr void check_key() {
    static_assert(std::invocable<const Hash&, const Key&>,
                  "wait_map: the key type has no hash. Give it one, by a friend "
                  "AbslHashValue(H, const Key&), or name one as the third argument: "
                  "wait_map<Key, Value, std::hash<Key>>.");
    static_assert(
        std::predicate<const Equal&, const Key&, const Key&>,
        "wait_map: the key type has no equality. Give it operator==, or name a function as the "
        "fourth argument.");
  }

  // A function that makes the value from the arguments, once.
  template <class... Args>
  static auto making(Args&&... args) {
    return [&]() noexcept(noexcept(detail::make_stored<Value>(std::forward<Args>(args)...))) {
      return detail::make_stored<Value>(std::forward<Args>(args)...);
    };
  }

  template <class... Kept>
  static constexpr void check_copy() {
    static_assert(
        std::copy_constructible<Value>,
        "wait_map: a wait copies the value, and Value cannot be copied. Use take(), which moves it "
        "out, or wait_with(), which looks at it.");
    check_alignment<Kept..., Value>();
  }
  // `Kept` is all that an operation keeps, or gives out, in a coroutine's frame.
  template <class... Kept>
  static constexpr void check_alignment() {
    static_assert(
        ((alignof(Kept) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__) && ...),
        "wait_map: compilers do not align coroutine frames for over-aligned types, so a wait "
        "can neither keep nor return one. Give the key as an lvalue; use wait_with() and "
        "return what you need of the value, or keep the value behind a std::unique_ptr.");
  }

  core_type core_;
};

namespace detail {

template <class Type>
inline constexpr bool is_wait_map = false;
template <class Key, class Value, class Hash, class Equal, class Policy>
inline constexpr bool is_wait_map<wait_map<Key, Value, Hash, Equal, Policy>> = true;
template <class Type>
concept some_wait_map = is_wait_map<Type>;

// How a function of its own takes a key of a map.
template <class Map>
using key_of = owned_key<typename Map::key_type>;

}  // namespace detail

}  // namespace waitmap
