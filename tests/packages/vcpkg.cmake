# Installs the port, with all of vcpkg's checks of it, and runs a consumer. TOOL: vcpkg, SOURCE: this checkout, HERE: where to
# build, CXX: the compiler. Empty ports stand in for abseil and Asio, which then are the system's.
cmake_minimum_required(VERSION 3.25)
file(REMOVE_RECURSE ${HERE})
foreach(port IN ITEMS abseil asio)
  file(WRITE ${HERE}/ports/${port}/vcpkg.json "{ \"name\": \"${port}\", \"version\": \"1\" }\n")
  file(WRITE ${HERE}/ports/${port}/portfile.cmake "set(VCPKG_POLICY_EMPTY_PACKAGE enabled)\n")
endforeach()
execute_process(COMMAND ${TOOL} install wait-map[asio] --enforce-port-checks --binarysource=clear
  --overlay-ports=${SOURCE}/packaging/vcpkg/ports --overlay-ports=${HERE}/ports --x-install-root=${HERE}/installed
  --x-buildtrees-root=${HERE}/buildtrees --x-packages-root=${HERE}/packages COMMAND_ERROR_IS_FATAL ANY)
file(GLOB package ${HERE}/installed/*/share/wait_map)
foreach(project IN ITEMS find_package asio)
  execute_process(COMMAND ${CMAKE_CTEST_COMMAND} --build-and-test ${SOURCE}/tests/consumer/${project} ${HERE}/${project}
    --build-generator Ninja --build-options -DCMAKE_CXX_COMPILER=${CXX} -Dwait_map_DIR=${package}
    --test-command consumer COMMAND_ERROR_IS_FATAL ANY)
endforeach()
