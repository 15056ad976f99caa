// world: a real map and the reference, side by side. Bytes become operations on both; what they
// return, how each wait ends, who is resumed next, and what can be seen of the map after each step,
// must be the same.
//
// Every operation is done to the reference first: what the map then resumes, which may operate too,
// finds the reference as it should find the map.
#pragma once

#include <array>
#include <coroutine>
#include <cstddef>
#include <deque>
#include <exception>
#include <memory>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <utility>
#include <vector>
#include <version>
#if defined(__cpp_lib_jthread)
#include <stop_token>
#endif

#include <wait_map/wait_map.hpp>

#include "input.hpp"
#include "journal.hpp"
#include "operation.hpp"
#include "outcomes.hpp"
#include "reference.hpp"
#include "wait_forms.hpp"

namespace fuzz {

// `Setup` chooses the map: key_type, value_type (a support::counted), map_type; number_of(key); whether its
// resumer nests; and kept_keys(), how many keys the map keeps, where that can be told.
template <class Setup>
class world {
  using key_type = typename Setup::key_type;
  using value_type = typename Setup::value_type;
  using map_type = typename Setup::map_type;

 public:
  explicit world(input bytes) : in_(bytes), reference_(Setup::nests) {
    value_type::reset();
    for (int i = 0; i < reference::keys; ++i) keys_.emplace_back(i);
    bits how(in_.next());
    const std::size_t shards = how.below(2) == 0 ? 1 : 4;
    destroys_frames_first_ = how.below(2) == 1;
    map_ = std::make_unique<map_type>(waitmap::options{.shards = shards});
  }

  void run() {
    while (!in_.empty()) step();
    finish();
  }

 private:
  static constexpr std::size_t most_waits = 128;
  static constexpr int deepest = 16;

  struct wait : wait_arguments<key_type> {
    std::coroutine_handle<> frame{};
    int reactions = 0;        // how many steps the coroutine does when it goes on
    bool tells_place = true;  // the map was told where it was called
  };

  // Starts at once and frees its frame at its end. The wait that it is for knows its frame.
  struct coroutine {
    struct promise_type {
      template <class... Others>
      promise_type(world& in, int& number, Others&...) : its(in.wait_of(number)) {
        its.frame = std::coroutine_handle<promise_type>::from_promise(*this);
      }
      ~promise_type() { its.frame = nullptr; }
      coroutine get_return_object() noexcept { return {}; }
      std::suspend_never initial_suspend() noexcept { return {}; }
      std::suspend_never final_suspend() noexcept { return {}; }
      void return_void() noexcept {}
      void unhandled_exception() noexcept { std::terminate(); }

      wait& its;
    };
  };

  // Every other coroutine does its further steps while the operation that it awaited is still there.
  template <class Make>
  static coroutine sleep(world& self, int number, Make make) {
    try {
      auto operation = make(*self.map_, self.wait_of(number));
      if (subscribes(self.reference_.kind_of(number))) {
        std::suspend_always until_awaited;
        co_await until_awaited;
      }
      auto result = co_await operation;
      self.resumed(number, outcome_of(result));
      if constexpr (requires { result.claim; }) {
        self.keep(reference::claim_of_wait(number), std::move(result.claim));
      }
      if (number % 2 == 1) self.react(number);
    } catch (const expected_error&) {
      self.failed(number);
    }
    self.react(number);
  }

  void resumed(int number, const outcome& got) {
    journal_.add("wait # goes on", {number});
    const std::optional<outcome> expected = reference_.resume(number);
    if (!expected) {
      journal_.fail("wait " + to_text(number) + " goes on with " + to_text(got) +
                    ", but it is not its turn");
    }
    check_same("the outcome", *expected, got);
  }
  void failed(int number) {
    resumed(number, {.tells_why = reference_.tells_why(number),
                     .endings = {{waitmap::wait_status::failed}}});
  }
  void react(int number) {
    const journal::inner deeper(journal_);
    while (wait_of(number).reactions > 0 && !in_.empty() && journal_.depth() <= deepest) {
      --wait_of(number).reactions;
      step();
    }
    wait_of(number).reactions = 0;
  }

  // --- one operation -----------------------------------------------------------------------------

