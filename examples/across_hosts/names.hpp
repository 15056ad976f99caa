// What a key is called in Redis. It and the channel of its value have the same name.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace across_hosts {

inline constexpr std::string_view prefix = "wait_map:";
inline constexpr std::string_view all_keys = "wait_map:*";

inline std::string name_of(std::string_view key) { return std::string(prefix).append(key); }

// nullopt: a name that is not one of ours, whoever sent it.
constexpr std::optional<std::string_view> key_of(std::string_view name) {
  if (!name.starts_with(prefix)) return std::nullopt;
  return name.substr(prefix.size());
}
static_assert(key_of("wait_map:a") == "a");
static_assert(key_of("wait_map:") == "");
static_assert(!key_of("wait"));
static_assert(!key_of("somebody else's"));

}  // namespace across_hosts
