// world: a scenario, played on a real wait_map.
#pragma once

#include "parking.hpp"  // before the library

#include <optional>
#include <stop_token>
#include <utility>

#include <wait_map/get_or_compute.hpp>
#include <wait_map/wait_map.hpp>

#include "fixture.hpp"
#include "single_flight.hpp"
#include "value_task.hpp"
#include "values.hpp"

namespace model {

struct expected_error {};

template <class Policy>
class world final : public fixture {
 public:
  explicit world(exploration& of)
      : fixture(of),
        map_(std::in_place, waitmap::options{.shards = static_cast<std::size_t>(played().shards)}) {
  }

  thread_functions threads() override {
    thread_functions all;
    for (const auto& thread : played().threads) all.emplace_back([this, &thread] { run(thread); });
    return all;
  }

  void finish() override {
    run_posted();
    if (map_) {
      flights_.check_end();
      // A stop ends no factory.
      for_each_stopped([this](int number) {
        check(flights_.leads(number), "a wait goes on although it is stopped");
      });
      note_pending();
      for (const counted_key& key : keys_) {
        const auto value = map_->get(key);
        flights_.check_value(key.number(), number_of(value));
        note(action::get, key.number(), value ? value->number : -1);
        note(action::waiting, key.number(), static_cast<int>(map_->waiting(key)));
      }
    }
    check_history();
    check_all_are_told();
    if (scheduler::current().failed()) return;
    set_finishing();
    for (bool dropped = true; dropped;) {  // each may pass to another
      dropped = false;
      for (claim_type& each : claims_) {
        dropped = dropped || each;
        each = {};
        run_posted();
      }
    }
    if (map_) end_map();
    check(counted_key::live == reference_map::keys, "a slot is left");
    check_nothing_is_left();
  }

 private:
  using claim_type = waitmap::claim<counted_key, counted_value, key_hash,
                                    waitmap::default_equal<counted_key>, Policy>;
  using map_type = waitmap::wait_map<counted_key, counted_value, key_hash,
                                     waitmap::default_equal<counted_key>, Policy>;

  void end_map() {
    const auto pending = static_cast<std::size_t>(pending_waits());
    const std::size_t waiting = map_->waiting();
    const std::size_t ended = map_->close();
    if (!played().waits_for_all_keys) {
      check(waiting == pending, "waiting() does not count the waits");
      check(ended == pending, "close() does not count the waits it ends");
    }
    run_posted();
    check(map_->waiting() == 0, "a wait is left");
    check(map_->closed(), "the map is not closed");
    const std::size_t values = map_->size();
    check(counted_key::live == reference_map::keys + static_cast<int>(values),
          "a slot without a value is left");
    map_->clear();
    check(map_->size() == 0 && counted_value::live == 0, "a value is left");
    map_.reset();
  }

  void run(const std::vector<operation>& all) {
    for (const operation& each : all) run(each);
  }
  void run(const operation& what) {
    switch (what.what) {
      case action::stop:
        return stop(what);
      case action::stop_parent:
        return stop_parent(what);
      case action::destroy:
        return destroy(what);
      case action::after:
        return await_end(what);
      case action::run_posted:
        return run_posted();
      case action::leads:
        return check(flights_.leads(what.waiter), "another caller should compute");
      case action::fulfil:
      case action::break_claim:
      case action::drop_claim:
      case action::unwanted:
        if (!claim_of(what)) return;
        break;
      case action::invalidate:
        flights_.invalidate(what.key);
        break;
      case action::clear:
        for (const counted_key& key : keys_) flights_.invalidate(key.number());
        break;
      default:
        break;
    }
    const begun started = begin(what);
    int result = no_result;
    resume_in([&] {
      if (begins_wait(what.what)) {
        start_waiting(what);
      } else {
        result = perform(what);
      }
    });
    end(started, result);
  }

