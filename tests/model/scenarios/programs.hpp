// programs: every way to give a few threads a few operations, numbered, so that some can be picked.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "alphabets.hpp"

namespace model {

// The multisets of `threads` threads, each of at least `least` and at most `most` operations. A thread without
// any is left out.
class programs {
 public:
  programs(const alphabet& letters, std::size_t threads, std::size_t least, std::size_t most);

  std::uint64_t size() const { return multisets(threads_, sequences_.size()); }
  // How many of them make sense: somebody waits; who stops and who can be stopped are there; a frame is
  // destroyed right after its wait, by the same thread, and no other thread can be resuming it meanwhile.
  std::uint64_t sensible() const;
  // The text of one; empty if it makes no sense.
  std::string text(std::uint64_t number) const;

 private:
  using sequence = std::vector<letter>;
  // What tells with which others a thread can be put together.
  struct summary {
    bool possible = true;
    bool waits = false;
    bool stoppable = false;
    bool stops = false;
    unsigned ends = neither;
    // What no other thread may do, as this one destroys a frame.
    bool no_stop = false;
    unsigned no_end = neither;
    bool no_end_of_all = false;

    auto operator<=>(const summary&) const = default;
  };

  static std::uint64_t multisets(std::size_t count, std::size_t of);
  static summary summary_of(const sequence& thread);
  static bool make_sense(const std::vector<summary>& threads);
  std::vector<std::size_t> choose(std::uint64_t number) const;

  std::size_t threads_;
  std::vector<sequence> sequences_;
  std::vector<summary> summaries_;
};

}  // namespace model
