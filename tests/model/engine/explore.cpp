#include "explore.hpp"

#include <chrono>

#include "arena.hpp"
#include "schedule_text.hpp"

namespace model {
namespace {

class stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// Returns what is wrong, nothing if all is well.
std::string run_once(const std::function<std::unique_ptr<execution>()>& make, search& order) {
  scheduler& fibers = scheduler::current();
  arena::open();
  std::unique_ptr<execution> program = make();
  {
    const thread_functions threads = program->threads();
    fibers.run(threads, order);
    if (!fibers.failed()) program->finish();
    if (!fibers.failed()) program.reset();
  }
  if (fibers.failed()) {
    // Its fibers stand still in the midst of their work: nothing of it can be destroyed.
    static_cast<void>(program.release());
    arena::abandon();
    return fibers.failure();
  }
  return arena::close();
}

}  // namespace

report explore(const std::function<std::unique_ptr<execution>()>& make, search_options options,
               limits bounds) {
  const stopwatch clock;
  scheduler& fibers = scheduler::current();
  const bool replaying = options.how == strategy::replay;
  search order(std::move(options));
  report result;
  fibers.set_verbose(replaying);
  for (;;) {
    result.failure = run_once(make, order);
    ++result.schedules;
    result.steps += order.depth();
    result.deepest = std::max(result.deepest, order.depth());
    if (!result.failure.empty()) {
      result.schedule = to_text(order.taken());
      break;
    }
    if (!order.advance()) {
      result.exhausted = !replaying;
      break;
    }
    if (result.schedules >= bounds.schedules) break;
    if (result.schedules % 256 == 0 && clock.seconds() > bounds.seconds) break;
  }
  fibers.set_verbose(false);
  fibers.forget_failure();
  result.seconds = clock.seconds();
  return result;
}

}  // namespace model
