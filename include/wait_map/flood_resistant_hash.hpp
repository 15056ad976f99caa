/// @file
/// flood_resistant_hash: SipHash-1-3 with a secret of the process, for keys that an attacker may
/// choose.
#pragma once

#include <atomic>
#include <bit>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <random>
#include <ranges>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include <wait_map/detail/annotations.hpp>
#include <wait_map/detail/never.hpp>
#include <wait_map/hash.hpp>

namespace waitmap {

/// What an attacker must not know: the 128 bits that key a flood_resistant_hash.
struct hash_secret {
  std::uint64_t first;   ///< the first 64 bits
  std::uint64_t second;  ///< the other 64 bits
};

namespace detail {

// SipHash-c-d by Aumasson and Bernstein. The message comes in pieces and is never stored: up to
// seven bytes wait in tail_ for their word.
template <int Rounds, int FinalRounds>
class siphash {
 public:
  explicit constexpr siphash(hash_secret secret) noexcept
      : v0_(secret.first ^ 0x736f6d6570736575),
        v1_(secret.second ^ 0x646f72616e646f6d),
        v2_(secret.first ^ 0x6c7967656e657261),
        v3_(secret.second ^ 0x7465646279746573) {}

  // The lowest `count` bytes of `bytes`, one to eight, the lowest first; what is above them is
  // zero.
  constexpr void add(std::uint64_t bytes, unsigned count) noexcept {
    const auto used = static_cast<unsigned>(length_ % 8);
    length_ += count;
    tail_ |= bytes << (8 * used);
    if (used + count < 8) return;
    compress(tail_);
    tail_ = used == 0 ? 0 : bytes >> (8 * (8 - used));
  }

  void add(const unsigned char* bytes, std::size_t size) noexcept {
    for (; size >= 8; bytes += 8, size -= 8) {
      std::uint64_t word;
      std::memcpy(&word, bytes, 8);
      if constexpr (std::endian::native == std::endian::big) word = reversed(word);
      add(word, 8);
    }
    if (size == 0) return;
    std::uint64_t rest = 0;
    for (std::size_t at = 0; at != size; ++at) rest |= std::uint64_t{bytes[at]} << (8 * at);
    add(rest, static_cast<unsigned>(size));
  }

  constexpr std::uint64_t finish() noexcept {
    compress(tail_ | length_ << 56);
    v2_ ^= 0xff;
    for (int i = 0; i != FinalRounds; ++i) round();
    return v0_ ^ v1_ ^ v2_ ^ v3_;
  }

 private:
  static constexpr std::uint64_t reversed(std::uint64_t word) noexcept {
    std::uint64_t result = 0;
    for (int i = 0; i != 8; ++i, word >>= 8) result = result << 8 | (word & 0xff);
    return result;
  }

  constexpr void compress(std::uint64_t word) noexcept {
    v3_ ^= word;
    for (int i = 0; i != Rounds; ++i) round();
    v0_ ^= word;
  }

  constexpr void round() noexcept {
    v0_ += v1_;
    v1_ = std::rotl(v1_, 13) ^ v0_;
    v0_ = std::rotl(v0_, 32);
    v2_ += v3_;
    v3_ = std::rotl(v3_, 16) ^ v2_;
    v0_ += v3_;
    v3_ = std::rotl(v3_, 21) ^ v0_;
    v2_ += v1_;
    v1_ = std::rotl(v1_, 17) ^ v2_;
    v2_ = std::rotl(v2_, 32);
  }

