#include "world.hpp"
#include "worlds.hpp"

namespace model {

// A user's resumer: hands the coroutine to whoever performs run_posted.
struct posting_resumer {
  void operator()(std::coroutine_handle<> ready) const { fixture::current().post(ready); }
};

struct posting_policy : checker_policy {
  using resumer = posting_resumer;
  using parker = waitmap::detail::condition_parker;  // what is used where there are no futexes
};

std::unique_ptr<execution> make_posting_world(exploration& of) {
  return std::make_unique<world<posting_policy>>(of);
}

}  // namespace model
