// A key: what a map accepts as one, how it passes it on, what it looks it up as, its hash, and what is kept of it by a
// table and by a wait.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <ranges>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <wait_map/detail/stored.hpp>
#include <wait_map/hash.hpp>

namespace waitmap::detail {

// Keys that a function of the map accepts: Key, what a transparent hash and equality accept, and
// what converts to Key.
template <class Given, class Key, class Hash, class Equal>
inline constexpr bool looks_up_directly =
    std::same_as<std::remove_cvref_t<Given>, Key> ||
    (transparent<Hash> && transparent<Equal> && std::invocable<const Hash&, const Given&>);

template <class Given, class Key, class Hash, class Equal>
concept key_for = looks_up_directly<Given, Key, Hash, Equal> || std::convertible_to<Given, Key>;

// A number given as a key converts at the call, as for a parameter of type Key: so the compiler warns there
// where the conversion may change it. Floating point is refused where the key is an integer.
template <class Key>
class number_key {
 public:
  number_key() noexcept : number_() {}                  // {}
  number_key(Key number) noexcept : number_(number) {}  // NOLINT(google-explicit-constructor)
  template <std::floating_point Number>
    requires std::integral<Key>
  number_key(Number a_floating_point_number_is_no_key_of_this_map) = delete;
  // An object that converts to Key.
  template <class Number>
    requires(std::is_class_v<std::remove_cvref_t<Number>> &&
             !std::same_as<std::remove_cvref_t<Number>, number_key> &&
             std::convertible_to<Number, Key>)
  number_key(Number&& number)  // NOLINT(google-explicit-constructor)
      : number_(std::forward<Number>(number)) {}

  const Key& get() const noexcept { return number_; }
  Key&& give_up() noexcept { return std::move(number_); }
  Key&& release() noexcept { return std::move(number_); }

 private:
  Key number_;
};

// A Key made at the call of what was given, for functions that keep one in any case.
template <class Key>
class made_key {
 public:
  template <class Given>
    requires(!std::same_as<std::remove_cvref_t<Given>, made_key> &&
             std::constructible_from<Key, Given>)
  made_key(Given&& key)  // NOLINT(google-explicit-constructor)
      : key_(make_stored<Key>(std::forward<Given>(key))) {}

  // As a table keeps it, and as it is.
  stored<Key>&& give_up() noexcept { return std::move(key_); }
  Key&& release() noexcept { return std::move(unwrap<Key>(key_)); }

 private:
  stored<Key> key_;
};
template <class Key>
using owned_key = std::conditional_t<std::is_arithmetic_v<Key>, number_key<Key>, made_key<Key>>;

// How a function takes a key to look up, and one to keep or to make a Key from. `Given` is what it was given,
// deduced, but for numbers: there it is Key itself.
template <class Key>
struct key_parameter {
  template <class Given>
  using looked_up = const Given&;
  template <class Given>
  using forwarded = Given&&;
  template <class Given>
  using awaited = Given&&;

  template <class Given>
  static constexpr Given&& pass(std::remove_reference_t<Given>& key) noexcept {
    return static_cast<Given&&>(key);
  }
  template <class Given>
  static constexpr const Given& view(const Given& key) noexcept {
    return key;
  }
};
template <class Key>
  requires std::is_arithmetic_v<Key>
struct key_parameter<Key> {
  template <class Given>
  using looked_up = number_key<std::type_identity_t<Given>>;
  template <class Given>
  using forwarded = number_key<std::type_identity_t<Given>>;
  // Where a co_await stands around the call, g++ 12 keeps an object that is an argument in the coroutine's frame, a number
  // not. What number_key refuses, refuses_floating_point refuses there.
  template <class Given>
  using awaited = std::type_identity_t<Given>;

  template <class Given>
  static constexpr Key&& pass(number_key<Given>& key) noexcept {
    return key.give_up();
  }
  template <class Given>
  static constexpr Key&& pass(Key& key) noexcept {
    return std::move(key);
  }
  static constexpr const Key& view(const number_key<Key>& key) noexcept { return key.get(); }
};

// Refuses ranges whose elements are numbers that lose a digit or a sign as a Key: there is no line of the
// user's at which they convert.
template <class Keys, class Key>
constexpr void check_numbers() {
  using given = std::remove_cvref_t<std::ranges::range_reference_t<Keys>>;
  static_assert(
      !std::is_arithmetic_v<Key> || !std::is_arithmetic_v<given> ||
          requires(given number) { Key{number}; },
      "wait_map: the numbers of this range may not fit the map's keys. Convert them where it "
      "shows, for instance by std::views::transform and a static_cast.");
}

// The keys of a range, copied; those of an rvalue container moved.
template <class Key, class Keys>
std::vector<Key> keys_of(Keys&& keys) {
  if constexpr (std::same_as<std::remove_cvref_t<Keys>, std::vector<Key>>) {
    return std::forward<Keys>(keys);
  } else {
    check_numbers<Keys, Key>();
    std::vector<Key> kept;
    kept.reserve(static_cast<std::size_t>(std::ranges::distance(keys)));
    for (auto&& each : keys) {
      if constexpr (std::is_lvalue_reference_v<Keys> ||
                    std::ranges::view<std::remove_cvref_t<Keys>>) {
        kept.emplace_back(std::forward<decltype(each)>(each));
      } else {
        kept.emplace_back(std::move(each));
      }
    }
    return kept;
  }
}

// What it is looked up as: itself; text in an array as a view, so that its length is counted once;
// a Key.
template <class Given, class Key, class Hash, class Equal>
struct lookup {
  static constexpr bool text = std::convertible_to<Given, const char*> &&
                               !std::same_as<std::remove_cvref_t<Given>, Key> &&
                               std::invocable<const Hash&, std::string_view>;
  using type =
      std::conditional_t<!looks_up_directly<Given, Key, Hash, Equal>, Key,
                         std::conditional_t<text, std::string_view, std::remove_cvref_t<Given>>>;
};

// How an operation keeps the key it was called with, as a `Lookup`: an lvalue by reference, unless
// it is small and trivial; anything else by value.
template <class Given, class Lookup>
class kept_key {
 public:
  using lookup_type = Lookup;
  static constexpr bool by_reference =
      std::is_lvalue_reference_v<Given> && std::same_as<std::remove_cvref_t<Given>, Lookup> &&
      !(std::is_trivially_copyable_v<Lookup> && sizeof(Lookup) <= 2 * sizeof(void*));

