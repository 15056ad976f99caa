// A batch of ids in one request: all are waited for before it is sent. The replies come one by one, in any
// order, some of them before the coroutine awaits.
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "task.hpp"

using replies_map = waitmap::wait_map<int, std::string>;

class server {
 public:
  explicit server(replies_map& replies) : replies_(replies) {}
  ~server() { rest_.join(); }

  // Answers the last id at once, the others later; there is nothing at 404.
  void request(std::vector<int> ids) {
    answer(ids.back());
    ids.pop_back();
    rest_ = std::thread([this, ids] {
      for (auto id = ids.rbegin(); id != ids.rend(); ++id) answer(*id);
    });
  }

 private:
  void answer(int id) {
    if (id == 404) {
      replies_.cancel(id);
    } else {
      replies_.deliver(id, "name " + std::to_string(id));
    }
  }

  replies_map& replies_;
  std::thread rest_;
};

task names_of(replies_map& replies, server& at, std::vector<int> ids, std::string& names) {
  auto replied = replies.subscribe_all(ids);
  at.request(ids);
  auto outcomes = co_await replied;  // in the order of the ids
  for (auto& each : outcomes) names += (each ? *each : "none") + ", ";
}

int main() {
  replies_map replies;
  std::string names;
  {
    server at(replies);
    names_of(replies, at, {3, 1, 404, 2}, names);
  }
  const bool late_is_refused = !replies.deliver(3, "again");

  std::cout << names << '\n';
  return names == "name 3, name 1, none, name 2, " && late_is_refused && replies.empty() &&
                 replies.waiting() == 0
             ? 0
             : 1;
}
