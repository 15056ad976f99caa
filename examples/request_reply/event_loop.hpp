// event_loop: calls functions at their time. The time is pretended: it jumps to what comes next.
#pragma once

#include <functional>
#include <map>
#include <utility>

namespace request_reply {

class event_loop {
 public:
  using milliseconds = int;

  void after(milliseconds delay, std::function<void()> function) {
    events_.emplace(now_ + delay, std::move(function));
  }

  milliseconds now() const { return now_; }

  // Returns when nothing is left to be called.
  void run() {
    while (!events_.empty()) {
      auto next = events_.extract(events_.begin());
      now_ = next.key();
      next.mapped()();
    }
  }

 private:
  milliseconds now_ = 0;
  std::multimap<milliseconds, std::function<void()>> events_;  // equal times in order of arrival
};

}  // namespace request_reply
