// claim_node: a claim, in the list of its key's waiters; and follower_waiter, to which it may pass.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <source_location>
#include <utility>
#include <version>

#if defined(__cpp_lib_jthread)
#include <stop_token>
#endif

#include <wait_map/detail/delivery.hpp>
#include <wait_map/detail/resume.hpp>
#include <wait_map/detail/waiter.hpp>

namespace waitmap::detail {

#if defined(__cpp_lib_jthread)
// Tells those who work for a claim that nobody waits for it any more. A ready_list brings it out of the lock.
class unwanted_notice : public waiter_node, public deferred_call {
 public:
  unwanted_notice() : waiter_node(waiter_kind::notice), deferred_call(&tell) {}

  std::stop_token token() const { return source_.get_token(); }

 private:
  static void tell(deferred_call& base) noexcept {
    const std::unique_ptr<unwanted_notice> self(static_cast<unwanted_notice*>(&base));
    self->source_.request_stop();
  }

  std::stop_source source_;
};
#endif

// Stands in front of the waiters while the key is claimed. The claim may pass from one holder to the next:
// each of them has the node and a ticket, and the one whose ticket is the node's holds the claim.
//
// | the holder      | the node                                     | the ticket |
// |-----------------|----------------------------------------------|------------|
// | lets go         | goes to the oldest follower, or ends         | stays      |
// | is revoked      | likewise; both have it until the holder goes | changes    |
// | is overtaken    | ends: a value has come                       | stays      |
//
// All but the ticket, the owners, the state and the end is used under the shard's lock. The end is read without it
// when the state says that the claim is over.
template <class Policy>
class claim_node : public waiter<Policy> {
 public:
  explicit claim_node(std::source_location taken_at) noexcept
      : waiter<Policy>(waiter_kind::claim), where(taken_at) {}
  claim_node(const claim_node&) = delete;
#if defined(__cpp_lib_jthread)
  ~claim_node() { delete unwanted; }
#endif

  // acquire: partner of the release in change_ticket()
  std::uint32_t ticket() const noexcept { return ticket_.load(std::memory_order_acquire); }
  std::uint32_t next_ticket() const noexcept { return ticket() + 1; }
  void change_ticket() noexcept { ticket_.store(next_ticket(), std::memory_order_release); }

  void retain() noexcept { owners_.fetch_add(1, std::memory_order_relaxed); }
  // acq_rel: what each owner did happens before the last one frees the node
  void release() noexcept {
    if (owners_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

  std::source_location where;                 // where its holder has taken it
  waiter<Policy>* oldest_follower = nullptr;  // in the list behind it
  bool left_alone = false;                    // the last who waited has left, once
  bool was_told = false;                      // its holder has a token that is stopped
#if defined(__cpp_lib_jthread)
  unwanted_notice* unwanted = nullptr;  // made when the holder asks for it, until it is sent
#endif

 private:
  typename Policy::template atomic<std::uint32_t> ticket_{0};
  typename Policy::template atomic<std::uint32_t> owners_{1};
};

// One holding of a claim, of which there is at most one for a key; or none.
struct computation_id {
  const void* node = nullptr;
  std::uint32_t ticket = 0;

  explicit operator bool() const noexcept { return node != nullptr; }
  friend bool operator==(const computation_id&, const computation_id&) = default;
};

// What a holder has of a claim; or nothing.
template <class Policy>
class claim_hold {
 public:
  claim_hold() noexcept = default;
  // Takes over one of the node's owners.
  claim_hold(claim_node<Policy>& node, std::uint32_t ticket) noexcept
      : node_(&node), ticket_(ticket) {}
  claim_hold(claim_hold&& other) noexcept
      : node_(std::exchange(other.node_, nullptr)), ticket_(other.ticket_) {}
  claim_hold& operator=(claim_hold&&) = delete;
  ~claim_hold() {
    if (node_ != nullptr) node_->release();
  }

  void swap(claim_hold& other) noexcept {
    std::swap(node_, other.node_);
    std::swap(ticket_, other.ticket_);
  }
  // To who holds the claim next.
  void give_up() noexcept { node_ = nullptr; }

  claim_node<Policy>* node() const noexcept { return node_; }
  std::uint32_t ticket() const noexcept { return ticket_; }
  bool was_revoked() const noexcept { return node_->ticket() != ticket_; }
  // For certain under the lock; without it, false for certain: and then the map may be gone.
  bool holds() const noexcept {
    return node_ != nullptr && node_->state() == waiter_state::linked && !was_revoked();
  }

 private:
  claim_node<Policy>* node_ = nullptr;
  std::uint32_t ticket_ = 0;
};

// The waiter of claim_or_wait(): an observer that also takes the claim, when that comes to it.
template <class Value, class Policy>
class follower_waiter : public value_waiter<Value, Policy> {
 public:
  follower_waiter(std::source_location called_at, waiter_role whose) noexcept
      : value_waiter<Value, Policy>(called_at, waiter_kind::follower, whose) {}
  follower_waiter(follower_waiter&& idle) noexcept : value_waiter<Value, Policy>(std::move(idle)) {}

  // While it is linked; under the lock.
  claim_node<Policy>* followed = nullptr;
  // Where `end` is `claimed`, until it is taken out.
  claim_hold<Policy> hold;

  void take_hold(claim_node<Policy>& node, std::uint32_t ticket) noexcept {
    claim_hold<Policy>(node, ticket).swap(hold);
    this->end = wait_end::claimed;
  }
};

}  // namespace waitmap::detail
