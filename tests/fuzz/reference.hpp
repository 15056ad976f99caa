// reference: what a wait_map does, for one thread and without a thought for speed.
//
// Not the model checker's reference_map. That one is copied for every step of a search, knows two keys,
// waits for both of them, and leaves open what concurrency leaves open. Here each wait has its own list of
// keys, a subscription may not be awaited yet, and the next coroutine to be resumed is always known.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include <wait_map/result.hpp>

namespace fuzz {

enum class wait_kind : std::uint8_t {
  wait,
  wait_result,
  claim_or_wait,
  wait_with,
  wait_modify,
  wait_throwing,  // a wait_with whose function throws
  take,
  subscribe,
  subscribe_take,
  wait_all,
  wait_any,
  take_any,
  subscribe_all,
};
inline constexpr int wait_kinds = 13;

constexpr bool takes(wait_kind kind) {
  return kind == wait_kind::take || kind == wait_kind::subscribe_take ||
         kind == wait_kind::take_any;
}
constexpr bool subscribes(wait_kind kind) {
  return kind == wait_kind::subscribe || kind == wait_kind::subscribe_take ||
         kind == wait_kind::subscribe_all;
}
constexpr bool waits_for_any(wait_kind kind) {
  return kind == wait_kind::wait_any || kind == wait_kind::take_any;
}
constexpr bool waits_for_several(wait_kind kind) {
  return kind == wait_kind::wait_all || kind == wait_kind::subscribe_all || waits_for_any(kind);
}

// How the wait on one key ended.
struct ending {
  waitmap::wait_status status = waitmap::wait_status::cancelled;
  int value = 0;

  friend bool operator==(const ending&, const ending&) = default;
};

// What a coroutine gets. Of a wait for any of several keys: one ending, and the place of its key.
struct outcome {
  static constexpr std::size_t no_key = ~std::size_t{0};

  bool tells_why = true;  // else what is neither a value nor an exception is nullopt
  std::size_t first = 0;
  std::vector<ending> endings;

  friend bool operator==(const outcome& left, const outcome& right);
};

// Numbers that functions and waiters make of a value. Those that are handed in are below.
inline constexpr int seen = 1000000;   // what a wait_with returns: the value, plus this
inline constexpr int modified = 1000;  // what a wait_modify adds to the value
inline constexpr int changed = 10000;  // what modify() and modify_each() do

// What the function given to update() does to the entry.
enum class entry_step : std::uint8_t { nothing, emplace, assign, erase };
struct entry_plan {
  std::array<entry_step, 3> steps{};
  int value = 0;  // of the first step, which counts on
  bool throws_at_end = false;
};
inline constexpr int update_threw = -1;

class reference {
 public:
  static constexpr int keys = 4;
  // The claims are numbered: first those of try_claim(), then that of each claim_or_wait, by the wait's number.
  static constexpr int claims = 4;
  static constexpr int claim_of_wait(int number) { return claims + number; }
  using all_keys = std::vector<int>;  // in the order in which the map looks at them

  // `nests`: what a call resumes is resumed before it returns, also in a coroutine that another call resumed.
  explicit reference(bool nests) : nests_(nests) {}

  // --- values: each returns what the map should return -------------------------------------------

  std::optional<int> get(int key) const { return at(key).value; }
  std::size_t size() const;
  std::size_t slots() const;  // keys of which the map must know something
  bool closed() const { return closed_.has_value(); }

  waitmap::insert_result insert(int key, int value);
  waitmap::insert_result assign(int key, int value);
  std::optional<int> exchange(int key, int value);
  waitmap::insert_result deliver(int key, int value);
  int update(int key, const entry_plan& plan);  // a bit for each step that did something
  std::optional<int> extract(int key);
  bool modify(int key);
  bool invalidate(int key);
  void clear(const all_keys& these);

  // --- waits, which are numbered as they are made ------------------------------------------------

  // Begins to wait.
  int begin_wait(wait_kind kind, std::vector<int> keys_of_it, bool stopped);
  void await_subscription(int number);
  void destroy(int number);
  void stop(int number);

