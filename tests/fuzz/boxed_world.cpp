#include "../support/counted.hpp"
#include "../support/maps.hpp"
#include "world.hpp"
#include "worlds.hpp"

namespace fuzz {
namespace {

// Counts those that are copies, also when they are moved: the map makes its keys of copies.
class copied_key {
 public:
  static inline std::size_t copies = 0;

  explicit copied_key(int number) noexcept : number_(number) {}
  copied_key(const copied_key& other) noexcept : number_(other.number_), is_copy_(true) {
    ++copies;
  }
  copied_key(copied_key&& other) noexcept : number_(other.number_), is_copy_(other.is_copy_) {
    if (is_copy_) ++copies;
  }
  copied_key& operator=(const copied_key&) = delete;
  ~copied_key() {
    if (is_copy_) --copies;
  }

  int number() const noexcept { return number_; }
  friend bool operator==(const copied_key& left, const copied_key& right) noexcept {
    return left.number_ == right.number_;
  }

 private:
  int number_;
  bool is_copy_ = false;
};

struct same_hash {
  std::size_t operator()(const copied_key&) const noexcept { return 42; }
};

struct boxed_setup {
  using key_type = copied_key;
  using value_type = support::counted<support::moving::may_throw>;
  using map_type = waitmap::wait_map<key_type, value_type, same_hash,
                                     waitmap::default_equal<key_type>, support::immediate_policy>;
  static constexpr bool nests = true;

  static int number_of(const key_type& key) { return key.number(); }
  // A key that is moved in would not be a copy.
  static const key_type& to_move(const key_type& key) { return key; }
  static std::optional<std::size_t> kept_keys() { return copied_key::copies; }
};

}  // namespace

void run_in_boxed_world(input bytes) { world<boxed_setup>(bytes).run(); }

}  // namespace fuzz
