// round: threads that perform random operations on a few hot keys of one map, and what they saw.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <optional>
#include <random>
#include <shared_mutex>
#include <stdexcept>
#include <stop_token>
#include <thread>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "stress/history.hpp"
#include "support/reference_key.hpp"
#include "support/spawn.hpp"

namespace stress {

inline constexpr int threads = 8;
inline constexpr int steps = 32;  // of each thread
inline constexpr int keys = 4;

// The lock of the library, shared by readers as soon as one has read, in which others often get the processor.
class yielding_mutex {
 public:
  void lock(const waitmap::detail::reader_group& readers = {}) noexcept
      WAIT_MAP_NO_THREAD_SAFETY_ANALYSIS {
    mutex_.lock(readers);
    yield_at_times();
  }
  void unlock(const waitmap::detail::reader_group& readers = {}) noexcept
      WAIT_MAP_NO_THREAD_SAFETY_ANALYSIS {
    mutex_.unlock(readers);
  }
  auto start_reading(const waitmap::detail::reader_group& readers) noexcept {
    const auto started = mutex_.start_reading(readers);
    yield_at_times();
    return started;
  }
  template <class Reading>
  void end_reading(Reading started, const waitmap::detail::reader_group& readers) noexcept {
    mutex_.end_reading(started, readers);
  }

 private:
  static void yield_at_times() noexcept {
    static thread_local unsigned count = 0;
    if (++count % 8 == 0) std::this_thread::yield();
  }

  waitmap::basic_word_mutex<1> mutex_;
};
struct yielding_policy : waitmap::default_policy {
  using mutex = yielding_mutex;
};

// Destroying a frame that another thread may be about to resume is the caller's to rule out (3.11): here, by
// a lock for each key which all hold that may resume. In rounds without destructions nobody locks.
class key_guards {
 public:
  // MinGW's shared_mutex is made by who locks it first, and lets in everybody where two do so at once: here one does.
  explicit key_guards(bool used) : used_(used) {
    for (auto& each : guards_) {
      each.lock();
      each.unlock();
    }
  }

  template <class Function>
  void may_resume(int key, Function function) {
    if (used_) guards_[static_cast<std::size_t>(key)].lock_shared();
    function();
    if (used_) guards_[static_cast<std::size_t>(key)].unlock_shared();
  }
  template <class Function>
  void may_destroy(int key, Function function) {
    if (!used_) return;
    const std::lock_guard guard(guards_[static_cast<std::size_t>(key)]);
    function();
  }
  template <class Function>
  void may_resume_on_all(Function function) {
    if (used_) {
      for (auto& each : guards_) each.lock_shared();
    }
    function();
    if (used_) {
      for (auto& each : guards_) each.unlock_shared();
    }
  }

 private:
  bool used_;
  std::array<std::shared_mutex, keys> guards_;
};

template <class Map>
class round {
 public:
  round(std::uint64_t seed, bool destroys, bool closes)
      : seed_(seed),
        destroys_(destroys),
        closes_(closes),
        guards_(destroys),
        waits_(threads * steps) {}

  // Runs one of the threads.
  void run(int thread) {
    std::mt19937_64 random(seed_ * threads + static_cast<std::uint64_t>(thread));
    const auto below = [&](int limit) {
      return static_cast<int>(random() % static_cast<std::uint64_t>(limit));
    };
    worker self{*this, thread};
    for (int step = 0; step < steps; ++step) {
      const int id = thread * steps + step;
      // Half of all on the hottest key.
      const int key = below(2) == 0 ? 0 : below(keys);
      // A third are waits.
      const auto what =
          static_cast<action>(below(3) == 0 ? below(2) : below(static_cast<int>(action::close)));
      self.act(what, key, id, below(threads * steps), below(3) == 0);
      if (closes_ && thread == 0 && step == steps * 3 / 4) self.close();
      if (below(8) == 0) std::this_thread::yield();
    }
    self.finish();
  }