  wait_kind kind_of(int number) const { return waits_[index(number)].kind; }
  bool tells_why(int number) const;     // it gets more than an optional
  bool is_suspended(int number) const;  // in a co_await, or a subscription that is not awaited yet
  bool is_unawaited(int number) const;
  std::size_t waiting(int key) const { return at(key).waiters.size(); }
  std::size_t waiting() const;
  std::vector<int> waits_on(int key) const;  // the oldest first

  // The coroutine goes on. Returns what it should have got; nullopt where it is not its turn.
  std::optional<outcome> resume(int number);

  // --- ending waits ------------------------------------------------------------------------------

  std::size_t end_waits(int key, waitmap::wait_status why);
  std::size_t end_waits(const all_keys& these, waitmap::wait_status why);
  // `why`: closed, or failed where there is an error. The first close decides.
  std::size_t close(const all_keys& these, waitmap::wait_status why);
  void destroy_map(const all_keys& these);

  // --- claims ------------------------------------------------------------------------------------

  bool is_engaged(int claim) const {
    return index(claim) < claims_.size() && claim_at(claim).is != claim_state::none;
  }
  std::optional<int> claim_on(int key) const { return at(key).claim; }
  bool try_claim(int claim, int key);
  waitmap::insert_result fulfil(int claim, int value);
  void ask_unwanted(int claim);  // its holder asks for the token, once
  bool is_unwanted(int claim);   // whether that is stopped now
  std::size_t fail_claim(int claim);
  void let_go(int claim);

  // --- calls -------------------------------------------------------------------------------------
  //
  // A function of the map that may resume is called and returns.

  void begin_call();
  bool end_call();  // false where somebody should have been resumed and was not
  bool in_call() const { return calls_ != 0; }

 private:
  enum class state : std::uint8_t {
    linked,
    kept,     // decided, of a subscription that is not awaited yet
    ready,    // to be resumed
    at_once,  // decided without having been suspended
    over,
  };
  enum class claim_state : std::uint8_t { none, held, overtaken, revoked, closed };
  struct wait {
    wait_kind kind;
    bool stopped = false;
    bool awaited = true;
    bool registers = true;
    state is = state::linked;
    std::vector<int> keys{};
    std::vector<std::optional<ending>> parts{};  // by key
    outcome result{};
  };
  struct waiter {
    int wait;
    std::size_t part;
    friend bool operator==(const waiter&, const waiter&) = default;
  };
  struct place {
    std::optional<int> value;
    std::optional<int> claim;
    std::vector<waiter> waiters;  // linked, the oldest first
  };
  struct claimed {
    claim_state is = claim_state::none;
    int key = 0;
    bool was_waited_for = false;
    bool was_left = false;  // by the last who waited
  };

  static std::size_t index(int number) { return static_cast<std::size_t>(number); }
  place& at(int key) { return places_[index(key)]; }
  const place& at(int key) const { return places_[index(key)]; }
  wait& wait_of(const waiter& each) { return waits_[index(each.wait)]; }
  claimed& claim_at(int claim) {
    if (index(claim) >= claims_.size()) claims_.resize(index(claim) + 1);
    return claims_[index(claim)];
  }
  const claimed& claim_at(int claim) const { return claims_[index(claim)]; }

  static ending meet(wait_kind kind, int& value);
  bool register_part(const waiter& part);
  bool is_linked(int key, const waiter& each) const;
  void unlink_all(int number);
  void decide(const waiter& part, const ending& how);
  void end_whole(int number);
  // The number of waits that it ended, and whether a taker took the value.
  struct handed_out {
    std::size_t ended;
    bool taken;
  };
  handed_out hand_out(place& here, int& value);
  void hold(int claim, int key);
  void note_whether_left(int key);
  void pass_on(int key);
  waitmap::insert_result arrive(place& here, int value);

  bool nests_;
  std::optional<waitmap::wait_status> closed_;  // with which late waits end
  std::array<place, keys> places_;
  std::vector<claimed> claims_ = std::vector<claimed>(claims);
  std::deque<wait> waits_;
  int calls_ = 0;
  std::vector<std::deque<int>> ready_;  // of each call that resumes by itself
};

}  // namespace fuzz
