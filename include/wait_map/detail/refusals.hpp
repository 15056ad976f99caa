// refuses_when_const: what a const map says where it is asked to wait, or for something else that changes it; and
// refuses_floating_point: what a map of integers says where it is asked to wait for a key that is none.
#pragma once

#include <concepts>
#include <ranges>

#include <wait_map/detail/call_site.hpp>
#include <wait_map/detail/environment.hpp>
#include <wait_map/detail/key.hpp>
#include <wait_map/detail/never.hpp>

namespace waitmap::detail {

// Returned by what must not be called: the compiler stops where it needs it.
template <class Called>
struct refusal_of_const_map {
  static_assert(
      never<Called>,
      "wait_map: this map is const, and to wait for a key, or to insert, is to change it. "
      "Take the map by a reference that is not const.");
};

// Likewise where a number that is awaited is no integer: see key_parameter.
struct floating_point_number_is_no_key {};
template <class Key>
class refuses_floating_point {
 public:
  template <std::floating_point Number, class... Others>
    requires std::integral<Key>
  floating_point_number_is_no_key wait(Number, const Others&...) = delete;
  template <std::floating_point Number, class... Others>
    requires std::integral<Key>
  floating_point_number_is_no_key wait_result(Number, const Others&...) = delete;
  template <std::floating_point Number, class... Others>
    requires std::integral<Key>
  floating_point_number_is_no_key take(Number, const Others&...) = delete;
  template <std::floating_point Number, class... Others>
    requires std::integral<Key>
  floating_point_number_is_no_key wait_with(Number, const Others&...) = delete;
  template <std::floating_point Number, class... Others>
    requires std::integral<Key>
  floating_point_number_is_no_key wait_modify(Number, const Others&...) = delete;
  template <std::floating_point Number, class... Others>
    requires std::integral<Key>
  floating_point_number_is_no_key claim_or_wait(Number, const Others&...) = delete;
};

// A map names these beside its own, which are not const and otherwise alike: so they are chosen for a const map alone.
template <class Key, class Value, class Hash, class Equal>
class refuses_when_const : refuses_floating_point<Key> {
  template <class Given>
  using forwarded = typename key_parameter<Key>::template forwarded<Given>;
  template <class Given>
  using awaited = typename key_parameter<Key>::template awaited<Given>;
  template <class Given>
  static constexpr bool accepts = key_for<Given, Key, Hash, Equal>;
  template <class Given>
  using refusal = refusal_of_const_map<Given>;

 public:
  using refuses_floating_point<Key>::wait;
  using refuses_floating_point<Key>::wait_result;
  using refuses_floating_point<Key>::take;
  using refuses_floating_point<Key>::wait_with;
  using refuses_floating_point<Key>::wait_modify;
  using refuses_floating_point<Key>::claim_or_wait;

  template <class Given = Key, class Token = no_stop_token>
  refusal<Given> wait(awaited<Given>, Token = {}, call_site = {}) const
    requires accepts<Given>;
  template <class Given = Key, class Token = no_stop_token>
  refusal<Given> wait_result(awaited<Given>, Token = {}, call_site = {}) const
    requires accepts<Given>;
  template <class Given = Key, class Token = no_stop_token>
  refusal<Given> take(awaited<Given>, Token = {}, call_site = {}) const
    requires accepts<Given>;
  template <class Given = Key, class Token = no_stop_token>
  refusal<Given> subscribe(forwarded<Given>, Token = {}, call_site = {}) const
    requires accepts<Given>;
  template <class Given = Key, class Token = no_stop_token>
  refusal<Given> subscribe_take(forwarded<Given>, Token = {}, call_site = {}) const
    requires accepts<Given>;
  template <class Given = Key, class Token = no_stop_token>
  refusal<Given> claim_or_wait(awaited<Given>, Token = {}, call_site = {}) const
    requires accepts<Given>;
  template <class Given = Key, std::invocable<const Value&> Function, class Token = no_stop_token>
  refusal<Given> wait_with(awaited<Given>, Function, Token = {}, call_site = {}) const
    requires accepts<Given>;
  template <class Given = Key, std::invocable<Value&> Function, class Token = no_stop_token>
  refusal<Given> wait_modify(awaited<Given>, Function, Token = {}, call_site = {}) const
    requires accepts<Given>;
  template <std::ranges::forward_range Keys, class Token = no_stop_token>
  refusal<Keys> wait_all(Keys&&, Token = {}, call_site = {}) const
    requires accepts<std::ranges::range_reference_t<Keys>>;
  template <std::ranges::forward_range Keys, class Token = no_stop_token>
  refusal<Keys> wait_any(Keys&&, Token = {}, call_site = {}) const
    requires accepts<std::ranges::range_reference_t<Keys>>;
  template <class Given = Key, class Argument = Value>
  refusal<Given> insert(forwarded<Given>, Argument&&) const
    requires(accepts<Given> && std::constructible_from<Value, Argument>);
  template <class Given = Key, class Argument = Value>
  refusal<Given> insert_or_assign(forwarded<Given>, Argument&&) const
    requires(accepts<Given> && std::constructible_from<Value, Argument>);
};

}  // namespace waitmap::detail
