// Which Asio: standalone, or Boost.Asio where WAIT_MAP_USE_BOOST_ASIO is defined or only that is there.
// What depends on it lives in a namespace of its name, so that a program may use both.
#pragma once

#if defined(WAIT_MAP_USE_BOOST_ASIO) || !__has_include(<asio/version.hpp>)
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/execution.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/system_context.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/wait_traits.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>
#define WAIT_MAP_WITH_ASIO with_boost_asio
#if defined(BOOST_ASIO_HAS_CO_AWAIT)
#define WAIT_MAP_ASIO_AWAITABLE
#endif
namespace waitmap::detail {
inline namespace with_boost_asio {
namespace net = boost::asio;
using boost::system::error_category;
using boost::system::error_code;
using boost::system::system_error;
}  // namespace with_boost_asio
}  // namespace waitmap::detail
#else
#include <asio/any_io_executor.hpp>
#include <asio/associated_allocator.hpp>
#include <asio/associated_cancellation_slot.hpp>
#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/awaitable.hpp>
#include <asio/basic_waitable_timer.hpp>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/bind_executor.hpp>
#include <asio/cancellation_type.hpp>
#include <asio/dispatch.hpp>
#include <asio/error.hpp>
#include <asio/execution.hpp>
#include <asio/execution_context.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <asio/system_context.hpp>
#include <asio/system_error.hpp>
#include <asio/system_executor.hpp>
#include <asio/thread_pool.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/use_future.hpp>
#include <asio/wait_traits.hpp>
#define WAIT_MAP_WITH_ASIO with_asio
#if defined(ASIO_HAS_CO_AWAIT)  // not by Asio 1.22 with clang, unless the user defines it
#define WAIT_MAP_ASIO_AWAITABLE
#endif
namespace waitmap::detail {
inline namespace with_asio {
namespace net = ::asio;
using ::asio::error_category;
using ::asio::error_code;
using ::asio::system_error;
}  // namespace with_asio
}  // namespace waitmap::detail
#endif
