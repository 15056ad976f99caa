// Asio or Boost.Asio, under the name `net`: each test is compiled with both.
#pragma once

#include "support/catch.hpp"

// as_tuple and deferred were experimental, and are so no more.
#if defined(WAIT_MAP_USE_BOOST_ASIO)
#include <boost/asio.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#if __has_include(<boost/asio/as_tuple.hpp>)
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#define TOKENS_NAMESPACE boost::asio
#else
#include <boost/asio/experimental/as_tuple.hpp>
#include <boost/asio/experimental/deferred.hpp>
#define TOKENS_NAMESPACE boost::asio::experimental
#endif
namespace net = boost::asio;
using error_code = boost::system::error_code;
using system_error = boost::system::system_error;
#else
#include <asio.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#if __has_include(<asio/as_tuple.hpp>)
#include <asio/as_tuple.hpp>
#include <asio/deferred.hpp>
#define TOKENS_NAMESPACE asio
#else
#include <asio/experimental/as_tuple.hpp>
#include <asio/experimental/deferred.hpp>
#define TOKENS_NAMESPACE asio::experimental
#endif
namespace net = asio;
using asio::error_code;
using asio::system_error;
#endif
namespace tokens = TOKENS_NAMESPACE;

#include <exception>
#include <optional>
#include <string>

#include <wait_map/asio.hpp>

using int_map = waitmap::wait_map<std::string, int>;

// What a handler was called with.
struct answer {
  int calls = 0;
  error_code error;
  std::optional<int> value;
};

// A handler that notes it, on an executor.
template <class Executor>
auto note(answer& into, const Executor& executor) {
  return net::bind_executor(executor, [&into](error_code error, std::optional<int> value) {
    ++into.calls;
    into.error = error;
    into.value = value;
  });
}

// Runs a coroutine to its end and rethrows what it throws.
inline void run(net::io_context& context, net::awaitable<void> test) {
  std::exception_ptr thrown;
  bool ended = false;
  net::co_spawn(context, std::move(test), [&](std::exception_ptr error) {
    thrown = error;
    ended = true;
  });
  context.run();
  if (thrown) std::rethrow_exception(thrown);
  REQUIRE(ended);
}
