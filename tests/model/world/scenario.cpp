#include "scenario.hpp"

#include <array>
#include <cctype>
#include <stdexcept>
#include <utility>

#include "../spec/reference_map.hpp"

namespace model {
namespace {

struct known_action {
  action what;
  const char* name;
  enum { nothing, key, waiter, claim } concerns;
};

constexpr std::array known_actions{
    known_action{action::wait, "wait", known_action::key},
    known_action{action::wait_result, "wait_result", known_action::key},
    known_action{action::wait_with, "wait_with", known_action::key},
    known_action{action::wait_modify, "wait_modify", known_action::key},
    known_action{action::wait_throwing, "wait_throwing", known_action::key},
    known_action{action::take, "take", known_action::key},
    known_action{action::subscribe, "subscribe", known_action::key},
    known_action{action::subscribe_take, "subscribe_take", known_action::key},
    known_action{action::compute, "compute", known_action::key},
    known_action{action::blocking_wait, "blocking_wait", known_action::key},
    known_action{action::blocking_wait_until, "blocking_wait_until", known_action::key},
    known_action{action::claim_or_wait, "claim_or_wait", known_action::key},
    known_action{action::claim_and_fulfil, "claim_and_fulfil", known_action::key},
    known_action{action::claim_and_drop, "claim_and_drop", known_action::key},
    known_action{action::blocking_claim, "blocking_claim", known_action::key},
    known_action{action::wait_all, "wait_all", known_action::nothing},
    known_action{action::subscribe_all, "subscribe_all", known_action::nothing},
    known_action{action::wait_any, "wait_any", known_action::nothing},
    known_action{action::take_any, "take_any", known_action::nothing},
    known_action{action::insert, "insert", known_action::key},
    known_action{action::insert_or_assign, "insert_or_assign", known_action::key},
    known_action{action::exchange, "exchange", known_action::key},
    known_action{action::update, "update", known_action::key},
    known_action{action::deliver, "deliver", known_action::key},
    known_action{action::erase, "erase", known_action::key},
    known_action{action::extract, "extract", known_action::key},
    known_action{action::invalidate, "invalidate", known_action::key},
    known_action{action::get, "get", known_action::key},
    known_action{action::contains, "contains", known_action::key},
    known_action{action::waiting, "waiting", known_action::key},
    known_action{action::clear, "clear", known_action::nothing},
    known_action{action::cancel, "cancel", known_action::key},
    known_action{action::cancel_all, "cancel_all", known_action::nothing},
    known_action{action::close, "close", known_action::nothing},
    known_action{action::fail, "fail", known_action::key},
    known_action{action::claim, "claim", known_action::key},
    known_action{action::fulfil, "fulfil", known_action::claim},
    known_action{action::break_claim, "break_claim", known_action::claim},
    known_action{action::drop_claim, "drop_claim", known_action::claim},
    known_action{action::unwanted, "unwanted", known_action::claim},
    known_action{action::stop, "stop", known_action::waiter},
    known_action{action::stop_parent, "stop_parent", known_action::waiter},
    known_action{action::destroy, "destroy", known_action::waiter},
    known_action{action::destroy_map, "destroy_map", known_action::nothing},
    known_action{action::after, "after", known_action::waiter},
    known_action{action::run_posted, "run_posted", known_action::nothing},
    known_action{action::fail_here, "throw", known_action::nothing},
    known_action{action::leads, "leads", known_action::waiter},
};

// The others would prove nothing more, and take their time to compile.
bool can_be_child(action what) {
  switch (what) {
    case action::wait:
    case action::take:
    case action::claim_or_wait:
    case action::claim_and_fulfil:
    case action::claim_and_drop:
    case action::subscribe:
    case action::subscribe_take:
      return true;
    default:
      return waits_for_all_keys(what);
  }
}

// A recursive descent through the text.
class parser {
 public:
  explicit parser(std::string_view text) : rest_(text) {}

  scenario parse() {
    while (accept("[")) parse_setting();
    do {
      scenario_.threads.push_back(parse_operations());
    } while (accept("|"));
    if (!rest_.empty()) fail("end of text");
    if (scenario_.waiters > reference_map::most_waiters) fail("fewer waits");
    if (claimed_keys_.size() > claims_of_waits) fail("fewer claims");
    scenario_.awaited.resize(scenario_.stoppable.size());
    scenario_.counts_as_two.resize(scenario_.stoppable.size());
    for (const auto& thread : scenario_.threads) check_waiters(thread);
    return std::move(scenario_);
  }

 private:
  [[noreturn]] void fail(const std::string& expected) const {
    throw std::invalid_argument("scenario: expected " + expected + " at: " + std::string(rest_));
  }

  void skip_spaces() {
    while (!rest_.empty() && rest_.front() == ' ') rest_.remove_prefix(1);
  }
  bool accept(std::string_view token) {
    skip_spaces();
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    skip_spaces();
    return true;
  }
  void expect(std::string_view token) {
    if (!accept(token)) fail(std::string(token));
  }
  std::string_view word() {
    skip_spaces();
    std::size_t length = 0;
    while (length < rest_.size() &&
           (std::isalnum(static_cast<unsigned char>(rest_[length])) || rest_[length] == '_')) {
      ++length;
    }
    const std::string_view found = rest_.substr(0, length);
    rest_.remove_prefix(length);
    skip_spaces();
    return found;
  }

