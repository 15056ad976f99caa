// outcomes: what the map's co_await returns, as the reference says it.
#pragma once

#include <optional>
#include <vector>

#include <wait_map/claim.hpp>
#include <wait_map/result.hpp>

#include "../support/counted.hpp"
#include "reference.hpp"

namespace fuzz {

inline outcome outcome_of(const std::optional<int>& number) {
  using enum waitmap::wait_status;
  return {.tells_why = false, .endings = {number ? ending{value, *number} : ending{}}};
}

template <support::moving Moving>
outcome outcome_of(const std::optional<support::counted<Moving>>& counted) {
  return outcome_of(counted ? std::optional<int>(counted->number()) : std::nullopt);
}

template <class Value>
ending ending_of(const waitmap::wait_outcome<Value>& result) {
  return {result.status(), result ? result->number() : 0};
}

template <class Value>
outcome outcome_of(const waitmap::wait_outcome<Value>& result) {
  return {.endings = {ending_of(result)}};
}

template <class Key, class Value, class Hash, class Equal, class Policy>
outcome outcome_of(const waitmap::claim_or_outcome<Key, Value, Hash, Equal, Policy>& result) {
  return outcome_of(result.outcome);
}

template <class Value>
outcome outcome_of(const waitmap::first_outcome<Value>& result) {
  return {.first = result.index, .endings = {ending_of(result.outcome)}};
}

template <class Value>
outcome outcome_of(const std::vector<waitmap::wait_outcome<Value>>& results) {
  outcome all;
  for (const auto& each : results) all.endings.push_back(ending_of(each));
  return all;
}

}  // namespace fuzz