  // After all have run: the histories by key. Returns false if the map and the waiters disagree.
  bool collect(std::array<history, keys>& by_key) {
    std::size_t pending = 0;
    for (int key = 0; key < keys; ++key) by_key[static_cast<std::size_t>(key)].clear();
    for (auto& [key, seen] : all_) {
      if (seen.what == action::stop) {
        const wait_record& stopped = waits_[static_cast<std::size_t>(seen.waiter)];
        if (!stopped.stoppable || stopped.key < 0) continue;  // or it never began to wait
        key = stopped.key;
      }
      if (seen.what == action::wait || seen.what == action::take) {
        wait_record& record = waits_[static_cast<std::size_t>(seen.waiter)];
        seen.number = record.how;
        if (record.how == support::outcome::pending && !record.destroyed) ++pending;
        if (record.ends > 1) return false;
        if (record.ends == 1) {
          event resumed{action::resumed, seen.thread, seen.waiter};
          resumed.begin = seen.begin;
          resumed.end = record.resumed_at;
          // It is a step at the very moment of resumption, or earlier.
          by_key[static_cast<std::size_t>(key)].push_back(resumed);
        }
      }
      by_key[static_cast<std::size_t>(key)].push_back(seen);
    }
    return map_.waiting() == pending;
  }

  // Ends what still waits, each once.
  bool end() {
    const std::size_t left = map_.waiting();
    const bool right = map_.close() == left && map_.waiting() == 0;
    frames_.clear();
    return right;
  }

 private:
  struct wait_record {
    std::stop_source source;
    int key = -1;
    int how = support::outcome::pending;
    int ends = 0;
    bool stoppable = false;
    bool destroyed = false;
    std::uint64_t resumed_at = 0;
  };

  struct worker {
    round& in;
    int thread;
    std::vector<std::pair<int, event>> seen{};
    std::vector<std::pair<int, support::owned>> frames{};  // of the waits that this thread began
    struct held_claim {
      int id;
      int key;
      typename Map::claim_type claim;
    };
    std::deque<held_claim> claims{};

    // Performs function(event) as one operation on the key.
    template <class Function>
    void note(int key, event what, Function function) {
      what.thread = thread;
      what.begin = in.clock_.fetch_add(1);
      function(what);
      what.end = in.clock_.fetch_add(1);
      seen.emplace_back(key, what);
    }

    void act(action what, int key, int id, int other, bool stoppable) {
      Map& map = in.map_;
      const int value = id + 1;  // no two are the same
      switch (what) {
        case action::wait:
        case action::take:
          note(key, {what, thread, id},
               [&](event&) { frames.emplace_back(id, begin(what, key, id, stoppable)); });
          break;
        case action::insert:
          resuming(key, {what, thread, -1, value},
                   [&](event& e) { e.result = map.insert(key, value); });
          break;
        case action::insert_or_assign:
          resuming(key, {what, thread, -1, value},
                   [&](event& e) { e.result = map.insert_or_assign(key, value); });
          break;
        case action::exchange:
          resuming(key, {what, thread, -1, value},
                   [&](event& e) { e.number = or_absent(map.exchange(key, value)); });
          break;
        case action::deliver:
          resuming(key, {what, thread, -1, value},
                   [&](event& e) { e.result = map.deliver(key, value); });
          break;
        case action::erase:
          note(key, {what, thread}, [&](event& e) { e.number = map.erase(key) ? 1 : 0; });
          break;
        case action::extract:
          note(key, {what, thread}, [&](event& e) { e.number = or_absent(map.extract(key)); });
          break;
        case action::get:
          note(key, {what, thread}, [&](event& e) { e.number = or_absent(map.get(key)); });
          break;
        case action::waiting:
          note(key, {what, thread},
               [&](event& e) { e.number = static_cast<int>(map.waiting(key)); });
          break;
        case action::cancel:
          resuming(key, {what, thread},
                   [&](event& e) { e.number = static_cast<int>(map.cancel(key)); });
          break;
        case action::fail:
          resuming(key, {what, thread}, [&](event& e) {
            e.number =
                static_cast<int>(map.fail(key, std::make_exception_ptr(std::runtime_error("no"))));
          });
          break;
        case action::stop:
          stop(other);
          break;
        case action::destroy:
          destroy();
          break;
        case action::claim:
          note(key, {what, thread, id}, [&](event& e) {
            auto claim = map.try_claim(key);
            e.number = claim ? 1 : 0;
            if (claim) claims.push_back({id, key, std::move(claim)});
          });
          break;
        case action::fulfil:
        case action::drop:
          end_claim(what, value);
          break;
        case action::close:
        case action::resumed:
          break;
      }
    }

