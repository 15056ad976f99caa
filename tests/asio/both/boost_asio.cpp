#include <wait_map/asio.hpp>

#include "asio/both/handler.hpp"

void wait_with_boost_asio(shared_map& map, int& sum) { async_wait(map, "key", add_up{&sum}); }
