#include "architectures.hpp"

#include <algorithm>
#include <optional>

namespace weak {

namespace {

bool is_access(const event& one) { return one.what == kind::read || one.what == kind::write; }

}  // namespace

// What the axioms are made of.
struct relations {
  explicit relations(const execution& of) : run(of) {
    for (std::size_t i = 0; i < of.events.size(); ++i) {
      for (std::size_t j = 0; j < of.events.size(); ++j) {
        if (of.events[i].thread != of.events[j].thread) continue;
        internal.add(i, j);
        if (i < j) program_order.add(i, j);
      }
    }
    reads = where([](const event& one) { return one.what == kind::read; });
    writes = where([](const event& one) { return one.what == kind::write; });
    accesses = reads | writes;
    acquires = where([](const event& one) { return one.acquire; });
    acquires_of_any_kind = where([](const event& one) { return one.acquire || one.acquire_pc; });
    releases = where([](const event& one) { return one.release; });
    of_one_instruction = where([](const event& one) { return one.one_instruction; });
    for (std::size_t i = 0; i < of.events.size(); ++i) {
      for (std::size_t j = i + 1; j < of.events.size(); ++j) {
        if (program_order.has(i, j) && is_access(of.events[i]) && is_access(of.events[j]) &&
            of.events[i].location == of.events[j].location)
          same_location.add(i, j);
      }
    }
    of_changes = of.read_modify_write * of.read_modify_write.inverse() |
                 of.read_modify_write.inverse() * of.read_modify_write;
    changed = of.read_modify_write.inverse() * of.read_modify_write & identity();
  }

  template <class Predicate>
  relation where(Predicate is) const {
    relation found;
    for (std::size_t i = 0; i < run.events.size(); ++i) {
      if (is(run.events[i])) found.add(i, i);
    }
    return found;
  }
  relation identity() const {
    return where([](const event&) { return true; });
  }
  relation external(const relation& whole) const { return whole - internal; }
  relation fenced() const {
    relation all;
    for (std::size_t f = 0; f < run.events.size(); ++f) {
      if (run.events[f].what != kind::fence) continue;
      for (std::size_t i = 0; i < f; ++i) {
        for (std::size_t j = f + 1; j < run.events.size(); ++j) {
          if (!program_order.has(i, f) || !program_order.has(f, j)) continue;
          if (!is_access(run.events[i]) || !is_access(run.events[j])) continue;
          const bool first_writes = run.events[i].what == kind::write;
          const bool second_writes = run.events[j].what == kind::write;
          const unsigned order = 1u << ((first_writes ? 2 : 0) + (second_writes ? 1 : 0));
          if ((run.events[f].orders & order) != 0) all.add(i, j);
        }
      }
    }
    return all;
  }

  const execution& run;
  relation internal, program_order, same_location, from_read;
  relation reads, writes, accesses, acquires, acquires_of_any_kind, releases, of_one_instruction;
  relation of_changes;  // the read and the write of a read-modify-write
  relation changed;     // what read-modify-writes wrote