  std::uint64_t v0_, v1_, v2_, v3_;
  std::uint64_t tail_ = 0;
  std::uint64_t length_ = 0;
};

// Zero until it is drawn. Two words that are set one by one: whichever thread sets a word first,
// all threads read that one. So no guard is needed, and a map may be made before main begins.
WAIT_MAP_ONE_PER_PROGRAM inline constinit std::atomic<std::uint64_t> process_secret[2] = {};

inline std::uint64_t secret_word(std::atomic<std::uint64_t>& word) {
  // relaxed: nothing but the word itself is read by whoever sees it
  std::uint64_t found = word.load(std::memory_order_relaxed);
  if (found != 0) return found;
  std::random_device source;
  std::uint64_t drawn = 0;
  while (drawn == 0) drawn = std::uint64_t{source()} << 32 | (source() & 0xffffffffu);
  // relaxed: as above; the exchange alone decides whose word it is
  return word.compare_exchange_strong(found, drawn, std::memory_order_relaxed) ? drawn : found;
}

inline hash_secret secret_of_process() {
  return {secret_word(process_secret[0]), secret_word(process_secret[1])};
}

// Has what AbslHashValue may call, and no base of abseil's: so only the AbslHashValue of the user's
// type, or of abseil's types, is found with it. Not abseil's for types of std: those are hashed
// here, so that no member falls back on std::hash, which has no secret.
struct hash_state_probe {
  template <class... T>
  static hash_state_probe combine(hash_state_probe, const T&...);
  template <class T>
  static hash_state_probe combine_contiguous(hash_state_probe, const T*, std::size_t);
  template <class Iterator>
  static hash_state_probe combine_unordered(hash_state_probe, Iterator, Iterator);
};

template <class T>
concept has_absl_hash_value = requires(hash_state_probe (*state)(), const T& value) {
  { AbslHashValue(state(), value) } -> std::same_as<hash_state_probe>;
};

template <class T, class Char>
concept text_of = std::convertible_to<const T&, std::basic_string_view<Char>>;

template <class T>
concept text = text_of<T, char> || text_of<T, wchar_t> || text_of<T, char8_t> ||
               text_of<T, char16_t> || text_of<T, char32_t>;

template <class T>
concept tuple_like = requires { std::tuple_size<T>::value; };

template <class T>
concept smart_pointer = requires(const T& pointer) {
  typename T::element_type;
  { pointer.get() } -> std::convertible_to<const volatile void*>;
  requires std::same_as<T, std::shared_ptr<typename T::element_type>> ||
               requires { typename T::deleter_type; };
};

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
inline constexpr bool is_variant = false;
template <class... T>
inline constexpr bool is_variant<std::variant<T...>> = true;

// A range whose equal values have equal elements in the same order. (Unordered containers have not;
// a path is a range of paths.)
template <class T>
concept ordered_range = std::ranges::input_range<const T> && !requires { typename T::hasher; } &&
                        !std::same_as<std::ranges::range_value_t<const T>, T>;

template <class T>
concept unordered_range = std::ranges::input_range<const T> && requires { typename T::hasher; };

// Equal values have equal bytes, so that an array of them is written at once.
template <class T>
concept plain_bytes = (std::integral<T> || std::is_enum_v<T>) && !std::same_as<T, bool> &&
                      std::has_unique_object_representations_v<T>;

// What abseil wraps the size of its containers in.
template <class T>
concept wrapped_size =
    std::is_aggregate_v<T> && sizeof(T) == sizeof(std::size_t) && requires(const T& size) {
      { size.value } -> std::same_as<const std::size_t&>;
    };

// SipHash with the interface of abseil's hash states: what AbslHashValue gets as its first
// argument. Each value is written so that it can be read back from its end (a range, then its
// length): different keys are different messages. absl::HashState::Create asks for the base class.
class hash_state : public absl::HashState::template HashStateBase<hash_state> {
 public:
  explicit hash_state(hash_secret secret) noexcept : secret_(secret), sip_(secret) {}

  template <class... T>
  static hash_state combine(hash_state state, const T&... values) {
    (state.add(values), ...);
    return state;
  }

  template <class T>
  static hash_state combine_contiguous(hash_state state, const T* data, std::size_t size) {
    state.add_elements(data, size);
    return state;
  }

  // In whatever order: the sum of the elements' own hashes.
  template <class Iterator>
  static hash_state combine_unordered(hash_state state, Iterator begin, Iterator end) {
    std::uint64_t sum = 0;
    for (; begin != end; ++begin) {
      hash_state element(state.secret_);
      element.add(*begin);
      sum += element.finish();
    }
    state.add(sum);
    return state;
  }

