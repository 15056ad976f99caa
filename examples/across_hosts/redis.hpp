// connection: to a Redis server, through hiredis. For one thread.
#pragma once

#include <fcntl.h>
#include <hiredis/hiredis.h>

#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace across_hosts {

struct address {
  std::string host;
  int port;
};

// The connection cannot be made, is lost, or the server refuses. It is of no use any more.
struct redis_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct free_reply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using reply = std::unique_ptr<redisReply, free_reply>;

inline std::optional<std::string> text_of(const redisReply& from) {
  if (from.type != REDIS_REPLY_STRING && from.type != REDIS_REPLY_STATUS) return std::nullopt;
  return std::string(from.str, from.len);
}

class connection {
 public:
  // A server that is silent for so long is lost.
  connection(const address& to, std::chrono::seconds patience) {
    timeval limit{};
    limit.tv_sec = patience.count();
    context_.reset(redisConnectWithTimeout(to.host.c_str(), to.port, limit));
    if (!context_) throw redis_error("no memory for a connection");
    expect(context_->err == 0);
    expect(redisSetTimeout(context_.get(), limit) == REDIS_OK);
    fcntl(context_->fd, F_SETFD, FD_CLOEXEC);
  }

  // The command goes out with the next receive() or flush().
  void send(std::initializer_list<std::string_view> command) {
    std::vector<const char*> words;
    std::vector<std::size_t> sizes;
    for (const std::string_view word : command) {
      words.push_back(word.data());
      sizes.push_back(word.size());
    }
    expect(redisAppendCommandArgv(context_.get(), static_cast<int>(words.size()), words.data(),
                                  sizes.data()) == REDIS_OK);
  }
  void flush() {
    for (int done = 0; done == 0;) expect(redisBufferWrite(context_.get(), &done) == REDIS_OK);
  }

  // The replies come in the order of the commands.
  reply receive() {
    void* received = nullptr;
    expect(redisGetReply(context_.get(), &received) == REDIS_OK);
    return checked(received);
  }
  reply ask(std::initializer_list<std::string_view> command) {
    send(command);
    return receive();
  }

  // For what comes unasked: when the socket is readable read_some(), then next_read() until it
  // returns null.
  int socket() const { return context_->fd; }
  void read_some() { expect(redisBufferRead(context_.get()) == REDIS_OK); }
  reply next_read() {
    void* received = nullptr;
    expect(redisGetReplyFromReader(context_.get(), &received) == REDIS_OK);
    return checked(received);
  }

 private:
  struct close {
    void operator()(redisContext* context) const { redisFree(context); }
  };

  void expect(bool holds) const {
    if (!holds) throw redis_error(context_->errstr);
  }
  static reply checked(void* received) {
    reply made(static_cast<redisReply*>(received));
    if (made && made->type == REDIS_REPLY_ERROR) {
      throw redis_error(std::string(made->str, made->len));
    }
    return made;
  }

  std::unique_ptr<redisContext, close> context_;
};

}  // namespace across_hosts
