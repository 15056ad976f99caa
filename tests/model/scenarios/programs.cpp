#include "programs.hpp"

#include <algorithm>

namespace model {
namespace {

int first_stoppable(const std::vector<const letter*>& all) {
  int number = 0;
  for (const letter* each : all) {
    if (each->stoppable) return number;
    number += each->waits();
  }
  return -1;
}

}  // namespace

programs::programs(const alphabet& letters, std::size_t threads, std::size_t least,
                   std::size_t most)
    : threads_(threads) {
  std::vector<sequence> all{{}};
  for (std::size_t begin = 0, length = 0; length <= most; ++length) {
    const std::size_t end = all.size();
    for (std::size_t i = begin; i < end; ++i) {
      if (length >= least) sequences_.push_back(all[i]);
      if (length == most) continue;
      for (const letter& next : letters) {
        all.push_back(all[i]);
        all.back().push_back(next);
      }
    }
    begin = end;
  }
  for (const sequence& each : sequences_) summaries_.push_back(summary_of(each));
}

// Of so many elements, with repetition.
std::uint64_t programs::multisets(std::size_t count, std::size_t of) {
  std::uint64_t number = 1;
  for (std::size_t i = 0; i < count; ++i) number = number * (of + i) / (i + 1);
  return number;
}

// In the order of the first, then of the second, ... sequence.
std::vector<std::size_t> programs::choose(std::uint64_t number) const {
  std::vector<std::size_t> chosen;
  std::size_t next = 0;
  for (std::size_t left = threads_; left-- > 0;) {
    for (;; ++next) {
      const std::uint64_t begin_with_it = multisets(left, sequences_.size() - next);
      if (number < begin_with_it) break;
      number -= begin_with_it;
    }
    chosen.push_back(next);
  }
  return chosen;
}

programs::summary programs::summary_of(const sequence& thread) {
  summary made;
  for (std::size_t i = 0; i < thread.size(); ++i) {
    made.waits |= thread[i].waits() != 0;
    made.stoppable |= thread[i].stoppable;
    made.stops |= thread[i].stops;
    made.ends |= thread[i].ends;
    if (!thread[i].destroys) continue;
    if (i == 0 || thread[i - 1].waits() == 0) {
      made.possible = false;
      continue;
    }
    const letter& wait = thread[i - 1];
    made.no_stop |= wait.stoppable;
    if (wait.waits_for_all) {
      made.no_end_of_all = true;
    } else {
      made.no_end |= wait.waits_on;
    }
  }
  return made;
}

bool programs::make_sense(const std::vector<summary>& threads) {
  bool waits = false;
  bool stoppable = false;
  bool stops = false;
  for (const summary& each : threads) {
    waits |= each.waits;
    stoppable |= each.stoppable;
    stops |= each.stops;
    unsigned others_end = neither;
    bool others_stop = false;
    for (const summary& other : threads) {
      if (&other == &each) continue;
      others_end |= other.ends;
      others_stop |= other.stops;
    }
    const bool resumed_elsewhere = (each.no_stop && others_stop) ||
                                   (each.no_end & others_end) != 0 ||
                                   (each.no_end_of_all && others_end == both);
    if (!each.possible || resumed_elsewhere) return false;
  }
  return waits && stoppable == stops;
}

// Threads of one summary can stand in for each other: it counts them, not what they do.
std::uint64_t programs::sensible() const {
  std::map<summary, std::size_t> kinds;
  for (const summary& each : summaries_) ++kinds[each];
  std::uint64_t count = 0;
  std::vector<summary> chosen;
  const auto extend = [&](const auto& self, auto from, std::uint64_t ways) -> void {
    if (chosen.size() == threads_) {
      if (make_sense(chosen)) count += ways;
      return;
    }
    for (auto kind = from; kind != kinds.end(); ++kind) {
      std::size_t times = 0;
      while (chosen.size() < threads_) {
        chosen.push_back(kind->first);
        ++times;
        self(self, std::next(kind), ways * multisets(times, kind->second));
      }
      chosen.resize(chosen.size() - times);
    }
  };
  extend(extend, kinds.begin(), 1);
  return count;
}

std::string programs::text(std::uint64_t number) const {
  const std::vector<std::size_t> chosen = choose(number);
  std::vector<summary> threads;
  std::vector<const letter*> all;
  for (const std::size_t each : chosen) {
    threads.push_back(summaries_[each]);
    for (const letter& operation : sequences_[each]) all.push_back(&operation);
  }
  if (!make_sense(threads)) return {};
  std::string text;
  int waits = 0;
  int claims = 0;
  int last_wait = -1;
  for (const std::size_t each : chosen) {
    bool begins = true;
    for (const letter& operation : sequences_[each]) {
      if (!text.empty()) text += begins ? " | " : "; ";
      begins = false;
      if (operation.waits() != 0) last_wait = waits;
      waits += operation.waits();
      const int own_claim = operation.text.starts_with("claim ") ? claims++ : -1;
      std::string filled_in = operation.text;
      if (const auto place = filled_in.find('$'); place != std::string::npos) {
        const int concerned = operation.stops      ? first_stoppable(all)
                              : operation.destroys ? last_wait
                                                   : own_claim;
        filled_in.replace(place, 1, std::to_string(concerned));
      }
      text += filled_in;
    }
  }
  return text;
}

}  // namespace model
