#include "machine.hpp"

namespace model {

machine& machine::current() {
  static machine instance;
  return instance;
}

thread_functions machine::start(const thread_functions& threads, void** local,
                                const std::vector<void*>& locals) {
  count_ = threads.size();
  processors_ = {};
  sleeps_ = 0;
  local_ = local;
  barrier_is_refused_ = false;
  thread_functions all;
  for (std::size_t i = 0; i < count_; ++i) {
    all.emplace_back([this, body = threads[i], mine = locals[i], &self = processors_[i]] {
      *local_ = mine;
      body();
      halt(self);
    });
  }
  for (std::size_t i = 0; i < count_; ++i)
    all.emplace_back([this, &of = processors_[i]] { let_stores_be_seen(of); });
  return all;
}

bool machine::keeps_none(const void* one) {
  const auto& self = *static_cast<const processor*>(one);
  return self.stored == self.seen;
}
bool machine::has_work(const void* one) {
  return !keeps_none(one) || static_cast<const processor*>(one)->halted;
}
bool machine::is_woken(const void* one) {
  return static_cast<const processor*>(one)->sleeps_at == nullptr;
}
bool machine::is_woken_or_looks(const void* one) { return is_woken(one) || finds_another(one); }
bool machine::finds_another(const void* one) {
  const auto& self = *static_cast<const processor*>(one);
  return self.looked_at->seen() != self.found;
}

machine::processor& machine::mine() {
  return processors_[static_cast<std::size_t>(scheduler::current().fiber())];
}

void machine::step_to(const step& what, scheduler::predicate enabled, const void* argument) {
  void* const local = *local_;
  scheduler::current().point(what, enabled, argument);
  *local_ = local;
  mine().looked_at = nullptr;
}

void machine::let_stores_be_seen(processor& of) {
  scheduler& fibers = scheduler::current();
  for (;;) {
    const late_store& next = of.late[of.seen % of.late.size()];
    fibers.point({nullptr, access::block, "has stored", &next}, &has_work, &of);
    if (keeps_none(&of)) return;
    fibers.point({next.to, access::write, "is seen"});
    check(next.to->exists(), "a store is seen where there is no memory any more");
    next.to->see(next.bits);
    ++of.seen;
    fibers.released(&of.seen);
  }
}

void machine::halt(processor& one) {
  step_to({nullptr, access::write, "halt"});
  one.halted = true;
}

std::uint64_t machine::load(const cell& from) {
  if (scheduler::current().fiber() == scheduler::outside) return from.seen();
  processor& self = mine();
  if (self.looked_at == &from && self.looks == 2) return self.found;
  const bool again = self.looked_at == &from;
  step_to({&from, access::read, "load"});
  check(from.exists(), "memory is read that is gone");
  std::uint64_t found = from.seen();
  for (std::size_t i = self.seen; i < self.stored; ++i) {
    const late_store& late = self.late[i % self.late.size()];
    if (late.to == &from) found = late.bits;
  }
  self.looks = again && found == self.found ? self.looks + 1 : 1;
  self.looked_at = &from;
  return self.found = found;
}

void machine::store(cell& to, std::uint64_t bits) {
  if (scheduler::current().fiber() == scheduler::outside) return to.see(bits);
  processor& self = mine();
  step_to({&self.stored, access::write, "store"});
  check(to.exists(), "memory is written to that is gone");
  check(self.stored - self.seen < self.late.size(), "a processor keeps too many stores");
  late_store& next = self.late[self.stored++ % self.late.size()];
  next = {&to, bits};
  scheduler::current().released(&next);
}

std::uint64_t machine::change(cell& what, const char* name,
                              const std::function<std::uint64_t(std::uint64_t)>& to) {
  if (scheduler::current().fiber() != scheduler::outside) {
    step_to({&what, access::write, name, &mine().seen}, &keeps_none, &mine());
    check(what.exists(), "memory is changed that is gone");
  }
  const std::uint64_t before = what.seen();
  what.see(to(before));
  return before;
}

void machine::destroy(const cell& what) {
  if (scheduler::current().fiber() == scheduler::outside) return;
  step_to({&what, access::write, "destroy", &mine().seen}, &keeps_none, &mine());
}

bool machine::barrier() {
  if (barrier_is_refused_) return false;
  if (scheduler::current().fiber() == scheduler::outside) return true;
  rest_long();
  return true;
}

void machine::rest_long() {
  // Its own processor first.
  const auto self = static_cast<std::size_t>(scheduler::current().fiber());
  for (std::size_t i = 0; i < count_; ++i) {
    const processor& each = processors_[(self + i) % count_];
    step_to({&each.stored, access::block, "barrier", &each.seen}, &keeps_none, &each);
  }
}

void machine::futex_wait(const cell& word, std::uint64_t expected, bool looks_again) {
  processor& self = mine();
  step_to({&word, access::write, "futex wait", &self.seen}, &keeps_none, &self);
  check(word.exists(), "a thread goes to sleep on memory that is gone");
  if (word.seen() != expected) return;
  self.sleeps_at = &word;
  self.asleep_since = ++sleeps_;
  self.looked_at = &word;
  self.found = expected;
  step_to({&word, access::block, "sleep"}, looks_again ? &is_woken_or_looks : &is_woken, &self);
  self.sleeps_at = nullptr;
}

bool machine::futex_wake(const void* word) {
  step_to({word, access::write, "futex wake", &mine().seen}, &keeps_none, &mine());
  processor* first = nullptr;
  for (processor& each : processors_) {
    if (each.sleeps_at != word) continue;
    if (first == nullptr || each.asleep_since < first->asleep_since) first = &each;
  }
  if (first == nullptr) return false;
  first->sleeps_at = nullptr;
  return true;
}

void machine::rest() {
  processor& self = mine();
  check(self.looked_at != nullptr, "a thread rests that looks at nothing");
  step_to({self.looked_at, access::block, "rest"}, &finds_another, &self);
}

}  // namespace model