  // When it has been chosen who reads from whom and in which order was written.
  void update() {
    from_read = run.reads_from.inverse() * run.coherence;
    const relation from_writes = run.reads_from.inverse();
    for (std::size_t i = 0; i < run.events.size(); ++i) {
      if (run.events[i].what != kind::read || !from_writes.leads_nowhere(i)) continue;
      for (std::size_t j = 0; j < run.events.size(); ++j) {
        if (run.events[j].what == kind::write && run.events[j].location == run.events[i].location)
          from_read.add(i, j);
      }
    }
  }
};

namespace {

// S. Owens, S. Sarkar, P. Sewell: A better x86 memory model: x86-TSO; as axioms in J. Alglave, L. Maranget, M. Tautschnig:
// Herding cats. All but a write and a later read stays in order; a locked instruction is a fence.
bool allowed_by_x86(const relations& of) {
  const execution& run = of.run;
  const relation& po = of.program_order;
  const relation kept = (of.accesses * po * of.accesses) - (of.writes * po * of.reads);
  const relation locked = of.of_changes;
  return (kept | of.fenced() | locked * po * of.accesses | of.accesses * po * locked |
          of.external(run.reads_from) | of.from_read | run.coherence)
      .acyclic();
}

// C. Pulte and others: Simplifying ARM concurrency; Arm Architecture Reference Manual, B2.3.
bool allowed_by_armv8(const relations& of) {
  const execution& run = of.run;
  const relation& po = of.program_order;
  const relation observed =
      of.external(run.reads_from) | of.external(of.from_read) | of.external(run.coherence);
  const relation own_read = run.reads_from & of.internal;
  const relation own_order = run.coherence & of.internal;
  const relation instruction_barriers =
      of.where([](const event& one) { return one.what == kind::instruction_barrier; });
  const relation by_dependency =
      run.address | run.data | run.control * of.writes |
      (run.control | run.address * po) * instruction_barriers * po * of.reads |
      run.address * po * of.writes | (run.address | run.data) * own_read;
  const relation by_change =
      run.read_modify_write | of.changed * own_read * of.acquires_of_any_kind;
  const relation one_instruction =
      of.acquires * (run.read_modify_write & of.of_one_instruction * run.read_modify_write) *
      of.releases;
  const relation by_barrier =
      of.fenced() | of.releases * po * of.acquires | of.acquires_of_any_kind * po * of.accesses |
      of.accesses * po * of.releases | of.accesses * po * of.releases * own_order |
      of.accesses * po * one_instruction * po * of.accesses;
  return (observed | by_dependency | by_change | by_barrier).acyclic();
}

// The RISC-V Instruction Set Manual, volume I, RVWMO, "preserved program order", rules 1 to 13.
bool allowed_by_risc_v(const relations& of) {
  const execution& run = of.run;
  const relation& po = of.program_order;
  const relation annotated = of.acquires | of.releases;
  const relation between = of.same_location * of.writes * of.same_location;
  const relation of_one_write = run.reads_from.inverse() * run.reads_from;
  const relation both_initial = [&] {
    const relation from_memory = of.reads - (run.reads_from.inverse() * run.reads_from);
    return from_memory * of.same_location * from_memory;
  }();
  const relation own_read = run.reads_from & of.internal;
  const relation kept =
      of.same_location * of.writes |                                                        // 1
      ((of.reads * of.same_location * of.reads) - between - of_one_write - both_initial) |  // 2
      of.changed * own_read * of.reads |                                                    // 3
      of.fenced() |                                                                         // 4
      of.acquires * po * of.accesses |                                                      // 5
      of.accesses * po * of.releases |                                                      // 6
      annotated * po * annotated |                                                          // 7
      run.read_modify_write |                                                               // 8
      run.address * of.accesses | run.data * of.writes | run.control * of.writes |  // 9 to 11
      (run.address | run.data) * of.writes * own_read |                             // 12
      run.address * of.accesses * po * of.writes;                                   // 13
  return (kept | of.external(run.reads_from) | of.from_read | run.coherence).acyclic();
}

// Chooses, location by location, the order of the writes and the write of each read.
class search {
 public:
  search(const architecture& processor, const execution& events,
         const std::map<std::size_t, std::uint64_t>& last)
      : processor_(processor), run_(events), last_(last) {
    if (events.events.size() > relation::most_events) throw std::length_error("too many events");
    for (std::size_t i = 0; i < events.events.size(); ++i) {
      const event& one = events.events[i];
      if (!is_access(one)) continue;
      place& at = places_[one.location];
      (one.what == kind::write ? at.writes : at.reads).push_back(i);
    }
  }

  bool finds_one() {
    for (auto& [location, accesses] : places_) {
      location_ = location;
      found_ = &accesses.choices;
      std::vector<std::size_t> ordered;
      order_writes(accesses, ordered);
      if (accesses.choices.empty()) return false;
      by_location_.push_back(&accesses.choices);
    }
    std::ranges::sort(by_location_, {}, [](const auto* one) { return one->size(); });
    relations_.emplace(run_);
    return choose(0);
  }

 private:
  struct choice {
    relation reads_from, coherence;
  };
  struct place {
    std::vector<std::size_t> writes, reads;
    std::vector<choice> choices;
  };
  // When an access takes place among the writes to its location, from 1 on; for a read, the write that it reads from,
  // or 0.
  using moments = std::array<int, relation::most_events>;

