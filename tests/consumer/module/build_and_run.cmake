# A module over the header and a program that imports it, built by the compiler's own commands, since not every CMake that
# we support knows modules. COMPILER, ID: its kind, HERE: this folder, LINK: what to link, between |. The working
# directory is where to build.
cmake_minimum_required(VERSION 3.25)
string(REPLACE "|" ";" link "${LINK}")
function(compile)
  execute_process(COMMAND ${COMPILER} -std=c++20 -pthread -w ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()
file(REMOVE_RECURSE gcm.cache)
if(ID STREQUAL GNU)
  compile(-fmodules-ts -I${INCLUDE} -x c++ -c ${HERE}/wait_map.cppm -o module.o)
  compile(-fmodules-ts -c ${HERE}/main.cpp -o main.o)
else()
  compile(-I${INCLUDE} --precompile -x c++-module ${HERE}/wait_map.cppm -o wait_map.pcm)
  compile(-c wait_map.pcm -o module.o)
  compile(-fmodule-file=wait_map=wait_map.pcm -c ${HERE}/main.cpp -o main.o)
endif()
compile(main.o module.o -o program ${link})
execute_process(COMMAND ./program COMMAND_ERROR_IS_FATAL ANY)
