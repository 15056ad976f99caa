#include "generated.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace model {
namespace {

using consumer = std::function<void(std::string)>;

// Sets of the keys a and b.
enum keys : unsigned { neither = 0, a = 1, b = 2, both = 3 };

// An operation of an alphabet, or a few that belong together, and what tells which programs make sense.
struct letter {
  std::string_view text;    // $ stands for the wait that it stops or destroys, or for its own claim
  keys waits_on = neither;  //
  bool waits_for_all = false;  // else one key suffices
  bool stoppable = false;
  bool stops = false;
  bool destroys = false;
  keys ends = neither;  // the keys on which it can end waits, and so resume coroutines
  bool factory_waits = false;

  int waits() const { return waits_on == neither ? 0 : waits_for_all || factory_waits ? 2 : 1; }
};

constexpr letter wait_a{.text = "wait a", .waits_on = a};
constexpr letter wait_b{.text = "wait b", .waits_on = b};
constexpr letter wait_stoppable_a{.text = "wait a stoppable", .waits_on = a, .stoppable = true};
constexpr letter take_a{.text = "take a", .waits_on = a};
constexpr letter take_b{.text = "take b", .waits_on = b};
constexpr letter insert_a{.text = "insert a", .ends = a};
constexpr letter insert_b{.text = "insert b", .ends = b};
constexpr letter erase_a{.text = "erase a"};
constexpr letter erase_b{.text = "erase b"};
constexpr letter cancel_a{.text = "cancel a", .ends = a};
constexpr letter cancel_b{.text = "cancel b", .ends = b};
constexpr letter cancel_all{.text = "cancel_all", .ends = both};
constexpr letter close{.text = "close", .ends = both};
constexpr letter claim_and_fulfil_a{.text = "claim a; fulfil !$", .ends = a};
constexpr letter claim_and_drop_a{.text = "claim a; drop_claim !$", .ends = a};
constexpr letter stop{.text = "stop #$", .stops = true};
constexpr letter destroy{.text = "destroy #$", .destroys = true};

const std::vector<letter> all_on_one_key{
    wait_a,
    wait_stoppable_a,
    {.text = "wait_result a", .waits_on = a},
    {.text = "wait_with a", .waits_on = a},
    {.text = "wait_modify a", .waits_on = a},
    {.text = "wait_throwing a", .waits_on = a},
    {.text = "wait_claimed a", .waits_on = a},
    {.text = "blocking_wait_until a", .waits_on = a},
    take_a,
    {.text = "take a stoppable", .waits_on = a, .stoppable = true},
    {.text = "subscribe a", .waits_on = a},
    {.text = "subscribe_take a stoppable", .waits_on = a, .stoppable = true},
    insert_a,
    {.text = "insert_or_assign a", .ends = a},
    {.text = "exchange a", .ends = a},
    {.text = "update a", .ends = a},
    {.text = "deliver a", .ends = a},
    erase_a,
    {.text = "extract a"},
    {.text = "clear"},
    {.text = "get a"},
    cancel_a,
    {.text = "fail a", .ends = a},
    cancel_all,
    close,
    {.text = "claim a"},
    claim_and_fulfil_a,
    claim_and_drop_a,
    {.text = "claim a; break_claim !$", .ends = a},
    stop,
    destroy,
};

const std::vector<letter> core_of_one_key{
    wait_a, wait_stoppable_a, take_a, insert_a, erase_a, cancel_a, close, stop, destroy};

const std::vector<letter> claims_of_one_key{wait_a,
                                            {.text = "wait_result a", .waits_on = a},
                                            {.text = "wait_claimed a", .waits_on = a},
                                            take_a,
                                            insert_a,
                                            erase_a,
                                            claim_and_fulfil_a,
                                            cancel_a,
                                            claim_and_drop_a,
                                            close,
                                            {.text = "claim a"}};

const std::vector<letter> core_of_two_keys{wait_a,  wait_b,   take_b,     insert_a, insert_b,
                                           erase_b, cancel_b, cancel_all, close,    destroy};

const std::vector<letter> groups{
    wait_a,
    take_b,
    {.text = "wait_any", .waits_on = both},
    {.text = "wait_any stoppable", .waits_on = both, .stoppable = true},
    {.text = "take_any stoppable", .waits_on = both, .stoppable = true},
    {.text = "wait_all", .waits_on = both, .waits_for_all = true},
    {.text = "wait_all stoppable", .waits_on = both, .waits_for_all = true, .stoppable = true},
    insert_a,
    insert_b,
    {.text = "deliver a", .ends = a},
    erase_a,
    cancel_b,
    cancel_all,
    close,
    stop,
    destroy,
};

const std::vector<letter> single_flight{
    {.text = "compute a", .waits_on = a},
    {.text = "compute a stoppable", .waits_on = a, .stoppable = true},
    {.text = "compute a (wait b)", .waits_on = both, .factory_waits = true},
    {.text = "compute a stoppable (wait b)",
     .waits_on = both,
     .stoppable = true,
     .factory_waits = true},
    {.text = "compute a (compute b)", .waits_on = both, .factory_waits = true},
    {.text = "compute a (throw)", .waits_on = a},
    {.text = "compute b", .waits_on = b},
    insert_a,
    insert_b,
    erase_a,
    cancel_a,
    {.text = "fail a", .ends = a},
    {.text = "deliver a", .ends = a},
    close,
    claim_and_drop_a,
    stop,
};

using thread = std::vector<letter>;
using program = std::vector<thread>;

int first_stoppable(const program& threads) {
  int number = 0;
  for (const thread& each : threads) {
    for (const letter& operation : each) {
      if (operation.stoppable) return number;
      number += operation.waits();
    }
  }
  return -1;
}

// Whether another thread may be resuming the coroutine of `wait`, a letter of `its_thread`.
bool resumed_elsewhere(const program& threads, const thread& its_thread, const letter& wait) {
  unsigned ended = neither;
  for (const thread& other : threads) {
    if (&other == &its_thread) continue;
    for (const letter& operation : other) {
      ended |= operation.ends;
      if (operation.stops && wait.stoppable) return true;
    }
  }
  return wait.waits_for_all ? ended == both : (ended & wait.waits_on) != 0;
}

// Whether the program is one to run: somebody waits; who stops and who can be stopped are there; a frame is
// destroyed right after its wait, by the same thread, and no other thread can be resuming it meanwhile.
bool makes_sense(const program& threads) {
  bool waits = false;
  bool stoppable = false;
  bool stops = false;
  for (const thread& each : threads) {
    for (std::size_t i = 0; i < each.size(); ++i) {
      waits |= each[i].waits() != 0;
      stoppable |= each[i].stoppable;
      stops |= each[i].stops;
      if (!each[i].destroys) continue;
      if (i == 0 || each[i - 1].waits() == 0 || resumed_elsewhere(threads, each, each[i - 1]))
        return false;
    }
  }
  return waits && stoppable == stops;
}

std::string text_of(const program& threads) {
  std::string text;
  int waits = 0;
  int claims = 0;
  int last_wait = -1;
  for (std::size_t i = 0; i < threads.size(); ++i) {
    for (std::size_t j = 0; j < threads[i].size(); ++j) {
      const letter& operation = threads[i][j];
      if (i + j != 0) text += j == 0 ? " | " : "; ";
      if (operation.waits() != 0) last_wait = waits;
      waits += operation.waits();
      const int own_claim = operation.text.starts_with("claim") ? claims++ : -1;
      std::string filled_in(operation.text);
      if (const auto place = filled_in.find('$'); place != std::string::npos) {
        const int number = operation.stops      ? first_stoppable(threads)
                           : operation.destroys ? last_wait
                                                : own_claim;
        filled_in.replace(place, 1, std::to_string(number));
      }
      text += filled_in;
    }
  }
  return text;
}

std::vector<thread> all_threads(const std::vector<letter>& alphabet, std::size_t least,
                                std::size_t most) {
  std::vector<thread> all{{}};
  std::vector<thread> chosen;
  for (std::size_t begin = 0, length = 0; length <= most; ++length) {
    const std::size_t end = all.size();
    for (std::size_t i = begin; i < end; ++i) {
      if (length >= least) chosen.push_back(all[i]);
      if (length == most) continue;
      for (const letter& next : alphabet) {
        all.push_back(all[i]);
        all.back().push_back(next);
      }
    }
    begin = end;
  }
  return chosen;
}

// Every multiset of `count` threads.
void multisets(const std::vector<thread>& threads, std::size_t count, program& begun,
               std::size_t from, const std::string& settings, const consumer& take) {
  if (begun.size() == count) {
    if (makes_sense(begun)) take(settings + text_of(begun));
    return;
  }
  for (std::size_t i = from; i < threads.size(); ++i) {
    begun.push_back(threads[i]);
    multisets(threads, count, begun, i, settings, take);
    begun.pop_back();
  }
}

void multisets(const std::vector<letter>& alphabet, std::size_t threads, std::size_t least,
               std::size_t most, const std::string& settings, const consumer& take) {
  program begun;
  multisets(all_threads(alphabet, least, most), threads, begun, 0, settings, take);
}

// A coroutine that, when resumed, does anything at all, on the thread of an insert or of a stop.
void continuations(const std::string& settings, const consumer& take) {
  const auto belongs = [](const letter& any) {
    return !any.destroys && !any.stops && !any.stoppable;
  };
  for (const letter& first : all_on_one_key) {
    if (!belongs(first)) continue;
    for (const letter& sibling : core_of_one_key) {
      for (const letter& other : core_of_one_key) {
        if (!belongs(sibling) || !belongs(other)) continue;
        std::string begin(first.text);
        if (const auto place = begin.find('$'); place != std::string::npos)
          begin.replace(place, 1, "0");
        const std::string rest = " { " + begin + " }; " + std::string(sibling.text) +
                                 " | insert a | " + std::string(other.text);
        take(settings + "wait a" + rest);
        take(settings + "wait a stoppable" + rest + "; stop #0");
      }
    }
  }
}

constexpr family all[] = {
    {"1 key, 3 threads of 1, all actions",
     [](const consumer& take) { multisets(all_on_one_key, 3, 1, 1, "", take); }},
    {"1 key, 3 threads of 1, all actions, real time",
     [](const consumer& take) { multisets(all_on_one_key, 3, 1, 1, "[real time] ", take); }},
    {"2 keys, 3 threads of 1",
     [](const consumer& take) { multisets(core_of_two_keys, 3, 1, 1, "", take); }},
    {"2 keys, 2 shards, 3 threads of 1",
     [](const consumer& take) { multisets(core_of_two_keys, 3, 1, 1, "[2 shards] ", take); }},
    {"any and all, 3 threads of 1",
     [](const consumer& take) { multisets(groups, 3, 1, 1, "", take); }},
    {"any and all, 2 shards, 3 threads of 1",
     [](const consumer& take) { multisets(groups, 3, 1, 1, "[2 shards] ", take); }},
    {"single flight, 3 threads of 1",
     [](const consumer& take) { multisets(single_flight, 3, 1, 1, "", take); }},
    {"single flight, 2 threads of up to 2",
     [](const consumer& take) { multisets(single_flight, 2, 1, 2, "", take); }},
    {"single flight, 2 shards, 2 threads of up to 2",
     [](const consumer& take) { multisets(single_flight, 2, 1, 2, "[2 shards] ", take); }},
    {"coroutines that go on", [](const consumer& take) { continuations("", take); }},
    {"coroutines that go on, resumed at once",
     [](const consumer& take) { continuations("[immediate] ", take); }},
    {"1 key, 4 threads of 1",
     [](const consumer& take) { multisets(core_of_one_key, 4, 1, 1, "", take); }},
    {"1 key, 2 threads of up to 2, all actions",
     [](const consumer& take) { multisets(all_on_one_key, 2, 1, 2, "", take); }},
    {"any and all, 2 threads of up to 2, 2 shards",
     [](const consumer& take) { multisets(groups, 2, 1, 2, "[2 shards] ", take); }},
    {"1 key, 3 threads of up to 2",
     [](const consumer& take) { multisets(core_of_one_key, 3, 1, 2, "", take); }},
    {"1 key with claims, 3 threads of up to 2",
     [](const consumer& take) { multisets(claims_of_one_key, 3, 1, 2, "", take); }},
    {"2 keys, 3 threads of up to 2",
     [](const consumer& take) { multisets(core_of_two_keys, 3, 1, 2, "", take); }},
    {"2 keys, 2 shards, 3 threads of up to 2",
     [](const consumer& take) { multisets(core_of_two_keys, 3, 1, 2, "[2 shards] ", take); }},
    {"any and all, 2 shards, 3 threads of up to 2",
     [](const consumer& take) { multisets(groups, 3, 1, 2, "[2 shards] ", take); }},
};

}  // namespace

std::span<const family> families() { return all; }

}  // namespace model
