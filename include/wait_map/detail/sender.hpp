// wait_sender: a wait as a sender of std::execution's.
#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

#include <wait_map/detail/awaiters.hpp>
#include <wait_map/detail/sender_library.hpp>

namespace waitmap::detail {

// Begin, called once when the sender is connected, makes the operation of what it keeps: as an rvalue it may
// give that away.
template <class Begin>
class [[nodiscard("a sender does nothing until it is connected and started")]] wait_sender {
  using operation = std::invoke_result_t<Begin>;
  using result = decltype(std::declval<operation&>().await_resume());

 public:
  using sender_concept = sender_tag;
  using completion_signatures = signatures_of<result>;
  template <class, class...>
  static consteval completion_signatures get_completion_signatures() noexcept {
    return {};
  }

  explicit wait_sender(Begin begin) : begin_(std::move(begin)) {}

  template <class Receiver>
  auto connect(Receiver receiver) && {
    return wait_state<operation, Receiver, receiver_access>(std::move(begin_)(),
                                                            std::move(receiver));
  }
  template <class Receiver>
    requires std::copy_constructible<Begin>
  auto connect(Receiver receiver) const& {
    return wait_state<operation, Receiver, receiver_access>(Begin(begin_)(), std::move(receiver));
  }

 private:
  Begin begin_;
};

}  // namespace waitmap::detail