  void parse_setting() {
    if (accept("2 shards")) {
      scenario_.shards = 2;
    } else if (accept("immediate")) {
      scenario_.resumer = resumer_kind::immediate;
    } else if (accept("posting")) {
      scenario_.resumer = resumer_kind::posting;
    } else if (accept("real time")) {
      scenario_.real_time = true;
    } else {
      fail("a setting");
    }
    expect("]");
  }

  std::vector<operation> parse_operations() {
    std::vector<operation> all;
    do {
      all.push_back(parse_operation());
    } while (accept(";"));
    return all;
  }

  operation parse_operation() {
    const std::string_view name = word();
    for (const known_action& known : known_actions) {
      if (name == known.name) return parse_rest_of(known);
    }
    fail("an action instead of " + std::string(name));
  }

  operation parse_rest_of(const known_action& known) {
    operation made;
    made.what = known.what;
    if (known.concerns == known_action::key) {
      const std::string_view key = word();
      if (key != "a" && key != "b") fail("key a or b");
      made.key = key == "a" ? 0 : 1;
    }
    if (known.concerns == known_action::waiter) {
      expect("#");
      made.waiter = word()[0] - '0';
    }
    if (known.concerns == known_action::claim) {
      expect("!");
      made.waiter = word()[0] - '0';
      if (made.waiter >= static_cast<int>(claimed_keys_.size())) fail("the number of a claim");
      made.key = claimed_keys_[static_cast<std::size_t>(made.waiter)];
    }
    if (made.what == action::claim) {
      made.waiter = static_cast<int>(claimed_keys_.size());
      claimed_keys_.push_back(made.key);
    }
    if (begins_wait(made.what)) {
      made.waiter = scenario_.waiters++;
      made.stoppable = accept("stoppable");
      made.child = accept("child");
      made.moved = accept("moved");
      if (made.child && !can_be_child(made.what)) fail("a wait that can be a child's");
      if (made.moved && (made.what == action::compute || blocks(made.what))) {
        fail("a wait that can be moved");
      }
      scenario_.stoppable.push_back(made.stoppable);
      scenario_.child.push_back(made.child);
      if (waits_for_all(made.what)) {
        ++scenario_.waiters;
        scenario_.stoppable.push_back(false);
        scenario_.child.push_back(false);
      }
      if (made.what == action::compute || made.what == action::claim_and_fulfil)
        made.value = next_value_++;
      if (accept("(")) {
        made.before = parse_operations();
        expect(")");
      }
      if (accept("{")) {
        made.then = parse_operations();
        made.exits = made.then.back().what == action::fail_here;
        if (made.exits) made.then.pop_back();
        if (made.exits && (made.what == action::compute || blocks(made.what))) {
          fail("another wait in front of { throw }");
        }
        expect("}");
      }
      if (accept("->")) {
        made.next.push_back(parse_operation());
        if (made.next[0].what != made.what || made.next[0].stoppable != made.stoppable ||
            made.next[0].child != made.child)
          fail("a wait of the same kind");
      }
    } else {
      made.value = next_value_++;
    }
    return made;
  }

  void check_waiters(const std::vector<operation>& operations) {
    for (const operation& each : operations) {
      const auto waiter = static_cast<std::size_t>(each.waiter);
      const bool concerns_wait = each.what == action::stop || each.what == action::stop_parent ||
                                 each.what == action::destroy || each.what == action::after ||
                                 each.what == action::leads;
      scenario_.actions |= std::uint64_t{1} << static_cast<unsigned>(each.what);
      if (concerns_wait && each.waiter >= scenario_.waiters) fail("the number of a wait");
      if (each.what == action::stop && !scenario_.stoppable[waiter])
        fail("the number of a stoppable wait");
      if (each.what == action::stop_parent && !scenario_.child[waiter])
        fail("the number of a child's wait");
      if (each.what == action::after) scenario_.awaited[waiter] = true;
      if (waits_for_all(each.what)) scenario_.counts_as_two[waiter] = true;
      if (waits_for_all_keys(each.what)) scenario_.waits_for_all_keys = true;
      if (waits_for_any(each.what)) ++scenario_.waits_for_any;
      check_waiters(each.before);
      check_waiters(each.then);
      check_waiters(each.next);
    }
  }

  std::string_view rest_;
  scenario scenario_;
  std::vector<int> claimed_keys_;
  int next_value_ = 10;
};

}  // namespace

scenario parse_scenario(std::string_view text) {
  scenario parsed = parser(text).parse();
  parsed.text = text;
  return parsed;
}

const char* name_of(action what) {
  for (const known_action& known : known_actions) {
    if (known.what == what) return known.name;
  }
  return "?";
}

}  // namespace model
