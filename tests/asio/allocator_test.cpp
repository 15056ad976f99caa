// The memory of an operation comes from its handler's allocator and is given back before the call.
#include "asio/net.hpp"
#include "support/counting_allocator.hpp"

namespace allocator_test {

struct handler {
  using allocator_type = support::counting_allocator<char>;
  using executor_type = net::io_context::executor_type;

  allocator_type get_allocator() const noexcept { return allocator_type(*counts); }
  executor_type get_executor() const noexcept { return context->get_executor(); }
  void operator()(error_code, std::optional<int> value) const {
    CHECK(value == 7);
    *live_in_call = counts->live;
  }

  support::usage* counts;
  net::io_context* context;
  int* live_in_call;
};

TEST_CASE("an operation uses its handler's allocator and frees before it calls", "[5.8]") {
  const bool present = GENERATE(false, true);
  int_map map;
  net::io_context context;
  support::usage counts;
  int live_in_call = -1;
  if (present) map.insert("key", 7);
  async_wait(map, "key", handler{&counts, &context, &live_in_call});
  CHECK(counts.total > 0);
  if (!present) {
    CHECK(counts.total == 1);  // the operation; what is posted comes when the wait is over
    map.insert("key", 7);
  }
  context.run();
  CHECK(live_in_call == 0);
  CHECK(counts.live == 0);
}

TEST_CASE("a dropped operation gives its memory back", "[5.8]") {
  int_map map;
  support::usage counts;
  int live_in_call = -1;
  {
    net::io_context context;
    async_wait(map, "key", handler{&counts, &context, &live_in_call});
    async_wait(map, "other", handler{&counts, &context, &live_in_call});
    map.insert("other", 7);
    CHECK(counts.live > 1);
  }
  CHECK(counts.live == 0);
  CHECK(live_in_call == -1);
}

}  // namespace allocator_test
