// Coroutines that go on in the thread of an event loop, whoever inserts: a resumer posts them there.
#include <condition_variable>
#include <coroutine>
#include <deque>
#include <iostream>
#include <mutex>
#include <thread>

#include <wait_map/wait_map.hpp>

#include "task.hpp"

class event_loop {
 public:
  void post(std::coroutine_handle<> coroutine) {
    const std::lock_guard lock(mutex_);
    ready_.push_back(coroutine);
    posted_.notify_one();
  }
  void run_one() {
    std::unique_lock lock(mutex_);
    posted_.wait(lock, [&] { return !ready_.empty(); });
    const auto next = ready_.front();
    ready_.pop_front();
    lock.unlock();
    next.resume();
  }

 private:
  std::mutex mutex_;
  std::condition_variable posted_;
  std::deque<std::coroutine_handle<>> ready_;
};

struct post_to_loop {
  event_loop* loop;
  void operator()(std::coroutine_handle<> coroutine) const { loop->post(coroutine); }
};
struct loop_policy : waitmap::default_policy {
  using resumer = post_to_loop;
};
using map_type = waitmap::wait_map<int, int, waitmap::default_hash<int>,
                                   waitmap::default_equal<int>, loop_policy>;

task wait_for(map_type& map, int key, std::thread::id& where) {
  auto value = co_await map.wait(key);
  where = std::this_thread::get_id();
  std::cout << "key " << key << " has the value " << value.value() << '\n';
}

int main() {
  event_loop loop;
  map_type map(post_to_loop{&loop});
  std::thread::id where;
  wait_for(map, 1, where);
  std::thread([&] { map.insert(1, 10); }).join();  // resumes nothing itself
  loop.run_one();
  return where == std::this_thread::get_id() ? 0 : 1;
}
