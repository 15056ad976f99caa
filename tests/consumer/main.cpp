// Waits for a value in a coroutine, inserts it, and fails unless it arrived.
#include <wait_map/version.hpp>
#include <wait_map/wait_map.hpp>

#include <coroutine>
#include <exception>
#include <string>

namespace {

struct detached {
  struct promise_type {
    detached get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
  };
};

detached greet(waitmap::wait_map<std::string, int>& map, int& born) {
  auto year = co_await map.wait("Rosa Luxemburg");
  born = year.value_or(0);
}

}  // namespace

int main() {
  waitmap::wait_map<std::string, int> map;
  int born = 0;
  greet(map, born);
  map.insert("Rosa Luxemburg", 1871);
  return born == 1871 && WAIT_MAP_VERSION_MAJOR >= 1 ? 0 : 1;
}
