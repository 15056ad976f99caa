#include "compilation.hpp"

#include <algorithm>

namespace weak {

namespace {

bool acquires(std::memory_order order) {
  return order == std::memory_order_acquire || order == std::memory_order_consume ||
         order == std::memory_order_acq_rel || order == std::memory_order_seq_cst;
}
bool releases(std::memory_order order) {
  return order == std::memory_order_release || order == std::memory_order_acq_rel ||
         order == std::memory_order_seq_cst;
}

void append_fence(unsigned orders, std::size_t thread, execution& to) {
  to.events.push_back({.what = kind::fence, .thread = thread, .orders = orders});
}
event access(kind what, const operation& one, std::size_t thread) {
  return {.what = what,
          .thread = thread,
          .location = one.location,
          .value = what == kind::read ? one.found : one.written};
}
void append_change(event read, event write, execution& to) {
  to.events.push_back(read);
  to.events.push_back(write);
  to.read_modify_write.add(to.events.size() - 2, to.events.size() - 1);
}

// mov; a lock prefix; a sequentially consistent store is an exchange, which a fence stands for.
void append_x86(const operation& one, std::size_t thread, execution& to) {
  const event read = access(kind::read, one, thread);
  const event write = access(kind::write, one, thread);
  switch (one.what) {
    case action::load:
      to.events.push_back(read);
      break;
    case action::store:
      to.events.push_back(write);
      if (one.order == std::memory_order_seq_cst) append_fence(all_orders, thread, to);
      break;
    case action::change:
      append_change(read, write, to);
      break;
    default:
      append_fence(all_orders, thread, to);
  }
}

// ldr or ldar or ldapr; str or stlr; ldxr or ldaxr and stxr or stlxr, or one instruction as swp, swpa, swpl, swpal.
template <bool OneInstruction, bool AcquirePc>
void append_armv8(const operation& one, std::size_t thread, execution& to) {
  event read = access(kind::read, one, thread);
  event write = access(kind::write, one, thread);
  read.one_instruction = write.one_instruction = OneInstruction && one.what == action::change;
  write.release = releases(one.order);
  if (AcquirePc && one.what == action::load && one.order != std::memory_order_seq_cst) {
    read.acquire_pc = acquires(one.order);
  } else {
    read.acquire = acquires(one.order);
  }
  switch (one.what) {
    case action::load:
      to.events.push_back(read);
      break;
    case action::store:
      to.events.push_back(write);
      break;
    case action::change:
      append_change(read, write, to);
      break;
    default:
      append_fence(all_orders, thread, to);
  }
}

// The ISA manual's table A.6: fence rw,w before a store with release, fence r,rw behind a load with acquire; amo with
// .aq and .rl. Or by loads and stores with .aq and .rl, as its table A.7 and the extension Zalasr have it.
template <bool Annotated>
void append_risc_v(const operation& one, std::size_t thread, execution& to) {
  event read = access(kind::read, one, thread);
  event write = access(kind::write, one, thread);
  const bool sequential = one.order == std::memory_order_seq_cst;
  switch (one.what) {
    case action::load:
      read.acquire = Annotated && acquires(one.order);
      if (!Annotated && sequential) append_fence(all_orders, thread, to);
      to.events.push_back(read);
      if (!Annotated && acquires(one.order)) append_fence(read_read | read_write, thread, to);
      break;
    case action::store:
      write.release = Annotated && releases(one.order);
      if (!Annotated && releases(one.order)) append_fence(read_write | write_write, thread, to);
      to.events.push_back(write);
      break;
    case action::change:
      read.acquire = acquires(one.order);
      write.release = releases(one.order);
      append_change(read, write, to);
      break;
    default:
      append_fence(all_orders, thread, to);
  }
}

// Whether a compiler may not exchange the two, of which `first` comes first. What is not the lock's stays in order among
// itself: it is enough that the first of it may move up and the last of it down, across what is the lock's.
bool stays_before(const operation& first, const operation& second) {
  for (const operation* each : {&first, &second}) {
    if (each->what == action::compile_fence || each->what == action::fence ||
        each->what == action::barrier)
      return true;
  }
  const auto is_of_lock = [](const operation& one) { return one.site < guarded_site; };
  return (!is_of_lock(first) && !is_of_lock(second)) || first.location == second.location ||
         (first.what != action::store && acquires(first.compiled_as)) ||
         (second.what != action::load && releases(second.compiled_as)) ||
         (first.compiled_as == std::memory_order_seq_cst &&
          second.compiled_as == std::memory_order_seq_cst);
}

// Each order that a compiler may give them.
void compile(const operations& left, operations& made, std::vector<operations>& all) {
  if (left.empty()) {
    all.push_back(made);
    return;
  }
  for (std::size_t i = 0; i < left.size(); ++i) {
    const bool free =
        std::none_of(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(i),
                     [&](const operation& one) { return stays_before(one, left[i]); });
    if (!free) continue;
    operations rest = left;
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
    made.push_back(left[i]);
    compile(rest, made, all);
    made.pop_back();
  }
}

// One way to compile each thread, and one place for each interrupt.
class schedule {
 public:
  schedule(const translation& how, const std::vector<std::uint64_t>& initial,
           const std::vector<operations>& threads)
      : how_(how), initial_(initial), threads_(threads) {
    for (std::size_t thread = 0; thread < threads.size(); ++thread) {
      const auto barriers = static_cast<std::size_t>(
          std::ranges::count(threads[thread], action::barrier, &operation::what));
      for (std::size_t number = 0; number < barriers; ++number) {
        for (std::size_t other = 0; other < threads.size(); ++other) {
          if (other != thread) interrupts_.push_back({thread, number, other, 0});
        }
      }
    }
  }

