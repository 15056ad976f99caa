// A Boost.Asio concurrent_channel per key: the nearest thing Asio users have. A channel hands a
// value to one receiver, so it has no fan-out, and a value that is received is gone, as with
// take().
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/concurrent_channel.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace bench {

namespace asio = boost::asio;

template <class K, class V>
class channel_map {
  using channel = asio::experimental::concurrent_channel<void(boost::system::error_code, V)>;

 public:
  explicit channel_map(asio::io_context& context) : context_(context) {}

  asio::awaitable<V> wait(K key) { return channel_of(key).async_receive(asio::use_awaitable); }
  void insert(const K& key, const V& value) {
    channel_of(key).try_send(boost::system::error_code(), value);
  }
  void erase(const K& key) {
    const std::lock_guard lock(mutex_);
    channels_.erase(key);
  }

 private:
  channel& channel_of(const K& key) {
    const std::lock_guard lock(mutex_);
    std::unique_ptr<channel>& found = channels_[key];
    if (!found) found = std::make_unique<channel>(context_, 1);
    return *found;
  }

  asio::io_context& context_;
  std::mutex mutex_;
  std::unordered_map<K, std::unique_ptr<channel>> channels_;
};

}  // namespace bench