  void step() {
    constexpr int all = static_cast<int>(operation::number_of_operations);
    const int chosen = in_.next() % all;
    const auto what = static_cast<operation>(chosen);
    if (map_ == nullptr && !outlives_map(what)) return;
    bits how(in_.next());
    const int key = how.below(reference::keys);
    if (chosen < wait_kinds) {
      begin_wait(static_cast<wait_kind>(chosen), key);
    } else if (what == operation::begin_many) {
      begin_many(key, how);
    } else {
      perform(what, key, how);
    }
    compare();
  }

  void perform(operation what, int key, bits how) {
    switch (what) {
      case operation::await_subscription:
        return await_subscription(how);
      case operation::destroy_frame:
      case operation::destroy_frame_again:
        return destroy_frame(how);
      case operation::request_stop:
        return request_stop(how);
      case operation::update:
        return update(key);
      case operation::clear:
        return clear();
      case operation::cancel_all:
        return end_all(waitmap::wait_status::cancelled);
      case operation::fail_all:
        return end_all(waitmap::wait_status::failed);
      case operation::cancel_if:
        return end_some(waitmap::wait_status::cancelled, how);
      case operation::fail_if:
        return end_some(waitmap::wait_status::failed, how);
      case operation::close:
        if (how.below(8) == 7) close(waitmap::wait_status::closed);
        return;
      case operation::close_with_error:
        if (how.below(8) == 7) close(waitmap::wait_status::failed);
        return;
      case operation::try_claim:
        return try_claim(key, how.below(reference::claims));
      case operation::set_value:
      case operation::set_exception:
      case operation::drop_claim:
        return end_claim(what, how);
      case operation::survey:
        return survey();
      case operation::destroy_map:
        // Seldom, since little can be done after it; where others are still to be resumed, more often.
        if (how.below(reference_.in_call() ? 2 : 8) == 0) destroy_map();
        return;
      default:
        return perform_on_value(what, key);
    }
  }

  void perform_on_value(operation what, int key) {
    const key_type& real_key = keys_[index(key)];
    const int value = next_value();
    switch (what) {
      case operation::insert:
      case operation::insert_again:
        journal_.add("insert key #, value #", {key, value});
        return both([&] { return reference_.insert(key, value); },
                    [&](map_type& map) {
                      return offer(value,
                                   [&](auto&& v) { return map.insert(real_key, std::move(v)); });
                    });
      case operation::try_emplace:
        journal_.add("try_emplace key #, value #", {key, value});
        return both([&] { return reference_.insert(key, value); },
                    [&](map_type& map) { return map.try_emplace(real_key, value); });
      case operation::insert_or_assign:
        journal_.add("insert_or_assign key #, value #", {key, value});
        return both([&] { return reference_.assign(key, value); },
                    [&](map_type& map) {
                      return offer(value, [&](auto&& v) {
                        return map.insert_or_assign(real_key, std::move(v));
                      });
                    });
      case operation::deliver:
        journal_.add("deliver key #, value #", {key, value});
        return both([&] { return reference_.deliver(key, value); },
                    [&](map_type& map) {
                      return offer(value,
                                   [&](auto&& v) { return map.deliver(real_key, std::move(v)); });
                    });
      case operation::exchange:
        journal_.add("exchange key #, value #", {key, value});
        return both(
            [&] { return reference_.exchange(key, value); },
            [&](map_type& map) { return number_of(map.exchange(real_key, value_type(value))); });
      case operation::erase:
        journal_.add("erase key #", {key});
        return both([&] { return reference_.extract(key).has_value(); },
                    [&](map_type& map) { return map.erase(real_key); });
      case operation::erase_if:
        journal_.add("erase_if odd, key #", {key});
        return both([&] { return is_odd(reference_.get(key)) && reference_.extract(key); },
                    [&](map_type& map) {
                      return map.erase_if(real_key,
                                          [](const value_type& v) { return is_odd(v.number()); });
                    });
      case operation::erase_each_if:
        journal_.add("erase_if odd, all keys");
        return both([&] { return erase_odd(); },
                    [&](map_type& map) {
                      return map.erase_if(
                          [](const key_type&, const value_type& v) { return is_odd(v.number()); });
                    });
      case operation::extract:
        journal_.add("extract key #", {key});
        return both([&] { return reference_.extract(key); },
                    [&](map_type& map) { return number_of(map.extract(real_key)); });
      case operation::modify:
        journal_.add("modify key #", {key});
        return both(
            [&] { return reference_.modify(key); },
            [&](map_type& map) { return map.modify(real_key, functions<value_type>::change); });
      case operation::modify_each:
        journal_.add("modify_each");
        for (int each = 0; each < reference::keys; ++each) reference_.modify(each);
        return map_->modify_each(
            [](const key_type&, value_type& v) { functions<value_type>::change(v); });
      case operation::invalidate:
        journal_.add("invalidate key #", {key});
        return both([&] { return reference_.invalidate(key); },
                    [&](map_type& map) { return map.invalidate(real_key); });
      case operation::cancel:
        journal_.add("cancel key #", {key});
        return both([&] { return reference_.end_waits(key, waitmap::wait_status::cancelled); },
                    [&](map_type& map) { return map.cancel(real_key); });
      case operation::fail:
        journal_.add("fail key #", {key});
        return both([&] { return reference_.end_waits(key, waitmap::wait_status::failed); },
                    [&](map_type& map) { return map.fail(real_key, error()); });
      default:
        journal_.fail("no such operation");
    }
  }

