// Attributes that the standard lacks: clang's thread-safety analysis, and "do not inline".
#pragma once

#include <wait_map/version.hpp>

#if defined(__clang__)
#define WAIT_MAP_CAPABILITY(name) __attribute__((capability(name)))
#define WAIT_MAP_SCOPED_CAPABILITY __attribute__((scoped_lockable))
#define WAIT_MAP_GUARDED_BY(lock) __attribute__((guarded_by(lock)))
#define WAIT_MAP_REQUIRES(...) __attribute__((requires_capability(__VA_ARGS__)))
#define WAIT_MAP_REQUIRES_SHARED(...) __attribute__((requires_shared_capability(__VA_ARGS__)))
#define WAIT_MAP_ACQUIRE(...) __attribute__((acquire_capability(__VA_ARGS__)))
#define WAIT_MAP_ACQUIRE_SHARED(...) __attribute__((acquire_shared_capability(__VA_ARGS__)))
#define WAIT_MAP_RELEASE(...) __attribute__((release_capability(__VA_ARGS__)))
#define WAIT_MAP_RELEASE_SHARED(...) __attribute__((release_shared_capability(__VA_ARGS__)))
#define WAIT_MAP_RELEASE_GENERIC(...) __attribute__((release_generic_capability(__VA_ARGS__)))
#define WAIT_MAP_NO_THREAD_SAFETY_ANALYSIS __attribute__((no_thread_safety_analysis))
#else
#define WAIT_MAP_CAPABILITY(name)
#define WAIT_MAP_SCOPED_CAPABILITY
#define WAIT_MAP_GUARDED_BY(lock)
#define WAIT_MAP_REQUIRES(...)
#define WAIT_MAP_REQUIRES_SHARED(...)
#define WAIT_MAP_ACQUIRE(...)
#define WAIT_MAP_ACQUIRE_SHARED(...)
#define WAIT_MAP_RELEASE(...)
#define WAIT_MAP_RELEASE_SHARED(...)
#define WAIT_MAP_RELEASE_GENERIC(...)
#define WAIT_MAP_NO_THREAD_SAFETY_ANALYSIS
#endif

// A variable of which all shared objects of a program use one, also those that hide their symbols.
#if defined(_WIN32)
#define WAIT_MAP_ONE_PER_PROGRAM
#else
#define WAIT_MAP_ONE_PER_PROGRAM __attribute__((visibility("default")))
#endif

// WAIT_MAP_ALWAYS_INLINE says `inline` too.
#if defined(_MSC_VER) && !defined(__clang__)
#define WAIT_MAP_NOINLINE __declspec(noinline)
#define WAIT_MAP_ALWAYS_INLINE __forceinline
#else
#define WAIT_MAP_NOINLINE __attribute__((noinline))
#define WAIT_MAP_ALWAYS_INLINE __attribute__((always_inline)) inline
#endif

// All that the function calls is inlined into it, where the compiler can.
#if defined(_MSC_VER) && !defined(__clang__)
#define WAIT_MAP_FLATTEN
#else
#define WAIT_MAP_FLATTEN __attribute__((flatten))
#endif

// Compilers that lay classes out as Microsoft's does ignore the standard attribute.
#if defined(_MSC_VER)
#define WAIT_MAP_NO_UNIQUE_ADDRESS [[msvc::no_unique_address]]
#else
#define WAIT_MAP_NO_UNIQUE_ADDRESS [[no_unique_address]]
#endif
