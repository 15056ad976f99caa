// Runs competitors in interleaved rounds and keeps what they measured.
//
// A race is a set of contestants measured for the same rows. Every round runs every contestant
// once, each round starting with another one, so that a slow phase of the machine falls on all of
// them. A ratio is taken within a round and its median over the rounds is what counts; medians of
// times are for reading.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bench {

using clock = std::chrono::steady_clock;

inline double nanoseconds_since(clock::time_point start) {
  return std::chrono::duration<double, std::nano>(clock::now() - start).count();
}

// The time that the calling thread has had the processor: on a machine that others use too, the
// time on the wall would also count theirs. Read by a system call, so for spans of many
// microseconds.
class stopwatch {
 public:
  double elapsed() const { return now() - start_; }

 private:
  static double now() {
    std::timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
  }
  double start_ = now();
};

// Makes the compiler believe that `value` is used.
template <class T>
inline void keep(const T& value) {
  asm volatile("" : : "r,m"(value) : "memory");
}

// What a row has to reach: wait_map's figure itself, or its ratio to the row's reference.
enum class bound { none, ratio, figure };

struct row {
  std::string name;
  std::string unit = "ns";
  std::string reference = "floor";
  bound kind = bound::none;
  double limit = 0;
};

// `round` runs once and returns one figure per row of its race, smaller being better.
struct contestant {
  std::string name;
  std::function<std::vector<double>()> round;
};

inline constexpr const char* ours = "wait_map";
inline constexpr const char* of_one_thread = "of one thread";  // a wait_map that does not lock

// One contestant in one row, after all rounds.
struct result {
  std::string table, row, unit, contestant, reference;
  std::size_t rounds = 0;
  double median = 0, lowest = 0, highest = 0;
  std::optional<double> ratio;  // to the reference
  bound kind = bound::none;     // of wait_map's own line only
  double limit = 0;

  double judged() const { return kind == bound::ratio ? ratio.value_or(0) : median; }
  bool holds() const { return kind == bound::none || judged() <= limit; }
};

inline double median_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 != 0 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

// WAIT_MAP_BENCH_ROUNDS asks for more rounds, never for fewer than 7.
inline std::size_t round_count() {
  const char* const asked = std::getenv("WAIT_MAP_BENCH_ROUNDS");
  return std::max<std::size_t>(7, asked != nullptr ? std::strtoul(asked, nullptr, 10) : 0);
}

class table {
 public:
  explicit table(std::string name) : name_(std::move(name)) {}

  void race(const std::vector<row>& rows, const std::vector<contestant>& contestants,
            std::size_t rounds = round_count()) {
    // samples[contestant][row][round]
    std::vector<std::vector<std::vector<double>>> samples(
        contestants.size(), std::vector<std::vector<double>>(rows.size()));
    for (std::size_t round = 0; round != rounds; ++round) {
      for (std::size_t turn = 0; turn != contestants.size(); ++turn) {
        const std::size_t who = (round + turn) % contestants.size();
        const std::vector<double> figures = contestants[who].round();
        for (std::size_t r = 0; r != rows.size(); ++r) samples[who][r].push_back(figures[r]);
      }
    }
    for (std::size_t r = 0; r != rows.size(); ++r) {
      const std::vector<double>* reference = nullptr;
      for (std::size_t who = 0; who != contestants.size(); ++who) {
        if (contestants[who].name == rows[r].reference) reference = &samples[who][r];
      }
      for (std::size_t who = 0; who != contestants.size(); ++who) {
        add(rows[r], contestants[who].name, samples[who][r], reference);
      }
    }
  }

  const std::vector<result>& results() const { return results_; }

 private:
  void add(const row& row, const std::string& contestant, const std::vector<double>& samples,
           const std::vector<double>* reference) {
    result line;
    line.table = name_;
    line.row = row.name;
    line.unit = row.unit;
    line.contestant = contestant;
    line.reference = row.reference;
    line.rounds = samples.size();
    line.median = median_of(samples);
    const auto [lowest, highest] = std::minmax_element(samples.begin(), samples.end());
    line.lowest = *lowest;
    line.highest = *highest;
    if (reference != nullptr) {
      std::vector<double> ratios;
      for (std::size_t i = 0; i != samples.size(); ++i)
        ratios.push_back((*reference)[i] != 0 ? samples[i] / (*reference)[i] : 0);
      line.ratio = median_of(ratios);
    }
    if (contestant == ours) {
      line.kind = row.kind;
      line.limit = row.limit;
    }
    results_.push_back(std::move(line));
  }

  std::string name_;
  std::vector<result> results_;
};

}  // namespace bench
