// table: absl::flat_hash_map from K to slot<V>, looked up with a hash that was computed before.
#pragma once

#include <atomic>
#include <concepts>
#include <cstddef>
#include <limits>
#include <new>
#include <tuple>
#include <type_traits>
#include <utility>

#include <absl/container/flat_hash_map.h>

#include <wait_map/detail/annotations.hpp>
#include <wait_map/detail/fatal.hpp>
#include <wait_map/detail/key.hpp>
#include <wait_map/detail/slot.hpp>
#include <wait_map/detail/stored.hpp>
#include <wait_map/detail/waiter.hpp>

namespace waitmap::detail {

// A waiter that stands first or last in the list of a slot. The slot is found by the waiter's hash and
// by its address: no key is read, and no hash or equality of the user's runs.
struct at_an_end {
  const waiter_node& waiting;
};

#ifndef NDEBUG
// The waiter that the thread looks for in a table. In builds with assertions newer abseils hash the element
// that they have found: it has the hash of this waiter, and the user's hash need not run.
inline constinit thread_local const waiter_node* sought_waiter = nullptr;
#endif

// The table's hasher: hands a computed hash through; hashes stored keys when the table grows.
template <class Key, class Hash>
struct table_hash {
  using is_transparent = void;

  WAIT_MAP_NO_UNIQUE_ADDRESS Hash hash;

  // All tables of a map have the same: a Hash need not be assignable.
  friend void swap(table_hash&, table_hash&) noexcept {}

  template <class Lookup>
  std::size_t operator()(const hashed<Lookup>& looked_up) const noexcept {
    return looked_up.hash.table_bits();
  }
  std::size_t operator()(absent key) const noexcept { return key.hash.table_bits(); }
  std::size_t operator()(at_an_end at) const noexcept { return at.waiting.hash.table_bits(); }
  std::size_t operator()(const table_key<Key>& kept) const noexcept {
#ifndef NDEBUG
    if (sought_waiter != nullptr) return sought_waiter->hash.table_bits();
#endif
    if constexpr (noexcept(hash_of(hash, kept.get()))) {
      return short_hash(hash_of(hash, kept.get())).table_bits();
    } else {
      try {
        return short_hash(hash_of(hash, kept.get())).table_bits();
      } catch (...) {
        fatal(
            "the hash of a key threw while a table grew; absl::flat_hash_map cannot survive that. "
            "Use a hash that does not throw for keys it has hashed before.");
      }
    }
  }
};

template <class Key, class Value, class Equal>
struct table_equal {
  using is_transparent = void;
  using element = std::pair<const table_key<Key>, slot<Value>>;

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
  bool operator()(const table_key<Key>& kept, at_an_end at) const noexcept {
    // A table compares the keys of its elements where they lie: the first member of a pair, beside
    // which lies the slot.
    return reinterpret_cast<const element&>(kept).second.has_at_an_end(at.waiting);
  }
  bool operator()(at_an_end at, const table_key<Key>& kept) const noexcept {
    return (*this)(kept, at);
  }
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
    if (count <= (std::numeric_limits<std::size_t>::max)() / sizeof(T)) {
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
                                 table_equal<Key, Value, Equal>,
                                 table_allocator<std::pair<const table_key<Key>, slot<Value>>>> {
  using base = typename table::flat_hash_map;

 public:
  using typename base::iterator;

  table(const Hash& hash, const Equal& equal)
      : base(0, table_hash<Key, Hash>{hash}, table_equal<Key, Value, Equal>{equal}) {}

  // Of an entry, with its control byte.
  static constexpr std::size_t entry_size = sizeof(typename base::value_type) + 1;

  // More than a table can have.
  static constexpr std::size_t most_entries =
      static_cast<std::size_t>((std::numeric_limits<std::ptrdiff_t>::max)()) / (4 * entry_size);

  // Whether there seems to be memory for a table with this many entries.
  static bool can_allocate(std::size_t entries) noexcept {
    if (entries > most_entries) return false;
    void* memory = ::operator new(entry_size * entries, std::nothrow);
    ::operator delete(memory);
    return memory != nullptr;
  }

  // Asks for the lines of the cache that a look-up of a key with this hash reads first.
  //
  // g++ 12 takes a function of only prefetches for pure, and drops calls of it: so abseil's is inlined here, and the
  // fence, which is no instruction, keeps this one.
  WAIT_MAP_FLATTEN void prefetch_for(short_hash hash) const noexcept {
    this->prefetch(absent{hash});
    std::atomic_signal_fence(std::memory_order_seq_cst);
  }

  // The slot in whose list this waiter is the first or the last. There is one.
  iterator find_by_address(const waiter_node& waiting) noexcept {
#ifndef NDEBUG
    sought_waiter = &waiting;
    const iterator found = this->find(at_an_end{waiting});
    sought_waiter = nullptr;
    return found;
#else
    return this->find(at_an_end{waiting});
#endif
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
      if constexpr (key_cannot_throw<KeyArgument>) {
        // The caller's key is moved from only when nothing can throw any more.
        stored<Value> made = make();
        const auto move_in = [&]() noexcept { return stored<Value>(std::move(made)); };
        return create(absent{looked_up.hash}, key_arguments(std::forward<KeyArgument>(key)),
                      made_by_call(move_in), created);
      } else {
        stored<Key> made_key = make_stored<Key>(std::forward<KeyArgument>(key));
        // NOLINTNEXTLINE(bugprone-use-after-move): it gets back what was moved out of it
        stored<Value> made = make_or_give_back(make, made_key, key);
        const auto move_in = [&]() noexcept { return stored<Value>(std::move(made)); };
        return create(absent{looked_up.hash}, std::forward_as_tuple(std::move(made_key)),
                      made_by_call(move_in), created);
      }
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

  // make(); where it throws, the caller's key gets back what was moved out of it.
  template <class Make, class KeyArgument>
  static stored<Value> make_or_give_back(Make&& make, stored<Key>& made_key, KeyArgument& key) {
    if constexpr (std::same_as<KeyArgument, Key> && std::is_move_assignable_v<Key>) {
      try {
        return make();
      } catch (...) {
        key = std::move(unwrap<Key>(made_key));
        throw;
      }
    } else {
      return make();
    }
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
