// table: absl::flat_hash_map from K to slot<V>, looked up with a hash that was computed before.
#pragma once

#include <cstddef>
#include <limits>
#include <new>
#include <tuple>
#include <type_traits>
#include <utility>

#include <absl/container/flat_hash_map.h>

#include <wait_map/detail/annotations.hpp>
#include <wait_map/detail/fatal.hpp>
#include <wait_map/detail/slot.hpp>
#include <wait_map/detail/stored.hpp>
#include <wait_map/hash.hpp>

namespace waitmap::detail {

// A key to look up, with its hash: all of it, or at least the 32 bits by which a table finds it.
template <class Key>
struct hashed {
  const Key& key;
  std::size_t hash;
};

// A key of which it is known that the table does not hold it: equal to none, so that no comparison
// of the user's runs again.
struct absent {
  std::size_t hash;
};

// The user's hash, mixed unless it says that it is avalanching: the bits that choose the shard must
// depend on the whole key.
template <class Hash, class Key>
std::size_t hash_of(const Hash& hash, const Key& key) noexcept(noexcept(hash(key))) {
  std::size_t bits = hash(key);
  if constexpr (!avalanching_hash<Hash>) {
    bits *= static_cast<std::size_t>(0x9E3779B97F4A7C15u);
    bits ^= bits >> (std::numeric_limits<std::size_t>::digits / 2);
  }
  return bits;
}

// The shard is chosen by bits that its table does not use: measured with bits that it does, all
// elements of a shard had like tags, and a lookup took 28 ns instead of 12.
inline constexpr int shard_shift = std::numeric_limits<std::size_t>::digits >= 64 ? 40 : 16;
inline constexpr std::size_t most_shards = std::size_t{1} << 16;

// The hash that a table gets to see: the low 32 bits, so that a waiter needs to keep only these to
// be found. Older abseils take the 7 tag bits of an element from the bottom, newer ones from the
// top, and the place in the table from the low bits: so they stand in both halves.
inline std::size_t table_bits(std::size_t hash) noexcept {
  if constexpr (std::numeric_limits<std::size_t>::digits < 64) {
    return hash;
  } else {
    const std::size_t low = hash & 0xFFFFFFFFu;
    return low | low << 32;
  }
}

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

// The table's hasher: hands a computed hash through; hashes stored keys when the table grows.
template <class Key, class Hash>
struct table_hash {
  using is_transparent = void;

  WAIT_MAP_NO_UNIQUE_ADDRESS Hash hash;

  // All tables of a map have the same: a Hash need not be assignable.
  friend void swap(table_hash&, table_hash&) noexcept {}

  template <class Lookup>
  std::size_t operator()(const hashed<Lookup>& looked_up) const noexcept {
    return table_bits(looked_up.hash);
  }
  std::size_t operator()(absent key) const noexcept { return table_bits(key.hash); }
  std::size_t operator()(const table_key<Key>& kept) const noexcept {
    if constexpr (noexcept(hash_of(hash, kept.get()))) {
      return table_bits(hash_of(hash, kept.get()));
    } else {
      try {
        return table_bits(hash_of(hash, kept.get()));
      } catch (...) {
        fatal(
            "the hash of a key threw while a table grew; absl::flat_hash_map cannot survive that. "
            "Use a hash that does not throw for keys it has hashed before.");
      }
    }
  }
};

template <class Key, class Equal>
struct table_equal {
  using is_transparent = void;

  WAIT_MAP_NO_UNIQUE_ADDRESS Equal equal;

  friend void swap(table_equal&, table_equal&) noexcept {}

  template <class Lookup>
  bool operator()(const table_key<Key>& kept, const hashed<Lookup>& looked_up) const {
    return static_cast<bool>(equal(kept.get(), looked_up.key));
  }
  template <class Lookup>
  bool operator()(const hashed<Lookup>& looked_up, const table_key<Key>& kept) const {
    return static_cast<bool>(equal(kept.get(), looked_up.key));
  }
  bool operator()(const table_key<Key>&, absent) const noexcept { return false; }
  bool operator()(absent, const table_key<Key>&) const noexcept { return false; }
  bool operator()(const table_key<Key>& left, const table_key<Key>& right) const {
    return static_cast<bool>(equal(left.get(), right.get()));
  }
};

// abseil's tables corrupt memory when an allocation throws while they grow: end the program
// instead.
template <class T>
struct table_allocator {
  using value_type = T;

  table_allocator() noexcept = default;
  template <class Other>
  table_allocator(const table_allocator<Other>&) noexcept {}  // NOLINT(google-explicit-constructor)