    template <class Function>
    void resuming(int key, event what, Function function) {
      in.guards_.may_resume(key, [&] { note(key, what, function); });
    }

    support::owned begin(action what, int key, int id, bool stoppable) {
      wait_record& record = in.waits_[static_cast<std::size_t>(id)];
      record.stoppable = stoppable;
      std::stop_token token = stoppable ? record.source.get_token() : std::stop_token();
      return what == action::wait ? wait(in, key, record, token) : take(in, key, record, token);
    }

    // Of a wait of any thread, begun or not.
    void stop(int id) {
      wait_record& record = in.waits_[static_cast<std::size_t>(id)];
      in.guards_.may_resume_on_all([&] {  // which key it is about is known when all have run
        note(-1, {action::stop, thread, id}, [&](event&) { record.source.request_stop(); });
      });
    }

    void destroy() {
      if (!in.destroys_ || frames.empty()) return;
      auto& [id, frame] = frames.back();
      wait_record& record = in.waits_[static_cast<std::size_t>(id)];
      in.guards_.may_destroy(record.key, [&] {
        if (record.ends != 0) return;
        record.destroyed = true;
        note(record.key, {action::destroy, thread, id}, [&](event&) { frame.destroy(); });
      });
      frames.pop_back();
    }

    void end_claim(action what, int value) {
      if (claims.empty()) return;
      held_claim held = std::move(claims.front());
      claims.pop_front();
      if (what == action::fulfil) {
        resuming(held.key, {what, thread, held.id, value},
                 [&](event& e) { e.result = held.claim.set_value(value); });
      } else {
        resuming(held.key, {what, thread, held.id},
                 [&](event&) { held.claim = typename Map::claim_type(); });
      }
    }

    void close() {
      in.guards_.may_resume_on_all([&] {
        event e{action::close, thread};
        e.begin = in.clock_.fetch_add(1);
        in.map_.close();
        e.end = in.clock_.fetch_add(1);
        for (int key = 0; key < keys; ++key) seen.emplace_back(key, e);
      });
    }

    void finish() {
      while (!claims.empty()) end_claim(action::drop, 0);
      const std::lock_guard lock(in.collecting_);
      in.all_.insert(in.all_.end(), seen.begin(), seen.end());
      for (auto& [id, frame] : frames) in.frames_.push_back(std::move(frame));
    }
  };

  static int or_absent(const std::optional<int>& value) {
    return value.value_or(support::reference_key::absent);
  }

  void ended(wait_record& record, int how) {
    record.how = how;
    ++record.ends;
    record.resumed_at = clock_.fetch_add(1);
  }

  static support::owned wait(round& in, int key, wait_record& record, std::stop_token token) {
    record.key = key;
    try {
      auto value = co_await in.map_.wait(key, token);
      in.ended(record, value ? *value : support::outcome::nothing);
    } catch (const std::runtime_error&) {
      in.ended(record, support::outcome::error);
    }
  }
  static support::owned take(round& in, int key, wait_record& record, std::stop_token token) {
    record.key = key;
    try {
      auto value = co_await in.map_.take(key, token);
      in.ended(record, value ? *value : support::outcome::nothing);
    } catch (const std::runtime_error&) {
      in.ended(record, support::outcome::error);
    }
  }

  const std::uint64_t seed_;
  const bool destroys_;
  const bool closes_;
  std::atomic<std::uint64_t> clock_{1};
  Map map_;
  key_guards guards_;
  std::vector<wait_record> waits_;  // by the number of the step that begins them
  std::mutex collecting_;
  std::vector<std::pair<int, event>> all_;
  std::vector<support::owned> frames_;
};

}  // namespace stress
