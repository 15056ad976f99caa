// fixed_array: an array of elements that neither copy nor move, made once.
#pragma once

#include <cstddef>
#include <memory>

namespace waitmap::detail {

template <class T>
class fixed_array {
 public:
  // Makes each element by construct(T* memory, std::size_t index). Throws what that throws, and
  // std::bad_alloc.
  template <class Construct>
  fixed_array(std::size_t count, Construct&& construct)
      : elements_(std::allocator<T>{}.allocate(count)) {
    try {
      for (; size_ < count; ++size_) construct(elements_ + size_, size_);
    } catch (...) {
      destroy(count);
      throw;
    }
  }
  fixed_array(const fixed_array&) = delete;
  fixed_array& operator=(const fixed_array&) = delete;
  ~fixed_array() { destroy(size_); }

  T& operator[](std::size_t index) const noexcept { return elements_[index]; }
  std::size_t size() const noexcept { return size_; }
  T* begin() const noexcept { return elements_; }
  T* end() const noexcept { return elements_ + size_; }

 private:
  void destroy(std::size_t allocated) noexcept {
    std::destroy_n(elements_, size_);
    std::allocator<T>{}.deallocate(elements_, allocated);
  }

  T* elements_;
  std::size_t size_ = 0;
};

}  // namespace waitmap::detail
