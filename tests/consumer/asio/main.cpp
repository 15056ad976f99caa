// Waits for a value by a callback of Asio, inserts it, and fails unless it arrived.
#include <asio/bind_executor.hpp>
#include <asio/io_context.hpp>
#include <optional>
#include <string>
#include <wait_map/asio.hpp>
#include <wait_map/wait_map.hpp>

int main() {
  asio::io_context context;
  waitmap::wait_map<std::string, int> map;
  int born = 0;
  waitmap::async_wait(map, "Rosa Luxemburg",
                      asio::bind_executor(context, [&born](auto, std::optional<int> year) {
                        born = year.value_or(0);
                      }));
  map.insert("Rosa Luxemburg", 1871);
  context.run();
  return born == 1871 ? 0 : 1;
}