  // Returns the result as the reference does.
  int perform(const operation& what) {
    const counted_key& key = keys_[static_cast<std::size_t>(what.key)];
    switch (what.what) {
      case action::insert:
        return offer(what,
                     [&](counted_value&& value) { return map_->insert(key, std::move(value)); });
      case action::insert_or_assign:
        return offer(what, [&](counted_value&& value) {
          return map_->insert_or_assign(key, std::move(value));
        });
      case action::deliver:
        return offer(what,
                     [&](counted_value&& value) { return map_->deliver(key, std::move(value)); });
      case action::exchange:
        return number_of(map_->exchange(key, counted_value(what.value)));
      case action::update:
        return map_->update(key, [&](auto& entry) { return entry.emplace(what.value); });
      case action::erase:
        return map_->erase(key);
      case action::extract:
        return number_of(map_->extract(key));
      case action::invalidate:
        return map_->invalidate(key);
      case action::get:
        return number_of(map_->get(key));
      case action::contains:
        return map_->contains(key);
      case action::waiting:
        return static_cast<int>(map_->waiting(key));
      case action::clear:
        map_->clear();
        return no_result;
      case action::cancel:
        return static_cast<int>(map_->cancel(key));
      case action::cancel_all:
        return static_cast<int>(map_->cancel_all());
      case action::close:
        return static_cast<int>(map_->close());
      case action::fail:
        return static_cast<int>(map_->fail(key, std::make_exception_ptr(expected_error{})));
      case action::destroy_map:
        map_.reset();
        return no_result;
      case action::claim:
        claim_of(what) = map_->try_claim(key);
        return static_cast<bool>(claim_of(what));
      case action::fulfil:
        return offer(what, [&](counted_value&& value) {
          return claim_of(what).set_value(std::move(value));
        });
      case action::break_claim:
        return static_cast<int>(
            claim_of(what).set_exception(std::make_exception_ptr(expected_error{})));
      case action::drop_claim:
        claim_of(what) = {};
        return no_result;
      case action::unwanted:
        return ask_whether_unwanted(what);
      default:
        break;
    }
    check(false, "the world does not know this operation");
    return no_result;
  }

  bool ask_whether_unwanted(const operation& what) {
    std::stop_token told = claim_of(what).unwanted();
    const bool unwanted = told.stop_requested();
    auto& first = told_[static_cast<std::size_t>(what.waiter)];
    if (!first) first.emplace(std::move(told));
    return unwanted;
  }
  // Who works for a claim does not ask again.
  void check_all_are_told() const {
    for (std::size_t i = 0; i < told_.size(); ++i) {
      if (!told_[i] || !claims_[i]) continue;
      check(told_[i]->stop_requested() == claims_[i].unwanted().stop_requested(),
            "a holder is not told that its claim is unwanted");
    }
  }

  template <class Insert>
  int offer(const operation& what, Insert insert) {
    counted_value value(what.value);
    const waitmap::insert_result result = insert(std::move(value));
    check(static_cast<bool>(result) == (value.number == counted_value::moved_from),
          "a value was refused but moved from, or accepted but not");
    return encode(static_cast<int>(result.outcome), static_cast<int>(result.resumed));
  }

  static int number_of(const std::optional<counted_value>& value) {
    return value ? value->number : -1;
  }
  claim_type& claim_of(const operation& what) {
    return claims_[static_cast<std::size_t>(what.waiter)];
  }
  claim_type& claim_that_came_to(const operation& wait) {
    return claims_[static_cast<std::size_t>(claims_of_waits + wait.waiter)];
  }

  // How a wait ended, as the reference says it.
  static int result_of(const std::optional<counted_value>& value) {
    return value ? value->number : outcome::nothing;
  }
  static int result_of(const std::optional<int>& value) {
    return value ? *value : outcome::nothing;
  }
  static int result_of(const waitmap::wait_outcome<counted_value>& value) {
    return value ? value->number : result_of(value.status());
  }
  static int result_of(waitmap::wait_status why) {
    switch (why) {
      case waitmap::wait_status::cancelled:
        return outcome::cancelled;
      case waitmap::wait_status::stopped:
        return outcome::stopped;
      case waitmap::wait_status::closed:
        return outcome::closed;
      case waitmap::wait_status::abandoned:
        return outcome::abandoned;
      case waitmap::wait_status::claimed:
        return outcome::claimed;
      case waitmap::wait_status::value:
      case waitmap::wait_status::failed:
        break;
    }
    return outcome::error;
  }
  static int result_of(const waitmap::first_outcome<counted_value>& first) {
    const int result = result_of(first.outcome);
    return first.outcome ? encode_any(result, static_cast<int>(first.index)) : result;
  }
  template <class Result>
  void observe_result(const operation& wait, const Result& result) {
    observe(wait, result_of(result));
  }
  void observe_result(const operation& wait, typename map_type::claim_or_outcome_type& result) {
    claim_that_came_to(wait) = std::move(result.claim);
    observe(wait, result_of(result.outcome));
  }
  void observe_result(const operation& wait,
                      const std::vector<waitmap::wait_outcome<counted_value>>& all) {
    observe(wait, result_of(all[0]), result_of(all[1]));
  }

