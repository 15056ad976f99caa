# HEADERS: the public headers in their reading order, between commas.
# The working directory is the project's root.
cmake_minimum_required(VERSION 3.25)
string(REPLACE "," ";" headers "${HEADERS}")

set(above "")
foreach(header IN LISTS headers)
  file(RELATIVE_PATH name ${CMAKE_SOURCE_DIR}/include ${header})
  file(STRINGS ${header} includes REGEX "^ *# *include +[<\"]")
  foreach(include IN LISTS includes)
    string(REGEX REPLACE ".*[<\"](.*)[>\"].*" "\\1" included "${include}")
    if(NOT included MATCHES "^wait_map/")
      if(include MATCHES "\"")
        message(SEND_ERROR "${name} names ${included}: write <wait_map/...>")
      endif()
    elseif(NOT included IN_LIST above AND NOT included MATCHES "^wait_map/needs_")  # those stop a compiler
      message(SEND_ERROR "${name} includes ${included}, which is not above it")
    endif()
  endforeach()
  list(APPEND above ${name})
endforeach()

file(GLOB_RECURSE present RELATIVE ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR}/include/*)
list(SORT present)
list(SORT above)
if(NOT present STREQUAL above)
  message(SEND_ERROR "include/ holds ${present}, the target lists ${above}")
endif()
