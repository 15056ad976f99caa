# VERSION: what version.hpp says. The working directory is the project's root.
cmake_minimum_required(VERSION 3.25)
file(READ packaging/vcpkg/ports/wait-map/vcpkg.json manifest)
string(JSON port_version GET "${manifest}" version)
if(NOT port_version STREQUAL VERSION)
  message(FATAL_ERROR "the port says ${port_version}, version.hpp says ${VERSION}")
endif()
