// stored<T>: what a table keeps of a key or value: T itself, or a box where moving T may throw.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace waitmap::detail {

// A T behind one pointer, so that it can be moved without an exception. Never empty but when moved
// from.
template <class T>
class boxed {
 public:
  template <class... Args>
  explicit boxed(std::in_place_t, Args&&... args) : pointer_(new T(std::forward<Args>(args)...)) {}

  T& operator*() noexcept { return *pointer_; }
  const T& operator*() const noexcept { return *pointer_; }

 private:
  std::unique_ptr<T> pointer_;
};

template <class T>
inline constexpr bool moves_in_place = std::is_nothrow_move_constructible_v<T>;

template <class T>
using stored = std::conditional_t<moves_in_place<T>, T, boxed<T>>;

// Throws what T's constructor throws, and std::bad_alloc for a box.
template <class T, class... Args>
stored<T> make_stored(Args&&... args) noexcept(moves_in_place<T> &&
                                               std::is_nothrow_constructible_v<T, Args...>) {
  if constexpr (moves_in_place<T>) {
    return T(std::forward<Args>(args)...);
  } else {
    return boxed<T>(std::in_place, std::forward<Args>(args)...);
  }
}

// Types whose copies, moves and comparisons run no code but the standard library's: none of them calls a
// map.
template <class T>
inline constexpr bool calls_nobody = std::is_trivially_copyable_v<T>;
template <class Character>
inline constexpr bool calls_nobody<std::basic_string<Character>> = true;
template <class T>
inline constexpr bool calls_nobody<std::shared_ptr<T>> = true;
template <class T, class Deleter>
inline constexpr bool calls_nobody<std::unique_ptr<T, Deleter>> = true;
template <class T>
inline constexpr bool calls_nobody<std::vector<T>> = calls_nobody<T>;

// Whether `value = argument` may take the place of a new value: it has no effect where it throws, and neither it
// nor what it frees runs code but the standard library's.
template <class T, class Argument>
inline constexpr bool assigned_in_place = false;
template <class Character, class Argument>
inline constexpr bool assigned_in_place<std::basic_string<Character>, Argument> =
    std::is_same_v<std::remove_cvref_t<Argument>, std::basic_string<Character>> ||
    std::is_same_v<std::remove_cvref_t<Argument>, std::basic_string_view<Character>> ||
    std::is_same_v<std::decay_t<Argument>, const Character*> ||
    std::is_same_v<std::decay_t<Argument>, Character*>;

template <class T>
T& unwrap(T& kept) noexcept {
  return kept;
}
template <class T>
const T& unwrap(const T& kept) noexcept {
  return kept;
}
template <class T>
T& unwrap(boxed<T>& kept) noexcept {
  return *kept;
}
template <class T>
const T& unwrap(const boxed<T>& kept) noexcept {
  return *kept;
}

}  // namespace waitmap::detail
