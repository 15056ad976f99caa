// The library's headers after those of Windows, with its macros. Where there is no Windows, after these.
#if defined(_WIN32)
#include <windows.h>
#endif

#include "of_others.hpp"

// Microsoft's headers leave them, MinGW's take them away.
#undef min
#undef max
#define min(a, b) (((a) < (b)) ? (a) : (b))
#define max(a, b) (((a) > (b)) ? (a) : (b))
#if !defined(_WIN32)
#define near
#define far
#define small char
#define interface struct
#define CONST const
#define DELETE 1
#define ERROR 0
#define IGNORE 0
#define IN
#define OPTIONAL
#define OUT
#endif

#include "every_header.hpp"

template class waitmap::wait_map<std::string, std::string>;
template class waitmap::wait_map<std::string, int, waitmap::flood_resistant_hash<std::string>>;
template class waitmap::basic_deadline_timer<std::chrono::system_clock>;
template class waitmap::wait_map<int, int, waitmap::default_hash<int>, waitmap::default_equal<int>,
                                 waitmap::single_threaded_policy>;

// A program that uses them.
#include "../consumer/main.cpp"
