// Rule 5.1 as Asio has it: no handler is called inside of the function that begins an operation or ends it, but for
// those without an executor, which the one who brings the value calls.
#include <cstddef>
#include <future>
#include <optional>
#include <stdexcept>
#include <thread>

#include "asio/net.hpp"

namespace elsewhere_test {

struct call {
  std::thread::id thread;
  error_code error;
  std::optional<int> value;
};

// A handler without an executor, and what it was called with.
struct caller {
  std::promise<call> promise;
  auto handler() {
    return [this](error_code error, std::optional<int> value) {
      promise.set_value({std::this_thread::get_id(), error, value});
    };
  }
  call wait() { return promise.get_future().get(); }
};

TEST_CASE("a cancelled handler without an executor is not called by the cancellation", "[5.1]") {
  int_map map;
  net::cancellation_signal signal;
  caller called;
  async_wait(map, "key", net::bind_cancellation_slot(signal.slot(), called.handler()));
  signal.emit(net::cancellation_type::terminal);
  const call got = called.wait();
  CHECK(got.error == net::error::operation_aborted);
  CHECK(got.thread != std::this_thread::get_id());
}

TEST_CASE("a handler without an executor is not called by the initiating function", "[3.1]") {
  int_map map;
  map.insert("key", 7);
  caller called;
  async_wait(map, "key", called.handler());
  const call got = called.wait();
  CHECK(got.value == 7);
  CHECK(got.thread != std::this_thread::get_id());
}

struct refusing_hash {
  std::size_t operator()(int) const { throw std::invalid_argument("no key"); }
};

TEST_CASE("a handler without an executor is not called by the initiating function that fails",
          "[6.2]") {
  waitmap::wait_map<int, int, refusing_hash> map;
  caller called;
  async_wait(map, 1, called.handler());
  const call got = called.wait();
  CHECK(got.error);
  CHECK(got.thread != std::this_thread::get_id());
}

// On the thread of the context all that its executor is asked to do may be done at once.
TEST_CASE("a handler is not called inside of what ends its operation, on its own context's thread",
          "[5.1]") {
  const int how = GENERATE(0, 1, 2, 3, 4, 5);
  int_map map;
  if (how == 0) map.insert("key", 7);
  net::io_context context;
  net::cancellation_signal signal;
  answer got;
  int calls_inside = -1;
  net::post(context, [&] {
    async_wait(map, "key",
               net::bind_cancellation_slot(signal.slot(), note(got, context.get_executor())));
    switch (how) {
      case 0:
        break;
      case 1:
        map.insert("key", 7);
        break;
      case 2:
        signal.emit(net::cancellation_type::terminal);
        break;
      case 3:
        map.cancel("key");
        break;
      case 4:
        map.fail("key", std::make_exception_ptr(std::out_of_range("no such city")));
        break;
      default:
        map.close();
    }
    calls_inside = got.calls;
  });
  context.run();
  CHECK(calls_inside == 0);
  CHECK(got.calls == 1);
}

}  // namespace elsewhere_test
