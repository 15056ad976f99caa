// on_small_stack where threads are those of Windows.
#pragma once

#include <cstddef>
#include <stdexcept>

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

namespace support {

template <class Function>
void on_small_stack(Function function) {
  constexpr std::size_t size = std::size_t{256} * 1024;
  const LPTHREAD_START_ROUTINE run = [](void* argument) -> DWORD {
    (*static_cast<Function*>(argument))();
    return 0;
  };
  const HANDLE thread =
      CreateThread(nullptr, size, run, &function, STACK_SIZE_PARAM_IS_A_RESERVATION, nullptr);
  if (thread == nullptr) throw std::runtime_error("cannot start a thread with a small stack");
  WaitForSingleObject(thread, INFINITE);
  CloseHandle(thread);
}

}  // namespace support
