#include "shapes.hpp"

#include <algorithm>
#include <fstream>
#include <memory>
#include <sstream>
#include <utility>

#include "lock.hpp"

namespace weak {

namespace {

// Readers, the only objects that the lock creates: at the same addresses in every run.
struct reader_pool {
  static constexpr std::size_t most = 8;
  alignas(waitmap::detail::reader) std::byte places[most][sizeof(waitmap::detail::reader)];
  std::size_t used = 0;
};
constinit reader_pool pool{};

using waitmap::detail::reader;
using waitmap::detail::reader_group;
using waitmap::detail::reader_list;
using waitmap::detail::reader_of_this_thread;

using mutex = waitmap::basic_word_mutex<1>;  // shared after one read

// At one place in memory, and made anew for every run.
template <class T>
class made_anew {
 public:
  void make() { new (&place_) T; }
  T* operator->() { return std::launder(reinterpret_cast<T*>(&place_)); }
  T& operator*() { return *operator->(); }

 private:
  alignas(alignof(T) > 128 ? alignof(T) : 128) std::byte place_[sizeof(T)];
};

struct world {
  mutex lock, other;
  guarded first, second;  // always the same, but for an owner of the lock
  reader_list list;
};
made_anew<world> here;

auto& bucket() { return waitmap::detail::sleepers_anywhere.bucket_of(&here->lock); }

reader* readers[2];

reader_group group() { return {&here->list}; }
const void* word() { return &here->lock; }
const void* other_word() { return &here->other; }

// What readers say they read under.
std::vector<const void*> notes() {
  std::vector<const void*> all;
  for (const auto& each : pool.places) all.push_back(&each);  // they begin with them
  return all;
}

void read_once(mutex& lock) { lock.end_reading(lock.start_reading(group())); }

void prepare() {
  pool = {};  // a reader that another thread creates seems to be the last of its list
  here.make();
  // Asked once in a process.
  waitmap::detail::has_barrier();
  waitmap::detail::watch_sleepers_at_fork();
  for (reader*& each : readers) each = here->list.join();
  waitmap::detail::sleepers_anywhere.number.store(0);
  bucket().sleepers.store(0);
  bucket().woken.store(nullptr);
}
void prepare_taken() {
  prepare();
  here->lock.lock(group());
}
void prepare_on_its_way() {
  prepare_taken();
  bucket().woken.store(word());
}
void prepare_shared() {
  prepare();
  read_once(here->lock);
  read_once(here->other);
}

void write_both() {
  here->first.store(1);
  here->second.store(1);
}
constexpr std::uint64_t torn = 1;
constexpr std::uint64_t has_shared = 2;
std::uint64_t look() {
  const std::uint64_t first = here->first.load();
  return first != here->second.load() ? torn : 0;
}

// What threads do.
template <int Value>
std::uint64_t own_and_count() {
  here->lock.lock(group());
  const std::uint64_t before = here->first.load();
  here->first.store(Value);
  here->lock.unlock();
  return before;
}
std::uint64_t own_and_write() {
  here->lock.lock(group());
  write_both();
  here->lock.unlock();
  return 0;
}
std::uint64_t own_and_look() {
  here->lock.lock(group());
  const std::uint64_t seen = look();
  here->lock.unlock();
  return seen;
}
std::uint64_t write_and_release() {
  write_both();
  here->lock.unlock();
  return 0;
}
template <int Self>
std::uint64_t read_and_look() {
  reader_of_this_thread = readers[Self];
  const auto started = here->lock.start_reading(group());
  const std::uint64_t seen = look();
  here->lock.end_reading(started);
  return seen | (started.sharing != nullptr ? has_shared : 0);
}
// It reads alone, as an owner does, and what it writes stands for what it has seen of owners before.
std::uint64_t read_alone_and_write() {
  reader_of_this_thread = readers[0];
  const auto started = here->lock.start_reading(group());
  write_both();
  here->lock.end_reading(started);
  return 0;
}
std::uint64_t read_under_both() {
  const std::uint64_t seen = read_and_look<1>();
  read_once(here->other);
  return seen;
}

template <int Self>
reader* join() {
  pool.used = std::size(readers) + Self;  // not where the others are created
  return here->list.join();
}
std::uint64_t join_and_look() {
  readers[1] = join<1>();
  return read_and_look<1>();
}
template <int Self>
std::uint64_t only_join() {
  join<Self>();
  return 0;
}
std::uint64_t leave() {
  waitmap::detail::stop_sharing(*readers[0]);
  return 0;
}

constexpr std::uint64_t free = 0, taken = 1, shared = 2;

bool both_found_nothing(const std::vector<const trace*>& threads) {
  return threads[0]->result == 0 && threads[1]->result == 0;
}
bool second_owns_and_is_torn(const std::vector<const trace*>& threads) {
  const auto has_barrier = [](const trace* one) {
    return std::ranges::count(one->done, action::barrier, &operation::what) != 0;
  };
  return threads[1]->result == torn && std::ranges::none_of(threads, has_barrier);
}
bool second_shares_and_is_torn(const std::vector<const trace*>& threads) {
  return threads[1]->result == (torn | has_shared);
}
// What is seen of a list of readers.
bool finds_nothing_of_the_other(const trace& one) {
  return std::ranges::all_of(one.done, [](const operation& each) {
    return each.site != protected_site || each.found == 0;
  });
}
bool finds_what_is_not_made(const trace& one) {
  return std::ranges::any_of(one.done,
                             [](const operation& each) { return each.found == recorder::garbage; });
}
bool second_is_torn_and_was_not_seen(const std::vector<const trace*>& threads) {
  return second_shares_and_is_torn(threads) && finds_nothing_of_the_other(*threads[0]) &&
         !finds_what_is_not_made(*threads[0]);
}
bool list_is_not_seen(const std::vector<const trace*>& threads) {
  const auto has = [](const trace& one) {
    return std::ranges::count_if(one.done, [](const operation& each) {
             return each.site == protected_site && each.what == action::load;
           }) != 0;
  };
  return (has(*threads[1]) && finds_nothing_of_the_other(*threads[0]) &&
          finds_nothing_of_the_other(*threads[1])) ||
         finds_what_is_not_made(*threads[1]);
}
bool second_sleeps_on(const std::vector<const trace*>& threads) {
  return threads[1]->asleep && !threads[0]->woke;
}

std::string describe(const std::vector<const trace*>& threads, const recorder::recording& made) {
  std::ostringstream text;
  constexpr const char* names[]{"load", "store", "change", "compile fence", "fence", "barrier"};
  constexpr const char* orders[]{"relaxed", "consume", "acquire", "release", "acq_rel", "seq_cst"};
  for (std::size_t i = 0; i < made.initial.size(); ++i)
    text << "location " << i << " contains " << std::hex << made.initial[i] << std::dec << "\n";
  for (const trace* each : threads) {
    text << "a thread" << (each->asleep ? ", which sleeps for good" : "") << "\n";
    for (const operation& one : each->done) {
      text << "  " << names[static_cast<int>(one.what)] << " "
           << orders[static_cast<int>(one.order)] << " location " << one.location << " found "
           << std::hex << one.found << " writes " << one.written << std::dec;
      const auto& sites = recorder::current().sites();
      if (one.site < sites.size())
        text << " " << sites[one.site].file << ":" << sites[one.site].line;
      text << "\n";
    }
  }
  return text.str();
}

std::string text_of(const site& one) {
  std::ifstream file(one.file);
  std::string line;
  for (unsigned i = 0; i < one.line; ++i) std::getline(file, line);
  line.erase(0, line.find_first_not_of(' '));
  return line.substr(0, line.find("  //"));
}

// One trace of each thread.
std::optional<std::string> find_bad(const shape& looked_at, const recorder::recording& made,
                                    const translation& how, std::vector<const trace*>& chosen) {
  if (chosen.size() == made.traces.size()) {
    if (!looked_at.bad(chosen)) return std::nullopt;
    std::vector<operations> threads;
    for (const trace* each : chosen) threads.push_back(each->done);
    if (!possible(how, threads, made.initial)) return std::nullopt;
    return describe(chosen, made);
  }
  for (const trace& each : made.traces[chosen.size()]) {
    chosen.push_back(&each);
    if (auto found = find_bad(looked_at, made, how, chosen)) return found;
    chosen.pop_back();
  }
  return std::nullopt;
}

}  // namespace

const std::vector<shape>& shapes() {
  static const std::vector<shape> all{
      {"an owner sees what the one before it did",
       {prepare, {word()}, notes(), {{own_and_count<1>}, {own_and_count<2>}}},
       both_found_nothing},
      {"a reader who reads alone sees what an owner did",
       {prepare, {word()}, notes(), {{own_and_write}, {read_and_look<1>, free}}},
       second_owns_and_is_torn},
      {"an owner who has spun sees what the one before it did",
       {prepare_taken, {word()}, notes(), {{write_and_release}, {own_and_look, free}}},
       second_owns_and_is_torn},
      {"a sleeper is woken, or sees that the lock is free",
       {prepare_taken, {word()}, notes(), {{write_and_release}, {own_and_look, taken}}},
       second_sleeps_on},
      {"one on its way, relied on by an owner, sees that the lock is free",
       {prepare_on_its_way, {word()}, notes(), {{write_and_release}, {own_and_look, taken, true}}},
       second_sleeps_on},
      {"an owner and readers who share exclude each other",
       {prepare_shared, {word()}, notes(), {{own_and_write}, {read_and_look<1>, shared}}},
       second_shares_and_is_torn},
      {"an owner and a reader who goes on to another lock exclude each other",
       {prepare_shared,
        {word(), other_word()},
        notes(),
        {{own_and_write}, {read_under_both, shared}}},
       second_shares_and_is_torn},
      {"an owner and a reader who has just joined exclude each other",
       {prepare_shared, {word()}, notes(), {{own_and_write}, {join_and_look, shared}}},
       second_is_torn_and_was_not_seen},
      {"who has joined is seen as it was made",
       {prepare_shared, {word()}, notes(), {{only_join<0>}, {own_and_write}}},
       list_is_not_seen},
      {"who joins sees what the one who has left did",
       {prepare, {word()}, notes(), {{leave}, {only_join<1>}}},
       list_is_not_seen},
      {"who joins sees what the one who has joined did",
       {prepare, {word()}, notes(), {{only_join<0>}, {only_join<1>}}},
       list_is_not_seen},
      {"who shares sees what was seen by the one who made it shared",
       {prepare, {word()}, notes(), {{read_alone_and_write, free}, {read_and_look<1>, shared}}},
       second_shares_and_is_torn},
  };
  return all;
}

std::optional<std::string> find_bad(const shape& looked_at, const recorder::recording& made,
                                    const translation& how) {
  std::vector<const trace*> chosen;
  return find_bad(looked_at, made, how, chosen);
}

bool has(const recorder::recording& made, std::size_t site) {
  for (const auto& thread : made.traces) {
    for (const trace& each : thread) {
      if (std::ranges::count(each.done, site, &operation::site) != 0) return true;
    }
  }
  return false;
}

std::vector<ordered_operation> ordered_operations() {
  for (const shape& each : shapes()) recorder::current().record(each.program);
  const std::vector<site> sites = recorder::current().sites();
  std::vector<ordered_operation> all;
  for (std::size_t i = 0; i < sites.size(); ++i) {
    std::vector<weakened> weaker;
    // Of the kernel's header the lock needs the barrier alone.
    if (sites[i].file.ends_with("/kernel.hpp") && sites[i].what != action::barrier) continue;
    const auto weaken_to = [&](std::optional<std::memory_order> order) {
      weaker.push_back({i, order});
    };
    if (sites[i].what == action::compile_fence || sites[i].what == action::barrier) {
      weaken_to(std::nullopt);
    } else if (sites[i].order == std::memory_order_acq_rel) {
      weaken_to(std::memory_order_acquire);
      weaken_to(std::memory_order_release);
    } else if (sites[i].order == std::memory_order_seq_cst) {
      weaken_to(std::memory_order_acq_rel);
    } else if (sites[i].order != std::memory_order_relaxed) {
      weaken_to(std::memory_order_relaxed);
    }
    if (!weaker.empty()) all.push_back({sites[i], text_of(sites[i]), weaker});
  }
  return all;
}

}  // namespace weak

// What readers are created with: they need more alignment than other objects.
void* operator new(std::size_t size, std::align_val_t, const std::nothrow_t&) noexcept {
  weak::reader_pool& pool = weak::pool;
  if (size > sizeof pool.places[0] || pool.used == weak::reader_pool::most) return nullptr;
  return pool.places[pool.used++];
}
void operator delete(void*, std::align_val_t) noexcept {}
void operator delete(void*, std::size_t, std::align_val_t) noexcept {}
void operator delete(void*, std::align_val_t, const std::nothrow_t&) noexcept {}