  // Does it to both: a call that may resume, and whose answers must be the same.
  template <class Refer, class Act>
  void both(Refer refer, Act act) {
    reference_.begin_call();
    const auto expected = refer();
    const decltype(expected) got = act(*map_);
    check_same("what it returns", expected, got);
    end_call();
  }
  void end_call() {
    if (!reference_.end_call())
      journal_.fail("it returns, and a wait that it ended was not resumed");
  }
  template <class Result>
  void check_same(const char* what, const Result& expected, const Result& got) {
    if (expected == got) return;
    journal_.fail(std::string(what) + " should be: " + to_text(expected) +
                  ", but is: " + to_text(got));
  }

  // A value that is refused is not moved from, one that is accepted is.
  template <class Insert>
  waitmap::insert_result offer(int number, Insert insert) {
    value_type value(number);
    const waitmap::insert_result result = insert(std::move(value));
    check_same("the value that was handed in", result ? value_type::moved_from : number,
               value.number());
    return result;
  }

  void update(int key) {
    bits how(in_.next());
    entry_plan plan{.value = next_value()};
    for (entry_step& each : plan.steps) each = static_cast<entry_step>(how.below(4));
    plan.throws_at_end = how.below(4) == 3;
    next_value_ += 2;
    journal_.add("update key #, values from #", {key, plan.value});
    for (const entry_step each : plan.steps) journal_.add(name_of(each));
    if (plan.throws_at_end) journal_.add("  throw");
    both([&] { return reference_.update(key, plan); },
         [&](map_type& map) {
           try {
             return map.update(keys_[index(key)], [&](auto& entry) { return follow(plan, entry); });
           } catch (const expected_error&) {
             return update_threw;
           }
         });
  }
  static int follow(const entry_plan& plan, waitmap::entry<value_type>& entry) {
    int did = 0;
    int value = plan.value;
    for (std::size_t i = 0; i < plan.steps.size(); ++i, ++value) {
      const bool done = plan.steps[i] == entry_step::emplace  ? entry.emplace(value)
                        : plan.steps[i] == entry_step::assign ? entry.assign(value_type(value))
                        : plan.steps[i] == entry_step::erase  ? entry.erase()
                                                              : false;
      if (done) did |= 1 << i;
    }
    if (plan.throws_at_end) throw expected_error{};
    return did;
  }

  std::size_t erase_odd() {
    std::size_t erased = 0;
    for (int key = 0; key < reference::keys; ++key) {
      if (is_odd(reference_.get(key)) && reference_.extract(key)) ++erased;
    }
    return erased;
  }
  static bool is_odd(std::optional<int> number) { return number && *number % 2 == 1; }
  static std::optional<int> number_of(const std::optional<value_type>& value) {
    return value ? std::optional<int>(value->number()) : std::nullopt;
  }
  static std::exception_ptr error() { return std::make_exception_ptr(expected_error{}); }

  // --- waits -------------------------------------------------------------------------------------

  enum class stop_form { none, possible, requested_already };

