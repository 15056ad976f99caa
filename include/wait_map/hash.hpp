// default_hash and default_equal: absl's hash and ==, and for string keys every string-like type.
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
  using is_avalanching = void;

  std::size_t operator()(const Key& key) const
    requires requires { absl::Hash<Key>{}(key); }
  {
    return absl::Hash<Key>{}(key);
  }
};

template <detail::string_key Key>
struct default_hash<Key> {
  using is_avalanching = void;
  using is_transparent = void;

  std::size_t operator()(std::string_view key) const noexcept {
    return absl::Hash<absl::string_view>{}(detail::as_absl(key));
  }
};

/// The equality that a wait_map uses unless told otherwise: ==, transparent for string keys.
template <class Key>
struct default_equal {
  bool operator()(const Key& left, const Key& right) const
      noexcept(noexcept(static_cast<bool>(left == right)))
    requires requires { static_cast<bool>(left == right); }
  {
    return static_cast<bool>(left == right);
  }
};

template <detail::string_key Key>
struct default_equal<Key> {
  using is_transparent = void;

  bool operator()(std::string_view left, std::string_view right) const noexcept {
    return left == right;
  }
};

}  // namespace waitmap