  template <class Combiner>
  // NOLINTNEXTLINE(readability-identifier-naming): absl::HashState::Create asks for it by this name
  static hash_state RunCombineUnordered(hash_state state, Combiner combiner) {
    std::uint64_t sum = 0;
    combiner(hash_state(state.secret_), [&](hash_state& element) {
      sum += element.finish();
      element = hash_state(state.secret_);
    });
    state.add(sum);
    return state;
  }
  template <class Size>
  static hash_state combine_weakly_mixed_integer(hash_state state, Size size) {
    state.add(size);
    return state;
  }
  static hash_state combine_raw(hash_state state, std::uint64_t word) {
    state.add(word);
    return state;
  }

  template <class T>
  void add(const T& value) {
    if constexpr (std::is_array_v<T>) {
      add_elements(value, std::extent_v<T>);
    } else if constexpr (std::integral<T>) {
      add_integer(value);
    } else if constexpr (std::is_enum_v<T>) {
      add(static_cast<std::underlying_type_t<T>>(value));
    } else if constexpr (std::floating_point<T>) {
      add_float(value);
    } else if constexpr (std::is_null_pointer_v<T>) {
      add(std::uintptr_t{0});
    } else if constexpr (std::is_pointer_v<T>) {
      add(reinterpret_cast<std::uintptr_t>(value));
    } else if constexpr (has_absl_hash_value<T>) {
      *this = AbslHashValue(std::move(*this), value);
    } else if constexpr (text<T>) {
      add_text(value);
    } else if constexpr (is_optional<T>) {
      if (value) add(*value);
      add(value.has_value());
    } else if constexpr (is_variant<T>) {
      if (!value.valueless_by_exception()) {
        std::visit([this](const auto& alternative) { this->add(alternative); }, value);
      }
      add(value.index());
    } else if constexpr (std::same_as<T, std::monostate>) {
    } else if constexpr (ordered_range<T>) {
      add_range(value);
    } else if constexpr (unordered_range<T>) {
      *this = combine_unordered(std::move(*this), value.begin(), value.end());
      add(value.size());
    } else if constexpr (tuple_like<T>) {
      std::apply([this](const auto&... members) { (this->add(members), ...); }, value);
    } else if constexpr (smart_pointer<T>) {
      add(value.get());
    } else if constexpr (wrapped_size<T>) {
      add(value.value);
    } else {
      static_assert(
          never<T>,
          "flood_resistant_hash: give this type an AbslHashValue (std::hash has no secret)");
    }
  }

  void add_bytes(const void* bytes, std::size_t size) noexcept {
    sip_.add(static_cast<const unsigned char*>(bytes), size);
  }

  std::uint64_t finish() noexcept { return sip_.finish(); }

 private:
  template <class T>
  void add_integer(T value) noexcept {
    if constexpr (std::same_as<T, bool>) {
      sip_.add(value ? 1 : 0, 1);
    } else if constexpr (sizeof(T) <= 8) {
      sip_.add(static_cast<std::uint64_t>(static_cast<std::make_unsigned_t<T>>(value)), sizeof(T));
    } else {  // the compiler's 128 bits
      sip_.add(static_cast<std::uint64_t>(value), 8);
      sip_.add(static_cast<std::uint64_t>(value >> 64), 8);
    }
  }

  // 0.0 == -0.0. A long double has bytes that mean nothing, so it is taken apart.
  template <class T>
  void add_float(T value) noexcept {
    if (value == 0) value = 0;
    if constexpr (sizeof(T) == 4) {
      add(std::bit_cast<std::uint32_t>(value));
    } else if constexpr (sizeof(T) == 8) {
      add(std::bit_cast<std::uint64_t>(value));
    } else {
      int exponent = 0;
      if (std::isfinite(value)) value = std::frexp(value, &exponent);
      add(exponent);
      for (int part = 0; part != 3; ++part) {
        const auto high = static_cast<double>(value);
        add(high);
        value = std::isfinite(value) ? value - static_cast<T>(high) : T{0};
      }
    }
  }

