// never: false for every type. A static_assert that depends on it stops the compiler where a template is used, not
// where it is written.
#pragma once

namespace waitmap::detail {

template <class...>
inline constexpr bool never = false;

}  // namespace waitmap::detail