  void begin_wait(wait_kind kind, int key) {
    bits how(in_.next());
    const auto stop = static_cast<stop_form>(how.below(3));
    const int reactions = how.below(4);
    std::vector<int> keys_of_it{key};
    if (waits_for_several(kind)) {
      bits others(in_.next());
      const std::size_t count = static_cast<std::size_t>(others.below(4));
      while (keys_of_it.size() < count) keys_of_it.push_back(others.below(reference::keys));
      if (count == 0) keys_of_it.clear();
    }
    begin_wait(kind, keys_of_it, stop, reactions);
  }

  // A list with many waiters, of one kind or of several.
  void begin_many(int key, bits how) {
    static constexpr wait_kind kinds[] = {wait_kind::wait, wait_kind::take, wait_kind::subscribe,
                                          wait_kind::claim_or_wait};
    const int count = 1 + how.below(12);
    const int rhythm = how.below(5);
    for (int i = 0; i < count; ++i) {
      begin_wait(rhythm < 4 ? kinds[rhythm] : kinds[i % 4], {key}, stop_form::none, 0);
    }
  }

  void begin_wait(wait_kind kind, const std::vector<int>& keys_of_it, stop_form stop,
                  int reactions) {
    if (waits_.size() == most_waits) return;
    const int number = static_cast<int>(waits_.size());
    wait& made = waits_.emplace_back();
    made.number = number;
    made.reactions = reactions;
    made.keys.reserve(keys_of_it.size());
    for (const int each : keys_of_it) made.keys.emplace_back(each);
    const bool stopped = stop == stop_form::requested_already;
    made.stoppable = stop != stop_form::none;
    if (stopped) made.source.request_stop();
    journal_.add(name_of(kind), {number});
    for (const int each : keys_of_it) journal_.add("  key #", {each});
    if (made.stoppable) journal_.add(stopped ? "  stopped already" : "  with a stop token");
    reference_.begin_wait(kind, keys_of_it, stopped);
    const auto start = [&](auto make) { sleep(*this, number, make); };
    if (has_plain_form(kind) && !made.stoppable) {
      made.tells_place = false;
      start_plain_form<Setup>(kind, start);
    } else {
      start_form<Setup>(kind, start);
    }
  }

  void await_subscription(bits how) {
    const std::optional<int> chosen =
        choose(how.below(64), [&](int n) { return reference_.is_unawaited(n); });
    if (!chosen) return;
    journal_.add("await wait #", {*chosen});
    reference_.await_subscription(*chosen);
    wait_of(*chosen).frame.resume();
  }

  // Linked, about to be resumed by a call that is being made, or subscribed and not awaited yet.
  void destroy_frame(bits how) {
    const std::optional<int> chosen =
        choose(how.below(64), [&](int n) { return reference_.is_suspended(n); });
    if (!chosen) return;
    destroy_frame_of(*chosen);
  }
  void destroy_frame_of(int number) {
    journal_.add("destroy wait #", {number});
    reference_.begin_call();  // a claim that has come to it passes on
    reference_.destroy(number);
    wait_of(number).frame.destroy();
    end_call();
  }

  void request_stop(bits how) {
    const bool also_over = how.below(4) == 3;
    const std::optional<int> chosen = choose(how.below(16), [&](int n) {
      return waits_[index(n)].stoppable && (also_over || reference_.is_suspended(n));
    });
    if (!chosen) return;
    journal_.add("stop wait #", {*chosen});
    reference_.begin_call();
    reference_.stop(*chosen);
    wait_of(*chosen).source.request_stop();
    end_call();
  }

  // The n-th of the waits for which the condition is true, counted from the newest, and round about.
  template <class Condition>
  std::optional<int> choose(int n, Condition condition) const {
    std::vector<int> candidates;
    for (int i = static_cast<int>(waits_.size()); i-- > 0;) {
      if (condition(i)) candidates.push_back(i);
    }
    if (candidates.empty()) return std::nullopt;
    return candidates[index(n) % candidates.size()];
  }

  // --- all waits ---------------------------------------------------------------------------------

