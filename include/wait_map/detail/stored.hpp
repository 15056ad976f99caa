// stored<T>: what a table keeps of a key or value: T itself, or a box where moving T may throw.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

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