  void order_writes(const place& accesses, std::vector<std::size_t>& ordered) {
    if (ordered.size() == accesses.writes.size()) {
      const auto wanted = last_.find(location_);
      const std::uint64_t last = ordered.empty() ? initial() : run_.events[ordered.back()].value;
      if (wanted != last_.end() && wanted->second != last) return;
      moments when{};
      for (std::size_t i = 0; i < ordered.size(); ++i) when[ordered[i]] = static_cast<int>(i) + 1;
      choose_writes(accesses, ordered, 0, when);
      return;
    }
    for (const std::size_t each : accesses.writes) {
      const bool too_early = std::ranges::any_of(accesses.writes, [&](std::size_t other) {
        return other < each && run_.events[other].thread == run_.events[each].thread &&
               std::ranges::find(ordered, other) == ordered.end();
      });
      if (too_early || std::ranges::find(ordered, each) != ordered.end()) continue;
      ordered.push_back(each);
      order_writes(accesses, ordered);
      ordered.pop_back();
    }
  }

  void choose_writes(const place& accesses, const std::vector<std::size_t>& ordered,
                     std::size_t which, moments& when) {
    if (which == accesses.reads.size()) {
      choice made;
      for (std::size_t i = 0; i < ordered.size(); ++i) {
        for (std::size_t j = i + 1; j < ordered.size(); ++j)
          made.coherence.add(ordered[i], ordered[j]);
      }
      for (const std::size_t read : accesses.reads) {
        if (when[read] != 0)
          made.reads_from.add(ordered[static_cast<std::size_t>(when[read] - 1)], read);
      }
      found_->push_back(made);
      return;
    }
    const std::size_t read = accesses.reads[which];
    for (std::size_t i = 0; i <= ordered.size(); ++i) {
      const std::uint64_t value = i == 0 ? initial() : run_.events[ordered[i - 1]].value;
      if (value != run_.events[read].value) continue;
      when[read] = static_cast<int>(i);
      if (coherent(accesses, which, when)) choose_writes(accesses, ordered, which + 1, when);
    }
  }

  // Whether the read sees the location go on only, as all other accesses of its thread do, and nothing comes between it
  // and what it writes; whatever the processor.
  bool coherent(const place& accesses, std::size_t which, const moments& when) const {
    const std::size_t read = accesses.reads[which];
    for (const std::size_t write : accesses.writes) {
      if (run_.events[write].thread != run_.events[read].thread) continue;
      if (write < read ? when[write] > when[read] : when[write] <= when[read]) return false;
      if (run_.read_modify_write.has(read, write) && when[write] != when[read] + 1) return false;
    }
    for (std::size_t i = 0; i < which; ++i) {
      const std::size_t before = accesses.reads[i];
      if (run_.events[before].thread == run_.events[read].thread && when[before] > when[read])
        return false;
    }
    return true;
  }

  bool choose(std::size_t which) {
    if (which == by_location_.size()) {
      relations_->update();
      return processor_.consistent(*relations_);
    }
    const relation reads_from = run_.reads_from;
    const relation coherence = run_.coherence;
    for (const choice& each : *by_location_[which]) {
      run_.reads_from = reads_from | each.reads_from;
      run_.coherence = coherence | each.coherence;
      if (choose(which + 1)) return true;
    }
    run_.reads_from = reads_from;
    run_.coherence = coherence;
    return false;
  }

  std::uint64_t initial() const {
    const auto found = run_.initial.find(location_);
    return found != run_.initial.end() ? found->second : 0;
  }

  const architecture& processor_;
  execution run_;
  std::optional<relations> relations_;
  const std::map<std::size_t, std::uint64_t>& last_;
  std::map<std::size_t, place> places_;
  std::vector<std::vector<choice>*> by_location_;
  std::size_t location_ = 0;
  std::vector<choice>* found_ = nullptr;
};

}  // namespace

const architecture x86{"x86", allowed_by_x86};
const architecture armv8{"ARMv8", allowed_by_armv8};
const architecture risc_v{"RISC-V", allowed_by_risc_v};
const architecture any{"any", [](const relations&) { return true; }};

bool reachable(const architecture& processor, const execution& events,
               const std::map<std::size_t, std::uint64_t>& last) {
  return search(processor, events, last).finds_one();
}

}  // namespace weak
