// 5.6: the coroutines of Boost.Cobalt, whose promise has this shape, go on on their executor: a plain co_await does
// not.
// The compiler says: waitmap::async_wait(map, key, boost::cobalt::use_op)
#include <coroutine>

#include <wait_map/wait_map.hpp>

struct task {
  struct promise_type {
    task get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
#ifdef MISUSE
    int get_executor() const { return 0; }
    int get_cancellation_slot() const { return 0; }
#endif
  };
};

task wait(waitmap::wait_map<int, int>& map) {
  auto value = co_await map.wait(1);
  (void)value;
}

int main() {}
