// lock_checker: runs the library's own word_mutex under every schedule of some programs, with every delay of its
// stores, and says how many there were.
//
//   lock_checker [TEXT]    only the programs whose name contains TEXT
//   lock_checker --part    of each program a part of its schedules, in seconds
//
// A failure prints its schedule. Replay it, step by step: WAIT_MAP_REPLAY='program: schedule' lock_checker
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "word_mutex.hpp"

#include "../engine/explore.hpp"
#include "../engine/schedule_text.hpp"

namespace {

using model::check;
using waitmap::detail::reader;
using waitmap::detail::reader_group;
using waitmap::detail::reader_list;
using waitmap::detail::reader_of_this_thread;

using mutex = waitmap::basic_word_mutex<1, false, 0>;  // shared after one read

// A number that owners count up and that does not change for readers.
struct guarded {
  mutex lock;
  model::late_atomic<int> count{0};
};

struct nothing {
  void operator()() const {}
};

class program;
using thread = void (*)(program&);

struct description {
  const char* name;
  bool shared;  // before the threads begin
  std::vector<thread> threads;
  bool large = false;    // its schedules take minutes
  bool refused = false;  // membarrier, from the beginning
};

class program : public model::execution {
 public:
  explicit program(const description& played) : played_(played) {
    using waitmap::detail::answer;
    const bool granted = waitmap::detail::has_futexes && !played.refused;
    waitmap::detail::barrier_is_granted.store(granted ? answer::yes : answer::no);
    for (std::size_t i = 0; i < played.threads.size(); ++i) readers_.push_back(list_.join());
    if (!played.shared) return;
    for (const auto& each : guarded_) read_once(each->lock);
  }
  ~program() override {
    for (reader* const each : readers_) list_.leave(*each);
  }

  model::thread_functions threads() override {
    model::thread_functions bodies;
    for (const thread each : played_.threads) bodies.emplace_back([this, each] { each(*this); });
    return model::machine::current().start(bodies, reinterpret_cast<void**>(&reader_of_this_thread),
                                           std::vector<void*>(readers_.begin(), readers_.end()));
  }

  void finish() override {
    for (std::size_t i = 0; i < guarded_.size(); ++i) {
      if (guarded_[i] == nullptr) continue;
      check(guarded_[i]->count.load() == owned_[i], "two owners were there at once");
    }
    for (const reader* const each : readers_) {
      check(each->mutex.load() == nullptr, "a reader has not left");
      check(each->users == 1, "an owner that waited for a reader still counts as its user");
    }
    // Nobody but an owner ends the sharing.
    const bool shares = waitmap::detail::has_futexes && !played_.refused;
    check(!shares || owned_ != std::array<int, 2>{} || exclusive_reads_ <= (played_.shared ? 0 : 1),
          "a reader has ended the sharing");
    check(list_.size() == readers_.size(), "a reader is lost, or one that has left is still there");
    const auto& sleepers = waitmap::detail::sleepers_anywhere;
    check(sleepers.number.load() == 0, "a sleeper is counted in the program that is awake");
    for (const auto& each : sleepers.buckets) {
      check(each.sleepers.load() == 0, "a sleeper is counted that is awake");
      check(each.woken.load() == nullptr, "a sleeper counts as woken that has come");
    }
  }

  // What threads do.
  template <class Then = nothing>
  void own(std::size_t which, Then then = {}) {
    mutex& lock = guarded_[which]->lock;
    lock.lock(group_);
    auto& count = guarded_[which]->count;
    count.store(count.load() + 1);
    ++owned_[which];
    then();
    lock.unlock();
  }
  template <class Then = nothing>
  void read(std::size_t which, Then then = {}) {
    mutex& lock = guarded_[which]->lock;
    const auto started = lock.start_reading(group_);
    if (started.sharing == nullptr) ++exclusive_reads_;
    check(started.sharing == nullptr || !played_.refused, "shared, though the barrier is refused");
    check(started.sharing == nullptr || reader_of_this_thread->list == &list_,
          "shared by a thread that has left");
    const auto& count = guarded_[which]->count;
    const int before = count.load();
    then();
    check(count.load() == before, "an owner was there at the same time as a reader");
    lock.end_reading(started);
  }
  template <class Condition>
  void own_and_destroy_if(Condition is_last) {
    bool last = false;
    own(0, [&] { last = is_last(); });
    if (last) guarded_[0].reset();
  }
  int count() const { return guarded_[0]->count.load(); }
  void say() { said_.store(1); }
  bool was_said() const { return said_.load() == 1; }
  void become_reader() { reader_of_this_thread = readers_.emplace_back(list_.join()); }
  void let_another_join() { readers_.push_back(list_.join()); }
  void leave() {
    reader& left = *reader_of_this_thread;
    std::erase(readers_, &left);
    waitmap::detail::stop_sharing(left);
    check(reader_of_this_thread != &left, "a thread goes on with a reader that it has left");
  }
  static void refuse_barrier() { model::machine::current().refuse_barrier(); }

