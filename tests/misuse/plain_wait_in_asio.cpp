// 5.6: an asio::awaitable goes on on its executor: a plain co_await of a wait does not.
// The compiler says: write co_await waitmap::async_wait(map, key, asio::use_awaitable)
#include <asio/awaitable.hpp>
#include <asio/use_awaitable.hpp>

#include <wait_map/asio.hpp>
#include <wait_map/wait_map.hpp>

asio::awaitable<void> wait(waitmap::wait_map<int, int>& map) {
  auto value = co_await waitmap::async_wait(map, 1, asio::use_awaitable);
  (void)value;
#ifdef MISUSE
  auto other = co_await map.wait(1);
  (void)other;
#endif
}

int main() {}
