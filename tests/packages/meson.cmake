# Builds and runs a project of Meson's that has wait_map as a subproject. TOOL: meson, SOURCE: this checkout, HERE: where to
# build, CXX: the compiler.
cmake_minimum_required(VERSION 3.25)
file(REMOVE_RECURSE ${HERE})
file(COPY ${SOURCE}/tests/packages/meson/meson.build DESTINATION ${HERE})
file(COPY_FILE ${SOURCE}/tests/consumer/main.cpp ${HERE}/consumer.cpp)

# The wrap takes an archive in the place of a repository.
set(subprojects ${HERE}/subprojects)
file(COPY ${SOURCE}/include ${SOURCE}/LICENSE DESTINATION ${HERE}/archive/wait_map)
file(COPY ${SOURCE}/packaging/meson/packagefiles/wait_map DESTINATION ${subprojects}/packagefiles)
execute_process(COMMAND ${CMAKE_COMMAND} -E tar cf ${subprojects}/packagefiles/wait_map.tar wait_map
  WORKING_DIRECTORY ${HERE}/archive COMMAND_ERROR_IS_FATAL ANY)
file(SHA256 ${subprojects}/packagefiles/wait_map.tar hash)
file(READ ${SOURCE}/packaging/meson/wait_map.wrap wrap)
string(REGEX REPLACE "\\[wrap-git\\].*depth = 1\n"
  "[wrap-file]\ndirectory = wait_map\nsource_filename = wait_map.tar\nsource_hash = ${hash}\n" wrap "${wrap}")
file(WRITE ${subprojects}/wait_map.wrap "${wrap}")

set(ENV{CXX} ${CXX})
execute_process(COMMAND ${TOOL} setup build WORKING_DIRECTORY ${HERE} COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${TOOL} test -C build --print-errorlogs WORKING_DIRECTORY ${HERE} COMMAND_ERROR_IS_FATAL ANY)
