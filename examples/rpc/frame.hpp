// What goes over the wire: 4 bytes length of what follows, 8 bytes id, the text. Little-endian.
#pragma once

#include <asio.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace rpc {

using asio::ip::tcp;

struct frame {
  std::uint64_t id;
  std::string text;
};

constexpr std::size_t id_size = 8;
constexpr std::size_t longest_frame = 64 * 1024;

// A request is shorter than the longest frame by what an answer adds to it: each legal request has a
// legal answer.
constexpr std::string_view said = "you said ";
constexpr std::size_t longest_request = longest_frame - id_size - said.size();

// One frame that is refused; the next one can be read.
struct bad_frame : std::runtime_error {
  using std::runtime_error::runtime_error;
};

template <class Number>
void append_number(std::string& out, Number number) {
  for (std::size_t i = 0; i != sizeof(number); ++i) {
    out.push_back(static_cast<char>(number >> (8 * i) & 0xff));
  }
}

template <class Number>
Number read_number(std::string_view bytes) {
  Number number = 0;
  for (std::size_t i = sizeof(number); i-- != 0;) {
    number = static_cast<Number>(number << 8 | static_cast<unsigned char>(bytes[i]));
  }
  return number;
}

inline std::string encode(std::uint64_t id, std::string_view text) {
  std::string bytes;
  append_number(bytes, static_cast<std::uint32_t>(id_size + text.size()));
  append_number(bytes, id);
  return bytes.append(text);
}

class frame_reader {
 public:
  explicit frame_reader(tcp::socket& from) : from_(from) {}

  // Whether the whole next frame has been read already.
  bool has_next() const {
    constexpr std::size_t prefix = sizeof(std::uint32_t);
    return unread().size() >= prefix &&
           unread().size() - prefix >= read_number<std::uint32_t>(unread());
  }

  // The next frame; nullopt at the end of the connection.
  // Throws: bad_frame, having skipped it; std::runtime_error where the connection ends in a frame.
  asio::awaitable<std::optional<frame>> next() {
    co_await fill(sizeof(std::uint32_t));
    if (unread().empty()) co_return std::nullopt;
    check_rest(sizeof(std::uint32_t), "its length");
    const std::size_t size = read_number<std::uint32_t>(unread());
    read_ += sizeof(std::uint32_t);

    if (size > longest_frame) {
      co_await skip(size);
      throw bad_frame("a frame of " + std::to_string(size) + " bytes is too long");
    }
    co_await fill(size);
    check_rest(size, std::to_string(size) + " bytes");
    const std::string_view body = unread().substr(0, size);
    read_ += size;
    if (size < id_size) {
      throw bad_frame("a frame of " + std::to_string(size) + " bytes has no room for its id");
    }
    co_return frame{read_number<std::uint64_t>(body), std::string(body.substr(id_size))};
  }

 private:
  std::string_view unread() const { return std::string_view(buffer_).substr(read_); }

  void check_rest(std::size_t size, const std::string& of) const {
    if (unread().size() >= size) return;
    throw std::runtime_error("the connection ended within a frame, after " +
                             std::to_string(unread().size()) + " bytes of " + of);
  }

  // Reads until there are so many unread bytes, or the connection ends.
  asio::awaitable<void> fill(std::size_t size) {
    while (unread().size() < size) {
      const std::size_t more = co_await read_some();
      if (more == 0) co_return;
    }
  }

  asio::awaitable<void> skip(std::size_t size) {
    while (size > unread().size()) {
      size -= unread().size();
      read_ = buffer_.size();
      const std::size_t more = co_await read_some();
      if (more == 0) throw std::runtime_error("the connection ended within a frame too long");
    }
    read_ += size;
  }

  // Returns 0 at the end of the connection, however it came.
  asio::awaitable<std::size_t> read_some() {
    buffer_.erase(0, read_);
    read_ = 0;
    const std::size_t kept = buffer_.size();
    buffer_.resize(kept + 16 * 1024);
    asio::error_code error;
    const std::size_t more = co_await from_.async_read_some(
        asio::buffer(buffer_) + kept, asio::redirect_error(asio::use_awaitable, error));
    buffer_.resize(kept + more);
    co_return more;
  }

  tcp::socket& from_;
  std::string buffer_;
  std::size_t read_ = 0;
};

}  // namespace rpc
