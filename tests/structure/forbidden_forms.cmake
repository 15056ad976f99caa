# What the sources must not contain. The working directory is the project's root.
cmake_minimum_required(VERSION 3.25)
function(forbid pattern why)
  set(files "")
  foreach(folder IN LISTS ARGN)
    file(GLOB_RECURSE found ${folder}/*.hpp ${folder}/*.cpp)
    list(APPEND files ${found})
  endforeach()
  list(FILTER files EXCLUDE REGEX "/tests/traps/forms_test.cpp$")  # which has each form, for compilers that know it
  if(NOT files)
    message(FATAL_ERROR "no source found")
  endif()
  foreach(file IN LISTS files)
    file(STRINGS ${file} lines REGEX "${pattern}")
    if(lines)
      message(SEND_ERROR "${file}: ${why}: ${lines}")
    endif()
  endforeach()
endfunction()

forbid("^[^/]*(if|while|switch) *\\(!? *\\(*co_await"
  "g++ 12 miscompiles a condition that awaits, write `auto v = co_await ...;`"
  include tests examples bench)
forbid("^[^/]*for *\\([^;]*; *!? *\\(*co_await"
  "g++ 12 miscompiles a condition that awaits, write `auto v = co_await ...;`"
  include tests examples bench)
forbid("^[^/]*(\\?|\\? [^:]*:) *\\(*co_await"
  "g++ 12 destroys twice what stands in a conditional expression that awaits: write if"
  include tests examples bench)
forbid("^[^/]*auto *&* *\\[[^]]*\\] *= *co_await"
  "newer g++ miscompiles a structured binding on what is awaited: name it first"
  include tests examples bench)
forbid("atomic_thread_fence" "thread sanitizers do not understand fences" include tests bench)
forbid("sleep_for|sleep_until|(::|u|nano)sleep *\\(" "a test steps, it does not sleep" tests)
