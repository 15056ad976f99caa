// Two tasks wait by name: one gets its value, the other is cancelled.
#include <coroutine>
#include <exception>
#include <iostream>
#include <optional>
#include <string>

#include <wait_map/wait_map.hpp>

using birth_years = waitmap::wait_map<std::string, int>;

struct task {  // the smallest coroutine type: starts at once, frees itself at its end
  struct promise_type {
    task get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

task ask(birth_years& map, std::string name, std::string& answer) {
  auto year = co_await map.wait(name);  // suspends until the name has a value
  answer = year ? "born in " + std::to_string(*year) : "cancelled";
  std::cout << name << ": " << answer << '\n';
}

int main() {
  birth_years map;
  std::string rosa, voltairine;
  ask(map, "Rosa Luxemburg", rosa);
  ask(map, "Voltairine de Cleyre", voltairine);

  map.insert("Rosa Luxemburg", 1871);  // resumes the first task with the value
  map.cancel("Voltairine de Cleyre");  // resumes the second with std::nullopt

  return rosa == "born in 1871" && voltairine == "cancelled" ? 0 : 1;
}