  T* allocate(std::size_t count) noexcept {
    void* memory = nullptr;
    if (count <= std::numeric_limits<std::size_t>::max() / sizeof(T)) {
      if constexpr (alignof(T) > __STDCPP_DEFAULT_NEW_ALIGNMENT__) {
        memory = ::operator new(count * sizeof(T), std::align_val_t{alignof(T)}, std::nothrow);
      } else {
        memory = ::operator new(count * sizeof(T), std::nothrow);
      }
    }
    if (memory == nullptr) {
      fatal("out of memory while a table grew; absl::flat_hash_map cannot survive that.");
    }
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, std::size_t) noexcept {
    if constexpr (alignof(T) > __STDCPP_DEFAULT_NEW_ALIGNMENT__) {
      ::operator delete(memory, std::align_val_t{alignof(T)});
    } else {
      ::operator delete(memory);
    }
  }

  friend bool operator==(const table_allocator&, const table_allocator&) noexcept { return true; }
  friend bool operator!=(const table_allocator&, const table_allocator&) noexcept { return false; }
};

template <class Key, class Value, class Hash, class Equal>
class table
    : public absl::flat_hash_map<table_key<Key>, slot<Value>, table_hash<Key, Hash>,
                                 table_equal<Key, Equal>,
                                 table_allocator<std::pair<const table_key<Key>, slot<Value>>>> {
  using base = typename table::flat_hash_map;

 public:
  using typename base::iterator;

  table(const Hash& hash, const Equal& equal)
      : base(0, table_hash<Key, Hash>{hash}, table_equal<Key, Equal>{equal}) {}

  // Whether there seems to be memory for a table with this many places.
  static bool can_allocate(std::size_t places) noexcept {
    void* memory = ::operator new((sizeof(typename base::value_type) + 1) * places, std::nothrow);
    ::operator delete(memory);
    return memory != nullptr;
  }

  // The key's slot; where there was none, a new one with the value that make() returns, a
  // stored<Value>, and `created` is set. A key is made from `key` only then. Throws what the
  // equality, the key's constructor and make() throw: the table is unchanged.
  template <class Lookup, class KeyArgument, class Make>
  iterator find_or_create(hashed<Lookup> looked_up, KeyArgument&& key, Make&& make, bool& created) {
    if constexpr (key_cannot_throw<KeyArgument> && noexcept(make())) {
      return create(looked_up, key_arguments(std::forward<KeyArgument>(key)), made_by_call(make),
                    created);
    } else {
      // A constructor that threw inside the table would corrupt it: look first, make, then move in.
      if (auto at = this->find(looked_up); at != this->end()) return at;
      stored<Key> made_key = make_stored<Key>(std::forward<KeyArgument>(key));
      stored<Value> made = make();
      const auto move_in = [&]() noexcept { return stored<Value>(std::move(made)); };
      return create(absent{looked_up.hash}, std::forward_as_tuple(std::move(made_key)),
                    made_by_call(move_in), created);
    }
  }

  // Likewise; a new slot has `waiting` as its only waiter.
  template <class Lookup, class KeyArgument>
  iterator find_or_create_waiting(hashed<Lookup> looked_up, KeyArgument&& key, waiter_node& waiting,
                                  bool& created) {
    if constexpr (key_cannot_throw<KeyArgument>) {
      return create(looked_up, key_arguments(std::forward<KeyArgument>(key)), waiting, created);
    } else {
      if (auto at = this->find(looked_up); at != this->end()) return at;
      stored<Key> made_key = make_stored<Key>(std::forward<KeyArgument>(key));
      return create(absent{looked_up.hash}, std::forward_as_tuple(std::move(made_key)), waiting,
                    created);
    }
  }

 private:
  template <class KeyArgument>
  static constexpr bool key_cannot_throw =
      moves_in_place<Key> && std::is_nothrow_constructible_v<Key, KeyArgument>;

  template <class KeyArgument>
  static auto key_arguments(KeyArgument&& key) noexcept {
    return std::tuple<const std::in_place_t&, KeyArgument&&>(std::in_place,
                                                             std::forward<KeyArgument>(key));
  }
  template <class Make>
  static auto made_by_call(Make& make) noexcept {
    return typename slot<Value>::template made_by<Make>{make};
  }

  // An iterator beside a flag in one struct would be put together in memory by g++ 12.
  template <class Lookup, class KeyArguments, class SlotArgument>
  iterator create(const Lookup& looked_up, KeyArguments&& key, SlotArgument&& argument,
                  bool& created) {
    return this->lazy_emplace(looked_up, [&](const auto& construct) {
      created = true;
      construct(std::piecewise_construct, std::forward<KeyArguments>(key),
                std::forward_as_tuple(std::forward<SlotArgument>(argument)));
    });
  }
};

}  // namespace waitmap::detail
