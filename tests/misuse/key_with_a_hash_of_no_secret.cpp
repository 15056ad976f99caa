// 6.8: a flood-resistant hash of a type needs its AbslHashValue: std::hash has no secret.
// The compiler says: give this type an AbslHashValue
#include <cstddef>
#include <functional>

#include <wait_map/flood_resistant_hash.hpp>

struct id {
  int number;
};
template <>
struct std::hash<id> {
  std::size_t operator()(id self) const { return static_cast<std::size_t>(self.number); }
};

int main() {
  const waitmap::flood_resistant_hash<int> hash;
  hash(1);
#ifdef MISUSE
  const waitmap::flood_resistant_hash<id> hash_of_id;
  hash_of_id(id{1});
#endif
}