 private:
  void read_once(mutex& lock) { lock.end_reading(lock.start_reading(group_)); }

  const description& played_;
  reader_list list_;
  reader_group group_{&list_};
  std::vector<reader*> readers_;
  std::array<std::unique_ptr<guarded>, 2> guarded_{std::make_unique<guarded>(),
                                                   std::make_unique<guarded>()};
  std::array<int, 2> owned_{};
  int exclusive_reads_ = 0;
  model::late_atomic<int> said_{0};
};

constexpr thread own = [](program& here) { here.own(0); };
constexpr thread own_twice = [](program& here) {
  here.own(0);
  here.own(0);
};
constexpr thread own_other = [](program& here) { here.own(1); };
constexpr thread own_both = [](program& here) {
  here.own(0);
  here.own(1);
};
constexpr thread read = [](program& here) { here.read(0); };
constexpr thread read_twice = [](program& here) {
  here.read(0);
  here.read(0);
};
constexpr thread read_three_times = [](program& here) {
  here.read(0);
  here.read(0);
  here.read(0);
};
// As who starts a thread, which reads, and waits for it.
constexpr thread read_while_another_joins = [](program& here) {
  here.read(0, [&] { here.let_another_join(); });
};
constexpr thread read_both = [](program& here) {
  here.read(0);
  here.read(1);
};
constexpr thread read_one_within_other = [](program& here) { here.read(0, [&] { here.read(1); }); };
constexpr thread become_reader_and_read = [](program& here) {
  here.become_reader();
  here.read(0);
};
constexpr thread join = [](program& here) { here.become_reader(); };
constexpr thread leave = [](program& here) { here.leave(); };
constexpr thread read_and_leave = [](program& here) {
  here.read(0);
  here.leave();
};
constexpr thread leave_and_read = [](program& here) {
  here.leave();
  here.read(0);
};
constexpr thread own_then_read = [](program& here) {
  here.own(0);
  here.read(0);
};
constexpr thread read_then_own = [](program& here) {
  here.read(0);
  here.own(0);
};
template <int Others>
constexpr thread destroy_after =
    [](program& here) { here.own_and_destroy_if([&] { return here.count() == Others + 1; }); };
constexpr thread read_and_say_so = [](program& here) { here.read(0, [&] { here.say(); }); };
constexpr thread destroy_if_said = [](program& here) {
  here.own_and_destroy_if([&] { return here.was_said(); });
};
template <thread Then>
constexpr thread refused = [](program& here) {
  program::refuse_barrier();
  Then(here);
};

std::vector<description> programs() {
  return {
      {"two owners", false, {own, own}},
      {"two owners of two mutexes that share a counter", false, {own_both, own_both}},
      {"who locks last destroys", false, {destroy_after<1>, destroy_after<1>}},
      {"an owner and a reader", false, {own, read}},
      {"an owner and a reader, who reads twice", false, {own, read_twice}},
      {"an owner, twice, and a reader", false, {own_twice, read}},
      {"shared, an owner and a reader", true, {own, read}},
      {"shared, an owner and a reader, who reads twice", true, {own, read_twice}},
      {"shared, an owner, twice, and a reader", true, {own_twice, read}},
      {"shared, one owns and then reads", true, {own_then_read, read}},
      {"shared, both own and read", true, {own_then_read, read_then_own}, true},
      {"shared, a reader who has just come", true, {own, become_reader_and_read}},
      {"shared, an owner and a reader, who reads three times", true, {own, read_three_times}},
      {"shared, a reader who waits for another", true, {own, read_while_another_joins}},
      {"shared, a reader who ends", true, {own, read_and_leave}},
      {"shared, a reader who has ended and reads on", true, {own, leave_and_read}},
      {"shared, two owners of two mutexes, and a reader who ends",
       true,
       {own, own_other, read_and_leave}},
      {"two threads join", false, {join, join}},
      {"two threads end", false, {leave, leave}},
      {"a thread joins as another ends", false, {join, leave}},
      {"refused from the beginning", true, {read, read_twice}, false, true},
      {"shared, two readers", true, {read_twice, read_twice}},
      {"two readers", false, {read, read_twice}},
      {"shared, an owner destroys after a reader", true, {destroy_if_said, read_and_say_so}},
      {"refused, two owners", false, {refused<own>, own}},
      {"refused, an owner and a reader", true, {refused<own>, read}},
      {"refused, an owner, a reader twice", true, {refused<own>, read_twice}},
      {"three owners", false, {own, own, own}},
      {"who of three locks last destroys",
       false,
       {destroy_after<2>, destroy_after<2>, destroy_after<2>}},
      {"an owner and two readers", false, {own, read, read}},
      {"two owners and a reader", false, {own, own, read}},
      {"shared, an owner and two readers", true, {own, read, read}},
      {"shared, two owners and a reader", true, {own, own, read}},
      // These take minutes.
      {"two owners, twice", false, {own_twice, own_twice}},
      {"shared, two mutexes, one after the other", true, {own_both, read_both}, true},
      {"shared, a reader under two mutexes", true, {own_both, read_one_within_other}},
  };
}

enum class share { part, usual, whole };

// Returns whether all is well. A large program is exhausted where it was asked for, else sampled.
bool run(const description& played, model::search_options how, share wanted) {
  const bool too_many = played.threads.size() > 2 || (played.large && wanted != share::whole);
  if (too_many && how.how == model::strategy::reduced) how.how = model::strategy::random;
  const model::report done = model::explore([&] { return std::make_unique<program>(played); }, how,
                                            {.schedules = wanted == share::part    ? 5'000u
                                                          : too_many               ? 50'000u
                                                          : wanted == share::whole ? 1'000'000'000u
                                                                                   : 20'000'000u});
  std::printf("%-50s %10llu %6zu %9s %8.1f\n", played.name,
              static_cast<unsigned long long>(done.schedules), done.deepest,
              done.exhausted ? "yes" : "no", done.seconds);
  if (done.failure.empty()) {
    return done.exhausted || how.how != model::strategy::reduced || wanted == share::part;
  }
  std::printf("FAILED: %s\n  %s\n  replay: %s='%s: %s'\n", played.name, done.failure.c_str(),
              model::replay_variable, played.name, done.schedule.c_str());
  return false;
}

}  // namespace

