/// @file
/// The version of the library, and what the library needs of a compiler.
//
// CMake reads the version here, and a test compares the port's with it.
#pragma once

#define WAIT_MAP_VERSION_MAJOR 1  ///< The first number of the version.
#define WAIT_MAP_VERSION_MINOR 0  ///< The second number of the version.
#define WAIT_MAP_VERSION_PATCH 0  ///< The third number of the version.

// Each public header includes this before all others, so that a compiler that lacks something gives one error and not
// hundreds: it stops at the #include behind the error, since no such file exists.
#if defined(_MSVC_LANG) ? _MSVC_LANG < 202002L : __cplusplus < 202002L
#error "wait_map needs C++20: compile with -std=c++20 (or /std:c++20)."
#include <wait_map/needs_cxx20>
#elif defined(__apple_build_version__) && __clang_major__ < 15
#error "wait_map needs Apple clang 15 or newer."
#include <wait_map/needs_a_newer_compiler>
#elif defined(__clang__) && !defined(__apple_build_version__) && __clang_major__ < 16
#error "wait_map needs clang 16 or newer."
#include <wait_map/needs_a_newer_compiler>
#elif defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 12
#error "wait_map needs g++ 12 or newer."
#include <wait_map/needs_a_newer_compiler>
#elif !defined(__cpp_exceptions) && !defined(__EXCEPTIONS) && !defined(_CPPUNWIND)
#error "wait_map needs exceptions: compile without -fno-exceptions (with /EHsc)."
#include <wait_map/needs_exceptions>
#endif
