#include "recorder.hpp"

#include <algorithm>
#include <stdexcept>

namespace weak {

std::vector<std::uint64_t> trace::key() const {
  std::vector<std::uint64_t> all{result, asleep ? 1u : 0u, woke ? 1u : 0u};
  for (const operation& one : done) {
    for (const std::uint64_t each :
         {static_cast<std::uint64_t>(one.what), std::uint64_t{one.location},
          static_cast<std::uint64_t>(one.order), one.found, one.written, std::uint64_t{one.site}})
      all.push_back(each);
  }
  return all;
}

recorder& recorder::current() {
  static recorder only;
  return only;
}

recorder::recording recorder::record(const program& played, const std::optional<weakened>& other) {
  constexpr int most_rounds = 10;
  other_ = other;
  program_ = &played;
  locations_.clear();
  initial_.clear();
  written_.clear();
  recording made;
  // What is written depends on what is found, and that on what is written: until nothing new appears.
  for (int round = 0;; ++round) {
    if (round == most_rounds) throw std::logic_error("the threads write ever new values");
    made.traces.assign(played.threads.size(), {});
    const auto written_before = written_;
    for (std::size_t which = 0; which < played.threads.size(); ++which) {
      std::set<trace> found;
      choices_.clear();
      for (bool more = true; more;) {
        run(played, which);
        if (!given_up_) found.insert(trace_);
        // The next run differs in the last choice that leaves something.
        choices_.resize(chosen_);
        while (!choices_.empty() && choices_.back() + 1 == widths_[choices_.size() - 1])
          choices_.pop_back();
        more = !choices_.empty();
        if (more) ++choices_.back();
      }
      made.traces[which].assign(found.begin(), found.end());
      for (const trace& each : found) {
        for (const operation& one : each.done) {
          if (one.what == action::store || one.what == action::change)
            written_[one.location][which].insert(one.written);
        }
      }
    }
    if (written_ == written_before) break;
  }
  made.initial = initial_;
  return made;
}

// Everything as it is when recording begins. What a thread does before it sleeps has been done.
void recorder::prepare(const program& played, std::size_t recorded) {
  mode_ = mode::direct;
  played.prepare();
  for (std::size_t i = 0; i < played.threads.size(); ++i) {
    if (i == recorded || !played.threads[i].asleep_at_first) continue;
    thread_ = &played.threads[i];
    until_asleep_ = true;
    when_asleep_ = mode::ended;
    thread_->runs();
    mode_ = mode::direct;
  }
}

void recorder::run(const program& played, std::size_t which) {
  prepare(played, which);
  thread_ = &played.threads[which];
  index_ = which;
  trace_ = {};
  own_.clear();
  looks_.clear();
  widths_.clear();
  chosen_ = 0;
  given_up_ = false;
  until_asleep_ = thread_->asleep_at_first;
  when_asleep_ = mode::records;
  mode_ = until_asleep_ ? mode::direct : mode::records;
  const std::uint64_t result = thread_->runs();
  if (until_asleep_) throw std::logic_error("a thread that was to sleep does not");
  mode_ = mode::direct;
  trace_.result = trace_.asleep ? 0 : result;
}

std::size_t recorder::location_of(const void* cell, std::uint64_t now) {
  const auto [at, is_new] = locations_.try_emplace(cell, initial_.size());
  if (is_new) {
    initial_.push_back(now);
    written_.emplace_back();
  }
  return at->second;
}

std::size_t recorder::site_of(action what, std::memory_order order,
                              const std::source_location& at) {
  const site one{at.file_name(), at.line(), at.column(), what, order};
  const auto found = std::ranges::find(sites_, one);
  if (found != sites_.end()) return static_cast<std::size_t>(found - sites_.begin());
  sites_.push_back(one);
  return sites_.size() - 1;
}

// What others may have written; and what this thread has written last, or else what was there at first.
std::uint64_t recorder::choose(std::size_t location) {
  const auto own = own_.find(location);
  std::set<std::uint64_t> values{own != own_.end() ? own->second : initial_[location]};
  for (const auto& [writer, written] : written_[location]) {
    if (writer != index_) values.insert(written.begin(), written.end());
  }
  if (chosen_ == choices_.size()) choices_.push_back(0);
  widths_.push_back(values.size());
  return *std::next(values.begin(), static_cast<std::ptrdiff_t>(choices_[chosen_++]));
}

void recorder::append(operation one) {
  if (other_ && other_->site == one.site) {
    if (!other_->order) return;
    if (!other_->by_processor) one.compiled_as = *other_->order;
    one.order = *other_->order;
  }
  if (one.what == action::store || one.what == action::change) own_[one.location] = one.written;
  trace_.done.push_back(one);
}

void recorder::append_in_kernel(action what, std::size_t location, std::uint64_t found,
                                std::uint64_t written) {
  append({.what = what,
          .location = location,
          .found = found,
          .written = written,
          .site = kernel_site});
}

std::uint64_t recorder::load_guarded(const void* cell, std::uint64_t now) {
  if (mode_ != mode::records) return now;
  const std::size_t location = location_of(cell, now);
  const std::uint64_t found = choose(location);
  append({.what = action::load, .location = location, .found = found, .site = guarded_site});
  return found;
}
bool recorder::store_guarded(const void* cell, std::uint64_t now, std::uint64_t written) {
  if (mode_ != mode::records) return mode_ == mode::direct;
  const std::size_t location = location_of(cell, now);
  append({.what = action::store, .location = location, .written = written, .site = guarded_site});
  return false;
}

std::size_t recorder::protected_by(const void* cell) {
  return location_of(static_cast<const char*>(cell) + 1, 0);
}
void recorder::begin_protected(const void* cell) {
  if (mode_ != mode::records) return;
  const std::size_t location = protected_by(cell);
  append({.what = action::load,
          .location = location,
          .found = choose(location),
          .site = protected_site});
}
void recorder::end_protected(const void* cell) {
  if (mode_ != mode::records) return;
  append({.what = action::store,
          .location = protected_by(cell),
          .written = index_ + 1,
          .site = protected_site});
}

std::uint64_t recorder::load(const void* cell, std::uint64_t now, std::memory_order order,
                             const std::source_location& at) {
  if (mode_ == mode::ended) return 0;
  if (order == std::memory_order_relaxed && (mode_ == mode::records || until_asleep_)) {
    if (std::ranges::count(program_->own, cell) != 0) return 0;
    if (std::ranges::count(program_->hinted, cell) != 0) {
      if (!thread_->hint) give_up();
      return thread_->hint.value_or(0);
    }
  }
  if (mode_ == mode::direct) return now;
  const std::size_t location = location_of(cell, now);
  // A loop that waits: it ends at the first look, or at the second, or is not looked at.
  if (++looks_[location] > 2) {
    give_up();
    return 0;
  }
  const std::uint64_t found = choose(location);
  append({action::load, location, order, order, found, 0, site_of(action::load, order, at)});
  return found;
}

bool recorder::store(const void* cell, std::uint64_t now, std::uint64_t written,
                     std::memory_order order, const std::source_location& at) {
  if (mode_ != mode::records) return mode_ == mode::direct;
  const std::size_t location = location_of(cell, now);
  append({action::store, location, order, order, 0, written, site_of(action::store, order, at)});
  return false;
}

void recorder::is_created(const void* cell, std::uint64_t value) {
  if (mode_ != mode::records) return;
  append_in_kernel(action::store, location_of(cell, garbage), 0, value);
}

std::pair<std::uint64_t, bool> recorder::change(const void* cell, std::uint64_t now,
                                                const changing& to, std::memory_order order,
                                                std::memory_order if_unchanged,
                                                const std::source_location& at) {
  if (mode_ == mode::direct) return {now, true};
  if (mode_ == mode::ended) return {0, false};
  const std::size_t location = location_of(cell, now);
  if (++looks_[location] > 3) {
    give_up();
    return {0, false};
  }
  const std::uint64_t found = choose(location);
  if (const auto written = to(found)) {
    append({action::change, location, order, order, found, *written,
            site_of(action::change, order, at)});
  } else {
    append({action::load, location, if_unchanged, if_unchanged, found, 0,
            site_of(action::load, if_unchanged, at)});
  }
  return {found, false};
}

void recorder::compile_fence(std::memory_order order, const std::source_location& at) {
  if (mode_ != mode::records || order != std::memory_order_seq_cst) return;
  append({action::compile_fence, 0, order, order, 0, 0, site_of(action::compile_fence, order, at)});
}

void recorder::barrier(const std::source_location& at) {
  if (mode_ != mode::records) return;
  const auto order = std::memory_order_seq_cst;
  append({action::barrier, 0, order, order, 0, 0, site_of(action::barrier, order, at)});
}

namespace {

// In the kernel: whether somebody sleeps.
const char queue = 0;

}  // namespace

// It enters itself, and then looks at the word; who wakes it looks whether it is there. Both have a full fence between.
void recorder::sleep_while(const void* word, std::uint64_t now, std::uint64_t value) {
  if (until_asleep_) {
    until_asleep_ = false;
    mode_ = when_asleep_;
    return;
  }
  if (mode_ != mode::records) return;
  append_in_kernel(action::store, location_of(&queue, 0), 0, 1);
  append_in_kernel(action::fence);
  const std::size_t location = location_of(word, now);
  const std::uint64_t found = choose(location);
  append_in_kernel(action::load, location, found);
  if (found == value) {
    trace_.asleep = true;
    mode_ = mode::ended;
    return;
  }
  append_in_kernel(action::store, location_of(&queue, 0), 0, 0);
  append_in_kernel(action::fence);
}

bool recorder::wake(const void*) {
  if (mode_ != mode::records) return mode_ == mode::ended;
  append_in_kernel(action::fence);
  const std::size_t entries = location_of(&queue, 0);
  const std::uint64_t found = choose(entries);
  append_in_kernel(action::load, entries, found);
  append_in_kernel(action::fence);
  if (found == 0) return false;
  return trace_.woke = true;
}

void recorder::give_up() {
  if (mode_ != mode::records) return;
  given_up_ = true;
  mode_ = mode::ended;
}

}  // namespace weak