int main(int count, char** texts) {
  // Asked once in a process: not in the midst of a schedule.
  waitmap::detail::has_barrier();
  waitmap::detail::watch_sleepers_at_fork();

  std::string only = count > 1 ? texts[1] : "";
  const bool part = only == "--part";
  if (part) only.clear();
  model::search_options how;
  if (const char* replayed = std::getenv(model::replay_variable)) {
    const std::string_view text = replayed;
    const std::size_t colon = text.rfind(':');
    only = text.substr(0, colon);
    how.how = model::strategy::replay;
    how.replayed = model::parse_schedule(text.substr(colon + 1));
  }
  std::printf("%-50s %10s %6s %9s %8s\n", "program", "schedules", "steps", "exhausted", "seconds");
  bool any = false;
  bool well = true;
  for (const description& each : programs()) {
    const bool wanted = how.how == model::strategy::replay
                            ? only == each.name
                            : std::string_view(each.name).find(only) != std::string_view::npos;
    if (!wanted) continue;
    any = true;
    well = run(each, how, part ? share::part : only.empty() ? share::usual : share::whole) && well;
    std::fflush(stdout);
  }
  if (!any) std::fprintf(stderr, "lock_checker: no program is called %s\n", only.c_str());
  return any && well ? 0 : 1;
}
