// 5.6: the coroutines of Seastar, whose promise has this shape, go on on their shard.
// The compiler says: seastar::alien::submit_to()
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
    void run_and_dispose() noexcept {}
#endif
  };
};

task wait(waitmap::wait_map<int, int>& map) {
  auto value = co_await map.wait(1);
  (void)value;
}

int main() {}