  const counted_key& key_of(const operation& what) const {
    return keys_[static_cast<std::size_t>(what.key)];
  }
  stop_token token_of(const operation& wait) {
    return wait.stoppable ? waiter_of(wait).source.get_token() : stop_token();
  }

  // Every form of waiting: keys that are referred to and keys that are moved in, with and without a token.
  void start_waiting(const operation& wait) {
    static constexpr auto look = [](const counted_value& value) { return value.number; };
    static constexpr auto change = [](counted_value& value) { return value.number += 100; };
    static constexpr auto refuse = [](const counted_value&) -> int { throw expected_error{}; };
    using self = world&;
    using what = const operation&;
    switch (wait.what) {
      case action::wait:
        if (wait.stoppable || wait.child) {
          begin_sleep(wait,
                      [](self w, what o) { return w.map_->wait(w.key_of(o), w.token_of(o)); });
        } else {
          sleep<coroutine>(*this, &wait, [](self w, what o) { return w.map_->wait(w.key_of(o)); });
        }
        break;
      case action::claim_or_wait:
      case action::claim_and_fulfil:
      case action::claim_and_drop:
        if (wait.stoppable || wait.child) {
          begin_sleep(wait, [](self w, what o) {
            return w.map_->claim_or_wait(w.key_of(o), w.token_of(o));
          });
        } else {
          sleep<coroutine>(*this, &wait, [](self w, what o) {
            return w.map_->claim_or_wait(counted_key(w.key_of(o)));
          });
        }
        break;
      case action::blocking_claim:
        block(wait, [&] {
          auto found = map_->blocking_claim_or_wait_until(key_of(wait), deadline_clock::start(),
                                                          token_of(wait));
          claim_that_came_to(wait) = std::move(found.claim);
          return std::move(found.outcome);
        });
        break;
      case action::compute:
        ask(*this, wait);
        break;
      case action::blocking_wait:
        block(wait, [&] { return map_->blocking_wait(key_of(wait), token_of(wait)); });
        break;
      case action::blocking_wait_until:
        block(wait, [&] {
          return map_->blocking_wait_until(key_of(wait), deadline_clock::start(), token_of(wait));
        });
        break;
      case action::take:
        if (wait.stoppable || wait.child) {
          begin_sleep(wait, [](self w, what o) {
            return w.map_->take(counted_key(w.key_of(o)), w.token_of(o));
          });
        } else {
          sleep<coroutine>(*this, &wait,
                           [](self w, what o) { return w.map_->take(counted_key(w.key_of(o))); });
        }
        break;
      case action::wait_result:
        sleep<coroutine>(*this, &wait, [](self w, what o) {
          return w.map_->wait_result(w.key_of(o), w.token_of(o));
        });
        break;
      case action::wait_with:
        sleep<coroutine>(*this, &wait, [](self w, what o) {
          return w.map_->wait_with(w.key_of(o), look, w.token_of(o));
        });
        break;
      case action::wait_modify:
        sleep<coroutine>(*this, &wait, [](self w, what o) {
          return w.map_->wait_modify(w.key_of(o), change, w.token_of(o));
        });
        break;
      case action::wait_throwing:
        sleep<coroutine>(*this, &wait, [](self w, what o) {
          return w.map_->wait_with(w.key_of(o), refuse, w.token_of(o));
        });
        break;
      case action::subscribe:
        begin_sleep(wait,
                    [](self w, what o) { return w.map_->subscribe(w.key_of(o), w.token_of(o)); });
        break;
      case action::subscribe_take:
        begin_sleep(wait, [](self w, what o) {
          return w.map_->subscribe_take(counted_key(w.key_of(o)), w.token_of(o));
        });
        break;
      case action::wait_all:
        begin_sleep(wait, [](self w, what o) { return w.map_->wait_all(w.keys_, w.token_of(o)); });
        break;
      case action::subscribe_all:
        begin_sleep(wait,
                    [](self w, what o) { return w.map_->subscribe_all(w.keys_, w.token_of(o)); });
        break;
      case action::wait_any:
        begin_sleep(wait, [](self w, what o) { return w.map_->wait_any(w.keys_, w.token_of(o)); });
        break;
      case action::take_any:
        begin_sleep(wait, [](self w, what o) { return w.map_->take_any(w.keys_, w.token_of(o)); });
        break;
      default:
        check(false, "the world does not know this wait");
    }
  }

