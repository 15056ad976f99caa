// CALLER: the name of this file's caller.
#include "mixing/shared_map.hpp"

namespace {

void insert(shared_map& map, int key) { map.insert(key, "value"); }
bool append(shared_map& map, int key) {
  return map.modify(key, [](std::string& value) { value += "+"; });
}
std::optional<std::string> get(const shared_map& map, int key) {
  std::optional<std::string> seen;
  map.visit(key, [&](const std::string& value) { seen = value; });
  return seen == map.get(key) ? seen : std::nullopt;
}
support::owned wait(shared_map& map, int key, std::string& got) {
  auto value = co_await map.wait(key);
  got = value.value_or("nothing");
}
support::owned compute(shared_map& map, int key, std::string& got) {
  const shared_factory factory{&map, key};
  auto value = co_await waitmap::get_or_compute(map, key, factory);
  got = value;
}
std::size_t cancel(shared_map& map, int key) { return map.cancel(key); }
bool claim_and_drop(shared_map& map, int key) {
  const auto claim = map.try_claim(key);
  return static_cast<bool>(claim);
}
void destroy(shared_map* map) { delete map; }
shared_map* create() { return new shared_map(waitmap::options{.shards = 2}); }

}  // namespace

const caller CALLER = {insert, append, get, wait, compute, cancel, claim_and_drop, destroy, create};
