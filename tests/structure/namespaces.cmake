# A test is in a namespace of its file's name, so that several files can be compiled as one. The working directory is
# the project's root.
cmake_minimum_required(VERSION 3.25)
file(GLOB_RECURSE sources tests/*_test.cpp)
if(NOT sources)
  message(FATAL_ERROR "no source found")
endif()
foreach(source IN LISTS sources)
  cmake_path(GET source STEM name)
  file(STRINGS ${source} outer REGEX "^(namespace|TEST_CASE|TEMPLATE_TEST_CASE)" LIMIT_COUNT 1)
  if(NOT outer STREQUAL "namespace ${name} {")
    message(SEND_ERROR "${source}: begin with `namespace ${name} {`, not with: ${outer}")
  endif()
endforeach()