  template <class Wait>
  void block(const operation& wait, Wait until_it_ends) {
    int result = outcome::error;
    try {
      result = result_of(until_it_ends());
    } catch (const expected_error&) {
    }
    if (wait.what == action::blocking_wait_until && result == outcome::nothing) time_out(wait);
    if (wait.what == action::blocking_claim && result == outcome::stopped) time_out(wait);
    observe(wait, result);
    use_claim(wait);
    run(wait.then);
  }

  template <class Make>
  void begin_sleep(const operation& wait, Make make) {
    if (wait.child) {
      sleep<child_coroutine>(*this, &wait, make);
    } else {
      sleep<coroutine>(*this, &wait, make);
    }
  }
  // The coroutine of a wait, or of a chain of waits of one kind.
  template <class Coroutine, class Make>
  static Coroutine sleep(world& self, const operation* wait, Make make) {
    for (const operation* first = wait; wait != nullptr; wait = next_of(*wait)) {
      if (wait != first) self.begin(*wait);
      try {
        auto waiting = make(self, *wait);
        self.run(wait->before);
        std::optional<decltype(waiting)> moved;
        if (wait->moved) moved.emplace(std::move(waiting));
        auto& last = wait->moved ? *moved : waiting;
        auto result = co_await Coroutine::watch(last, self.waiter_of(*wait).place, *wait);
        self.observe_result(*wait, result);
        if (!self.finishing()) self.use_claim(*wait);
      } catch (const expected_error&) {
        self.observe(*wait, outcome::error);
      }
      if (self.finishing()) co_return;
      self.run(wait->then);
      // Where it was never suspended g++ destroys the frame, and fixture::end_exits() would do it again.
      if (wait->exits && self.waiter_of(*wait).place.slept) self.throw_coroutine_error();
    }
  }
  // What a wait does with the claim that has come to it.
  void use_claim(const operation& wait) {
    operation what = wait;
    what.waiter = claims_of_waits + wait.waiter;
    if (wait.what == action::claim_and_fulfil) what.what = action::fulfil;
    if (wait.what == action::claim_and_drop || wait.what == action::blocking_claim)
      what.what = action::drop_claim;
    if (what.what != wait.what) run(what);
  }
  static const operation* next_of(const operation& wait) {
    return wait.next.empty() ? nullptr : &wait.next[0];
  }

  // A caller of get_or_compute.
  static coroutine ask(world& self, const operation& what) {
    int result = outcome::error;
    try {
      auto asking = self.get_or_compute(what);
      const single_flight::call called(self.flights_, what);
      started task(asking, self.waiter_of(what).place);
      const auto value = co_await task;
      result = value.number;
    } catch (const waitmap::wait_interrupted& interrupted) {
      result = result_of(interrupted.status());
    } catch (const expected_error&) {
    }
    self.observe(what, result);
    if (self.finishing()) co_return;
    self.flights_.check_result(what, result);
    self.run(what.then);
  }
  value_task get_or_compute(const operation& what) {
    const auto factory = [this, &what] { return compute(*this, what); };
    // Without a look for circles, which debug builds add: they are played, too.
    using waitmap::detail::lock_checks;
    return waitmap::get_or_compute<map_type, decltype(factory)&, stop_token, lock_checks::off>(
        *map_, key_of(what), factory, token_of(what));
  }
  // Its factory.
  static value_task compute(world& self, const operation& what) {
    single_flight::computation begun(self.flights_, what);
    try {
      for (const operation& each : what.before) {
        if (each.what == action::compute) {
          auto asking = self.get_or_compute(each);
          const single_flight::call called(self.flights_, each);
          const auto value = co_await std::move(asking);
          self.flights_.check_result(each, value.number);
        } else if (each.what == action::wait) {
          watched_wait wait(self.map_->wait(self.key_of(each)));
          const auto value = co_await wait;
          if (!value) throw expected_error{};
        } else if (each.what == action::fail_here) {
          throw expected_error{};
        } else {
          self.run(each);
        }
      }
    } catch (...) {
      // Whoever follows by now gets the exception.
      begun.fails(static_cast<int>(self.map_->waiting(self.key_of(what))));
      throw;
    }
    begun.succeeds();
    co_return counted_value(what.value);
  }

  std::array<claim_type, claims_of_waits + reference_map::most_waiters> claims_;
  std::array<std::optional<std::stop_token>, claims_of_waits> told_;
  std::array<counted_key, reference_map::keys> keys_{counted_key(0), counted_key(1)};
  single_flight flights_{played()};
  std::optional<map_type> map_;
};

}  // namespace model
