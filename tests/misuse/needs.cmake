# What cannot compile the library is told so by its first error, whichever header it includes. HEADERS, between commas;
# WORDS: what is said; after `--`: the command that compiles.
cmake_minimum_required(VERSION 3.25)
include(${CMAKE_CURRENT_LIST_DIR}/command.cmake)

string(REPLACE "," ";" headers "${HEADERS}")
foreach(header IN LISTS headers)
  execute_process(COMMAND ${command} "-DHEADER=<wait_map/${header}>" ${SOURCE}
    RESULT_VARIABLE result ERROR_VARIABLE errors)
  if(result EQUAL 0)
    message(SEND_ERROR "${header} compiles")
  elseif(NOT errors MATCHES "error: [^\n]*")
    message(SEND_ERROR "${header}: no error is named:\n${errors}")
  else()
    set(first "${CMAKE_MATCH_0}")
    string(FIND "${first}" "${WORDS}" position)
    if(position EQUAL -1)
      message(SEND_ERROR "${header}: the first is not \"${WORDS}\" but: ${first}")
    endif()
  endif()
endforeach()