  bool possible_somewhere(std::size_t which = 0) {
    if (which == interrupts_.size()) return possible();
    interrupt& one = interrupts_[which];
    for (one.before = 0; one.before <= threads_[one.interrupted].size(); ++one.before) {
      if (possible_somewhere(which + 1)) return true;
    }
    return false;
  }

 private:
  struct interrupt {
    std::size_t by, number, interrupted;
    std::size_t before;  // that many operations
  };

  // The caller's processor has a full fence, asks the others to do the same, waits until they say so, and has a second
  // one: as the kernel does it.
  bool possible() const {
    execution run;
    for (std::size_t i = 0; i < initial_.size(); ++i) run.initial[i] = initial_[i];
    for (std::size_t thread = 0; thread < threads_.size(); ++thread) {
      std::size_t barriers = 0;
      for (std::size_t at = 0; at <= threads_[thread].size(); ++at) {
        for (std::size_t i = 0; i < interrupts_.size(); ++i) {
          if (interrupts_[i].interrupted != thread || interrupts_[i].before != at) continue;
          run.events.push_back(message(kind::read, thread, asked(i)));
          append_fence(all_orders, thread, run);
          run.events.push_back(message(kind::write, thread, answered(i)));
        }
        if (at == threads_[thread].size()) break;
        const operation& one = threads_[thread][at];
        if (one.what == action::compile_fence) continue;
        if (one.what != action::barrier) {
          how_.append(one, thread, run);
          continue;
        }
        append_fence(all_orders, thread, run);
        for (std::size_t i = 0; i < interrupts_.size(); ++i) {
          if (interrupts_[i].by != thread || interrupts_[i].number != barriers) continue;
          run.events.push_back(message(kind::write, thread, asked(i)));
          run.events.push_back(message(kind::read, thread, answered(i)));
        }
        append_fence(all_orders, thread, run);
        ++barriers;
      }
    }
    return reachable(*how_.processor, run);
  }

  static event message(kind what, std::size_t thread, std::size_t location) {
    return {.what = what, .thread = thread, .location = location, .value = 1};
  }
  std::size_t asked(std::size_t i) const { return initial_.size() + 2 * i; }
  std::size_t answered(std::size_t i) const { return initial_.size() + 2 * i + 1; }

  const translation& how_;
  const std::vector<std::uint64_t>& initial_;
  const std::vector<operations>& threads_;
  std::vector<interrupt> interrupts_;
};

bool possible_compiled(const translation& how, const std::vector<std::vector<operations>>& compiled,
                       std::vector<operations>& chosen, const std::vector<std::uint64_t>& initial) {
  if (chosen.size() == compiled.size()) return schedule(how, initial, chosen).possible_somewhere();
  for (const operations& each : compiled[chosen.size()]) {
    chosen.push_back(each);
    if (possible_compiled(how, compiled, chosen, initial)) return true;
    chosen.pop_back();
  }
  return false;
}

}  // namespace

const std::vector<translation>& translations() {
  static const std::vector<translation> all{
      {"x86", &x86, append_x86},
      {"ARMv8, exclusives", &armv8, append_armv8<false, false>},
      {"ARMv8.1, one instruction per change", &armv8, append_armv8<true, false>},
      {"ARMv8.3, with ldapr", &armv8, append_armv8<true, true>},
      {"RISC-V, fences", &risc_v, append_risc_v<false>},
      {"RISC-V, .aq and .rl", &risc_v, append_risc_v<true>},
  };
  return all;
}

bool possible(const translation& how, const std::vector<operations>& threads,
              const std::vector<std::uint64_t>& initial) {
  // No compiler exchanges what is done to one location, and no barrier is needed to keep it.
  execution as_written;
  for (std::size_t i = 0; i < initial.size(); ++i) as_written.initial[i] = initial[i];
  for (std::size_t i = 0; i < threads.size(); ++i) {
    for (const operation& one : threads[i]) {
      if (one.what != action::compile_fence && one.what != action::barrier)
        how.append(one, i, as_written);
    }
  }
  if (!reachable(any, as_written)) return false;

  std::vector<std::vector<operations>> compiled(threads.size());
  for (std::size_t i = 0; i < threads.size(); ++i) {
    operations made;
    compile(threads[i], made, compiled[i]);
  }
  std::vector<operations> chosen;
  return possible_compiled(how, compiled, chosen, initial);
}

}  // namespace weak
