#include "single_flight.hpp"

#include "../engine/scheduler.hpp"

namespace model {

single_flight::single_flight(const scenario& played)
    : inserts_(played.has(action::insert, action::insert_or_assign, action::exchange,
                          action::update, action::fulfil)),
      removes_(played.has(action::erase, action::extract, action::clear, action::invalidate,
                          action::take, action::subscribe_take, action::take_any)),
      replaces_(played.has(action::insert_or_assign, action::exchange, action::wait_modify,
                           action::deliver)),
      cancels_(played.has(action::cancel, action::cancel_all)),
      closes_(played.has(action::close, action::destroy_map)),
      fails_(played.has(action::fail, action::break_claim)),
      claims_(played.has(action::claim, action::claim_or_wait)) {}

single_flight::call::call(single_flight& all, const operation& asking) : key_(all.of(asking)) {
  ++key_.asked;
  ++key_.asking;
}

single_flight::call::~call() { --key_.asking; }

single_flight::computation::computation(single_flight& all, const operation& caller)
    : all_(all), caller_(caller) {
  flight& key = all.of(caller);
  check(key.computing <= key.revoked || all.inserts_, "two callers compute at once");
  check(key.succeeded == 0 || all.removes_, "a value is computed again");
  ++key.computed;
  ++key.computing;
  all.leads_[static_cast<std::size_t>(caller.waiter)] = true;
}

single_flight::computation::~computation() {
  --all_.of(caller_).computing;
  all_.leads_[static_cast<std::size_t>(caller_.waiter)] = false;
}

void single_flight::computation::succeeds() { ++all_.of(caller_).succeeded; }

void single_flight::computation::fails(int followers) {
  ++all_.of(caller_).failed;
  all_.of(caller_).told += followers;
}

void single_flight::check_result(const operation& asked, int result) {
  flight& key = of(asked);
  switch (result) {
    case outcome::error:
      return check(key.failed != 0 || fails_, "a caller fails although no factory did");
    case outcome::stopped:
      return check(asked.stoppable || key.failed != 0, "a caller is stopped that cannot be");
    case outcome::cancelled:
      return check(cancels_, "a caller is cancelled by nobody");
    case outcome::closed:
      return check(closes_, "a caller finds a map closed that is open");
    default:
      break;
  }
  check(result >= 0, "a caller is abandoned");
  check(key.succeeded != 0 || inserts_ || replaces_, "a value comes from nowhere");
  if (key.value != none && !removes_ && !replaces_)
    check(key.value == result, "two callers get different values");
  key.value = result;
}

void single_flight::check_end() const {
  for (const flight& key : flights_) {
    check(key.asking == 0 || key.computing != 0 || claims_,
          "callers wait for a value that nobody computes");
    // Who was told that a factory failed has not tried again.
    if (!inserts_ && !claims_ && key.revoked == 0)
      check(key.computed + key.told <= key.asked, "a follower was not told that its leader failed");
  }
}

void single_flight::check_value(int key, int value) const {
  const flight& its = flights_[static_cast<std::size_t>(key)];
  check(value == none || its.asked == 0 || its.succeeded != 0 || inserts_, "a failure is cached");
  if (its.value != none && !removes_ && !replaces_ && !closes_)
    check(its.value == value, "a caller got another value than the map has");
}

}  // namespace model