  // The keys that are waited for, in the order in which the map looks at them: that is nobody's promise, and
  // whole-map operations end waits in that order.
  reference::all_keys waited_for() {
    reference::all_keys found;
    std::size_t claimed = 0;
    map_->for_each_waiting([&](const key_type& key, std::span<const std::source_location> places,
                               const std::source_location* claim) {
      const int number = Setup::number_of(key);
      const std::optional<int> holder = reference_.claim_on(number);
      check_same("whether it is claimed", holder.has_value(), claim != nullptr);
      if (holder) {
        ++claimed;
        check_same("the column of the claim", column_of_claim(*holder),
                   static_cast<int>(claim->column()));
      }
      if (!places.empty()) found.push_back(number);
      const std::vector<int> expected = reference_.waits_on(number);
      check_same("the number of places", expected.size(), places.size());
      for (std::size_t i = 0; i < places.size(); ++i) {
        if (!wait_of(expected[i]).tells_place) continue;
        check_same("the column of a place", static_cast<int>(place_of(expected[i]).column()),
                   static_cast<int>(places[i].column()));
      }
    });
    std::size_t expected = 0;
    std::size_t expected_claimed = 0;
    for (int key = 0; key < reference::keys; ++key) {
      expected += reference_.waiting(key) != 0;
      expected_claimed += reference_.claim_on(key).has_value();
    }
    check_same("the number of keys that are waited for", expected, found.size());
    check_same("the number of keys that are claimed", expected_claimed, claimed);
    return found;
  }
  static int column_of_claim(int number) {
    const int place = number < reference::claims ? number : number - reference::claims;
    return static_cast<int>(place_of(place).column());
  }
  void survey() {
    waited_for();
    std::size_t seen_values = 0;
    map_->for_each([&](const key_type& key, const value_type& value) {
      ++seen_values;
      check_same("a value seen by for_each", reference_.get(Setup::number_of(key)),
                 std::optional<int>(value.number()));
    });
    check_same("the number of values seen by for_each", reference_.size(), seen_values);
  }

  void clear() {
    const reference::all_keys these = waited_for();
    journal_.add("clear");
    reference_.begin_call();
    reference_.clear(these);
    map_->clear();
    end_call();
  }

  // Cancels them, or fails them.
  void end_all(waitmap::wait_status why) {
    const bool fails = why == waitmap::wait_status::failed;
    const reference::all_keys these = waited_for();
    journal_.add(fails ? "fail_all" : "cancel_all");
    both([&] { return reference_.end_waits(these, why); },
         [&](map_type& map) { return fails ? map.fail_all(error()) : map.cancel_all(); });
  }
  void end_some(waitmap::wait_status why, bits how) {
    const bool fails = why == waitmap::wait_status::failed;
    reference::all_keys these = waited_for();
    const int chosen = how.below(16);
    journal_.add(
        fails ? "fail_if, the keys are the bits of #" : "cancel_if, the keys are the bits of #",
        {chosen});
    std::erase_if(these, [&](int key) { return (chosen >> key & 1) == 0; });
    const auto choose_key = [&](const key_type& key) {
      return (chosen >> Setup::number_of(key) & 1) != 0;
    };
    both([&] { return reference_.end_waits(these, why); },
         [&](map_type& map) {
           return fails ? map.fail_if(choose_key, error()) : map.cancel_if(choose_key);
         });
  }

  void close(waitmap::wait_status why) {
    const bool fails = why == waitmap::wait_status::failed;
    const reference::all_keys these = waited_for();
    journal_.add(fails ? "close, with an error" : "close");
    both([&] { return reference_.close(these, why); },
         [&](map_type& map) { return fails ? map.close(error()) : map.close(); });
  }

  void destroy_map() {
    const reference::all_keys these = waited_for();
    journal_.add("destroy the map");
    reference_.begin_call();
    reference_.destroy_map(these);
    delete map_.release();  // what it resumes finds no map
    end_call();
  }

  // --- claims ------------------------------------------------------------------------------------

  void try_claim(int key, int number) {
    if (reference_.is_engaged(number)) return;
    journal_.add("claim #: try_claim key #", {number, key});
    both([&] { return reference_.try_claim(number, key); },
         [&](map_type& map) {
           keep(number, map.try_claim(keys_[index(key)], place_of(number)));
           return static_cast<bool>(claims_[index(number)]);
         });
  }