  template <class From>
    requires(!std::same_as<std::remove_cvref_t<From>, kept_key>)
  explicit kept_key(From&& key) : key_(static_cast<kept>(std::forward<From>(key))) {}
  const Lookup& get() const noexcept { return key_; }

  // For a slot that is made for this key, which nobody reads behind that. Moved where that cannot
  // throw: if it did, the wait could not be awaited again.
  using given_up = std::conditional_t<!by_reference && std::is_nothrow_move_constructible_v<Lookup>,
                                      Lookup&&, const Lookup&>;
  given_up give_up() noexcept { return static_cast<given_up>(key_); }

 private:
  using kept = std::conditional_t<by_reference, const Lookup&, Lookup>;
  kept key_;
};

// --- its hash

// The user's hash of a key, mixed: it chooses the shard, and the element in its table.
struct whole_hash {
  // The shard is chosen by bits that its table does not use: measured with bits that it does, all
  // elements of a shard had like tags, and a lookup took 28 ns instead of 12.
  static constexpr int shard_shift = std::numeric_limits<std::size_t>::digits >= 64 ? 40 : 16;
  static constexpr std::size_t most_shards = std::size_t{1} << 16;

  std::size_t bits;

  // Of most_shards; the map masks it.
  constexpr std::size_t shard() const noexcept { return bits >> shard_shift; }
};

// 32 bits of it: all that a table uses, so that a waiter needs to keep no more to be found.
struct short_hash {
  std::uint32_t bits;

  constexpr short_hash() noexcept : bits(0) {}
  constexpr short_hash(whole_hash whole) noexcept  // NOLINT(google-explicit-constructor)
      : bits(static_cast<std::uint32_t>(whole.bits)) {}

  // The hash that the table gets to see.
  //
  // Older abseils take the 7 tag bits of an element from the bottom, newer ones from the top, and the
  // element's index from the low bits. Where there are 64 bits, these 32 stand in both halves.
  // Where there are 32, all of them choose the shard or the index: so they are mixed anew, each bit into
  // all others, else the elements of a shard would crowd in a fraction of its table. Measured on i386 with
  // 16 shards and 30,000 keys: without it a lookup takes 10 times as long as in a bare table.
  constexpr std::size_t table_bits() const noexcept {
    if constexpr (std::numeric_limits<std::size_t>::digits < 64) {
      std::uint32_t mixed = bits;
      mixed ^= mixed >> 16;
      mixed *= 0x85EBCA6Bu;
      mixed ^= mixed >> 13;
      mixed *= 0xC2B2AE35u;
      mixed ^= mixed >> 16;
      return mixed;
    } else {
      const std::size_t half = bits;
      return half | half << (std::numeric_limits<std::size_t>::digits / 2);
    }
  }
};

// Mixed unless the hash says that it is avalanching: the bits that choose the shard must depend on the whole key.
template <class Hash, class Key>
whole_hash hash_of(const Hash& hash, const Key& key) noexcept(noexcept(hash(key))) {
  std::size_t bits = hash(key);
  if constexpr (!avalanching_hash<Hash>) {
    bits *= static_cast<std::size_t>(0x9E3779B97F4A7C15u);
    bits ^= bits >> (std::numeric_limits<std::size_t>::digits / 2);
  }
  return {bits};
}

// --- what a table sees of it

// A key to look up, with its hash.
template <class Key>
struct hashed {
  const Key& key;
  short_hash hash;
};

// A key of which it is known that the table does not hold it: equal to none, so that no comparison
// of the user's runs again.
struct absent {
  short_hash hash;
};

// A key as the table keeps it. When a table grows, abseil moves an element only if it deems the
// pair of key and slot layout-compatible with one whose key is not const, which depends on Key and
// Value; else it copies the key, which is const to it, and a copy may throw or not exist. Nothing
// else copies keys of a table, so the copy moves.
template <class Key>
class table_key {
 public:
  template <class... Args>
  explicit table_key(std::in_place_t, Args&&... args)
      : kept_(make_stored<Key>(std::forward<Args>(args)...)) {}
  explicit table_key(stored<Key>&& kept) noexcept : kept_(std::move(kept)) {}

  table_key(const table_key&)
    requires std::is_trivially_copyable_v<stored<Key>>
  = default;
  table_key(const table_key& other) noexcept : kept_(std::move(other.kept_)) {}
  table_key& operator=(const table_key&) = delete;

  const Key& get() const noexcept { return unwrap<Key>(std::as_const(kept_)); }

 private:
  mutable stored<Key> kept_;
};

}  // namespace waitmap::detail
