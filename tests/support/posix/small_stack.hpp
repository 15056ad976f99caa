// on_small_stack where threads are POSIX threads.
#pragma once

#include <cstddef>
#include <stdexcept>

#include <pthread.h>

namespace support {

template <class Function>
void on_small_stack(Function function) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, std::size_t{256} * 1024);
  pthread_t thread;
  const auto run = [](void* argument) -> void* {
    (*static_cast<Function*>(argument))();
    return nullptr;
  };
  if (pthread_create(&thread, &attributes, run, &function) != 0) {
    throw std::runtime_error("cannot start a thread with a small stack");
  }
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

}  // namespace support