  void keep(int number, typename map_type::claim_type&& claim) {
    auto& place = claims_[index(number)];
    place = std::move(claim);
#if defined(__cpp_lib_jthread)
    if (!place) return;
    reference_.ask_unwanted(number);
    unwanted_[index(number)] = place.unwanted();
#endif
  }
  void compare_claims() {
#if defined(__cpp_lib_jthread)
    for (int i = 0; i < static_cast<int>(claims_.size()); ++i) {
      if (!claims_[index(i)]) continue;
      check_same("whether it is unwanted", reference_.is_unwanted(i),
                 unwanted_[index(i)].stop_requested());
    }
#endif
  }

  // One of those that somebody has.
  void end_claim(operation what, bits how) {
    std::vector<int> engaged;
    for (int i = 0; i < static_cast<int>(claims_.size()); ++i) {
      if (claims_[index(i)]) engaged.push_back(i);
    }
    if (!engaged.empty()) end_claim(what, engaged[index(how.below(64)) % engaged.size()]);
  }
  void end_claim(operation what, int number) {
    auto& claim = claims_[index(number)];
    check_same("whether it is engaged", reference_.is_engaged(number), static_cast<bool>(claim));
    reference_.begin_call();
    if (what == operation::set_value) {
      const int value = next_value();
      journal_.add("claim #: set_value #", {number, value});
      const auto expected = reference_.fulfil(number, value);
      const auto got = offer(value, [&](auto&& v) { return claim.set_value(std::move(v)); });
      check_same("what it returns", expected, got);
    } else if (what == operation::set_exception) {
      journal_.add("claim #: set_exception", {number});
      const auto expected = reference_.fail_claim(number);
      check_same("what it returns", expected, claim.set_exception(error()));
    } else {
      journal_.add("claim #: drop", {number});
      reference_.let_go(number);
      claim = {};
    }
    end_call();
  }

  // --- what can be seen --------------------------------------------------------------------------

  void compare() {
    compare_claims();
    if (map_ == nullptr) return;
    const map_type& map = *map_;
    check_same("size()", reference_.size(), map.size());
    check_same("waiting()", reference_.waiting(), map.waiting());
    check_same("closed()", reference_.closed(), map.closed());
    for (int key = 0; key < reference::keys; ++key) {
      const key_type& real_key = keys_[index(key)];
      const std::optional<int> expected = reference_.get(key);
      check_same("get()", expected, number_of(map.get(real_key)));
      check_same("contains()", expected.has_value(), map.contains(real_key));
      check_same("waiting(key)", reference_.waiting(key), map.waiting(real_key));
    }
    if (const auto kept = Setup::kept_keys()) {
      check_same("the number of slots", reference_.slots(), *kept);
    }
  }

  // Ends all: nothing is left, and nobody was forgotten.
  void finish() {
    journal_.add("the end");
    if (destroys_frames_first_) destroy_all_frames();
    compare();
    if (map_ != nullptr) destroy_map();
    destroy_all_frames();  // of subscriptions that were never awaited
    for (int i = 0; i < static_cast<int>(claims_.size()); ++i) {
      if (claims_[index(i)]) end_claim(operation::drop_claim, i);
    }
    for (std::size_t i = 0; i < waits_.size(); ++i) {
      if (waits_[i].frame) journal_.fail("wait " + to_text(i) + " was never resumed");
    }
    check_same("the number of values alive", 0, value_type::alive);
  }
  void destroy_all_frames() {
    for (int i = 0; i < static_cast<int>(waits_.size()); ++i) {
      if (reference_.is_suspended(i)) destroy_frame_of(i);
    }
  }

  static std::size_t index(int number) { return static_cast<std::size_t>(number); }
  wait& wait_of(int number) { return waits_[index(number)]; }
  int next_value() { return ++next_value_; }

  input in_;
  reference reference_;
  journal journal_;
  int next_value_ = 0;
  bool destroys_frames_first_ = false;
  std::vector<key_type> keys_;
  std::deque<wait> waits_;
  std::array<typename map_type::claim_type, reference::claims + most_waits> claims_;
#if defined(__cpp_lib_jthread)
  // Of those that are engaged.
  std::array<std::stop_token, reference::claims + most_waits> unwanted_;
#endif
  std::unique_ptr<map_type> map_;
};

}  // namespace fuzz