  template <class T>
  void add_text(const T& value) noexcept {
    if constexpr (text_of<T, char>) {
      add_characters(std::string_view(value));
    } else if constexpr (text_of<T, wchar_t>) {
      add_characters(std::wstring_view(value));
    } else if constexpr (text_of<T, char8_t>) {
      add_characters(std::u8string_view(value));
    } else if constexpr (text_of<T, char16_t>) {
      add_characters(std::u16string_view(value));
    } else {
      add_characters(std::u32string_view(value));
    }
  }

  template <class Char>
  void add_characters(std::basic_string_view<Char> characters) noexcept {
    add_elements(characters.data(), characters.size());
    add(characters.size());
  }

  template <class T>
  void add_range(const T& range) {
    if constexpr (std::ranges::contiguous_range<const T> && std::ranges::sized_range<const T>) {
      add_elements(std::ranges::data(range), std::ranges::size(range));
      add(static_cast<std::size_t>(std::ranges::size(range)));
    } else {
      std::size_t length = 0;
      for (const std::ranges::range_value_t<const T>& element : range) {
        add(element);
        ++length;
      }
      add(length);
    }
  }

  template <class T>
  void add_elements(const T* data, std::size_t size) {
    if constexpr (plain_bytes<T>) {
      add_bytes(data, size * sizeof(T));
    } else {
      for (std::size_t at = 0; at != size; ++at) add(data[at]);
    }
  }

  hash_secret secret_;
  siphash<1, 3> sip_;
};

// Every bit counts, on machines of 32 bits too.
inline std::size_t folded(std::uint64_t hash) noexcept {
  if constexpr (sizeof(std::size_t) < sizeof(std::uint64_t)) hash ^= hash >> 32;
  return static_cast<std::size_t>(hash);
}

}  // namespace detail

/// A hash for keys that an attacker may choose: SipHash-1-3 with a secret that is drawn once per
/// process (a forked child has its parent's). Nobody can find keys that collide without knowing the secret.
/// default_hash does not promise that: some bytes collide there whatever its seed.
///
/// It takes numbers, enumerations, pointers, all strings, pairs, tuples, optionals, variants, every
/// range of these, and every type with an AbslHashValue. Other types are refused at compile time:
/// std::hash has no secret, so it is never asked. Like default_hash, it is transparent for string
/// keys: a std::string_view or a literal is looked up without making a std::string.
///
/// Threads: it may be made and called by any thread at any time, also before main.
/// Throws: the constructor without arguments throws what std::random_device throws where the system has
/// no random numbers to give. The call throws only what an AbslHashValue throws.
/// Cost: a few nanoseconds more than default_hash, more for long keys; no allocation.
template <class Key>
class flood_resistant_hash {
 public:
  /// Every bit of a hash depends on every bit of the key.
  using is_avalanching = void;

  /// Hashes with the secret of this process.
  flood_resistant_hash() : secret_(detail::secret_of_process()) {}

  /// Hashes with a secret that you keep: for tests, or to share it between processes.
  explicit flood_resistant_hash(hash_secret secret) noexcept : secret_(secret) {}

  /// Returns: the hash of the key.
  std::size_t operator()(const Key& key) const
      noexcept(std::is_arithmetic_v<Key> || std::is_enum_v<Key>) {
    detail::hash_state state(secret_);
    state.add(key);
    return detail::folded(state.finish());
  }

 private:
  hash_secret secret_;
};

/// The same for string keys: std::string and std::string_view.
template <detail::string_key Key>
class flood_resistant_hash<Key> {
 public:
  /// Every bit of a hash depends on every bit of the key.
  using is_avalanching = void;
  /// Every type that converts to std::string_view is looked up as it is.
  using is_transparent = void;

  /// Hashes with the secret of this process.
  flood_resistant_hash() : secret_(detail::secret_of_process()) {}
  /// Hashes with a secret that you keep: for tests, or to share it between processes.
  explicit flood_resistant_hash(hash_secret secret) noexcept : secret_(secret) {}

  /// Returns: the hash of the characters, the same for all types of string.
  std::size_t operator()(std::string_view key) const noexcept {
    detail::siphash<1, 3> sip(secret_);
    sip.add(reinterpret_cast<const unsigned char*>(key.data()), key.size());
    return detail::folded(sip.finish());
  }

 private:
  hash_secret secret_;
};

}  // namespace waitmap
