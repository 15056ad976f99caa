/// @file
/// default_hash and default_equal: absl's hash and ==, and for string keys every string-like type.
#pragma once

#include <wait_map/version.hpp>

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>

#include <absl/hash/hash.h>
#include <absl/strings/string_view.h>

namespace waitmap {

namespace detail {

template <class T>
concept string_key = std::same_as<T, std::string> || std::same_as<T, std::string_view>;

// absl::string_view is not std's in every build of abseil; hashing through it works with each.
inline absl::string_view as_absl(std::string_view text) noexcept {
  return absl::string_view(text.data(), text.size());
}

// A hash whose every bit depends on every bit of the key says so with this member type, as the
// hashes of Boost.Unordered and unordered_dense do. Others are mixed before their bits choose a
// shard.
template <class Hash>
concept avalanching_hash = requires { typename Hash::is_avalanching; };

template <class Function>
concept transparent = requires { typename Function::is_transparent; };

}  // namespace detail

/// The hash that a wait_map uses unless told otherwise: absl::Hash. For string keys it is
/// transparent: a std::string_view or a literal is looked up without making a std::string.
template <class Key>
struct default_hash {
  /// Every bit of a hash depends on every bit of the key.
  using is_avalanching = void;

  /// Returns: the hash of the key.
  std::size_t operator()(const Key& key) const
    requires requires { absl::Hash<Key>{}(key); }
  {
    return absl::Hash<Key>{}(key);
  }
};

/// The same for string keys: std::string and std::string_view.
template <detail::string_key Key>
struct default_hash<Key> {
  /// Every bit of a hash depends on every bit of the key.
  using is_avalanching = void;
  /// Every type that converts to std::string_view is looked up as it is.
  using is_transparent = void;

  /// Returns: the hash of the characters, the same for all types of string.
  std::size_t operator()(std::string_view key) const noexcept {
    return absl::Hash<absl::string_view>{}(detail::as_absl(key));
  }
};

/// The equality that a wait_map uses unless told otherwise: ==, transparent for string keys.
template <class Key>
struct default_equal {
  /// Returns: left == right.
  bool operator()(const Key& left, const Key& right) const
      noexcept(noexcept(static_cast<bool>(left == right)))
    requires requires { static_cast<bool>(left == right); }
  {
    return static_cast<bool>(left == right);
  }
};

/// The same for string keys: std::string and std::string_view.
template <detail::string_key Key>
struct default_equal<Key> {
  /// Every type that converts to std::string_view is looked up as it is.
  using is_transparent = void;

  /// Returns: whether both have the same characters.
  bool operator()(std::string_view left, std::string_view right) const noexcept {
    return left == right;
  }
};

}  // namespace waitmap
