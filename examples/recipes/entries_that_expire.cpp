// Entries that expire: each value has a stamp beside it. Whoever reads removes it when its time is over,
// and a sweep removes what nobody reads. That there is nothing to find is kept too, for a shorter time.
#include <chrono>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include <wait_map/get_or_compute.hpp>
#include <wait_map/wait_map.hpp>

#include "lazy.hpp"
#include "task.hpp"

using namespace std::chrono_literals;

struct fake_clock {  // take std::chrono::steady_clock instead
  using duration = std::chrono::seconds;
  using time_point = std::chrono::time_point<fake_clock, duration>;
  static time_point now() { return time; }
  static inline time_point time{};
};

struct entry {
  std::optional<std::string> address;  // nullopt: the host does not exist
  fake_clock::time_point expires;

  bool is_over(fake_clock::time_point now) const { return expires <= now; }
};

class resolver {
 public:
  lazy<std::optional<std::string>> address_of(std::string host) {
    cache_.erase_if(host, [](const entry& each) { return each.is_over(fake_clock::now()); });
    auto ask = [this, host] { return ask_server(host); };
    auto looking = waitmap::get_or_compute(cache_, host, ask);
    auto found = co_await std::move(looking);
    co_return found.address;
  }

  // Returns: the number of entries that it removed. To be called now and then.
  std::size_t sweep() {
    const auto now = fake_clock::now();
    return cache_.erase_if(
        [&](const std::string&, const entry& each) { return each.is_over(now); });
  }

  std::size_t size() const { return cache_.size(); }

  std::map<std::string, std::string> server{{"home", "127.0.0.1"}};
  int asked = 0;

 private:
  lazy<entry> ask_server(std::string host) {
    ++asked;
    const auto found = server.find(host);
    if (found == server.end()) co_return entry{std::nullopt, fake_clock::now() + 10s};
    co_return entry{found->second, fake_clock::now() + 60s};
  }

  waitmap::wait_map<std::string, entry> cache_;
};

task look_up(resolver& names, std::string host, std::string& answer) {
  auto looking = names.address_of(host);
  auto address = co_await looking;
  answer += address.value_or("none") + ' ';
}

int main() {
  resolver names;
  std::string home, away;
  int asked_at[4] = {};
  const auto look_up_both = [&](int time) {
    look_up(names, "home", home);
    look_up(names, "away", away);
    asked_at[time] = names.asked;
  };

  look_up_both(0);  // asks for both
  names.server["away"] = "192.0.2.1";
  fake_clock::time += 9s;
  look_up_both(1);  // asks for neither
  fake_clock::time += 1s;
  look_up_both(2);  // asks for "away" anew
  names.server["home"] = "127.0.0.2";
  fake_clock::time += 50s;
  look_up_both(3);  // asks for "home" anew; "away" has ten seconds left

  const auto none = names.sweep();
  fake_clock::time += 10s;
  const auto one = names.sweep();

  std::cout << "home: " << home << "\naway: " << away << "\nasked " << names.asked << " times\n";
  return home == "127.0.0.1 127.0.0.1 127.0.0.1 127.0.0.2 " &&
                 away == "none none 192.0.2.1 192.0.2.1 " && asked_at[0] == 2 && asked_at[1] == 2 &&
                 asked_at[2] == 3 && asked_at[3] == 4 && none == 0 && one == 1 && names.size() == 1
             ? 0
             : 1;
}
