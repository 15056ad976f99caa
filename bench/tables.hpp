// Every table, in the order of the report. Each runs in a process of its own: its heap starts
// fresh.
#pragma once

#include "harness.hpp"

namespace bench {

void run_get(table& to);          // values.cpp
void run_insert(table& to);       // values.cpp
void run_insert_kept(table& to);  // values.cpp
void run_wait(table& to);         // waits.cpp
void run_fan_out(table& to);      // waits.cpp
void run_drop(table& to);         // waits.cpp
void run_chain(table& to);        // waits.cpp
void run_hop(table& to);          // hop.cpp
void run_contention(table& to);   // contention.cpp
void run_flooding(table& to);     // flooding.cpp
void run_jobs(table& to);         // jobs.cpp
void run_threads(table& to);      // threads.cpp
void run_disorder(table& to);     // disorder.cpp
void run_kinds(table& to);        // kinds.cpp
void run_tails(table& to);        // tails.cpp
void run_compile(table& to);      // compile_time.cpp

}  // namespace bench
