// The library's headers after those of Windows, with its macros min and max. Where there is no Windows, after these.
#if defined(_WIN32)
#include <windows.h>
#endif

#include "of_others.hpp"

// Microsoft's headers leave them, MinGW's take them away.
#undef min
#undef max
#define min(a, b) (((a) < (b)) ? (a) : (b))
#define max(a, b) (((a) > (b)) ? (a) : (b))

#include "every_header.hpp"

template class waitmap::wait_map<std::string, std::string>;
template class waitmap::wait_map<std::string, int, waitmap::flood_resistant_hash<std::string>>;
template class waitmap::basic_deadline_timer<std::chrono::system_clock>;
template class waitmap::wait_map<int, int, waitmap::default_hash<int>, waitmap::default_equal<int>,
                                 waitmap::single_threaded_policy>;

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
  return born == 1871 ? 0 : 1;
}
