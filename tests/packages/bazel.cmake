# Builds and runs a project of Bazel's to which wait_map is an external repository. TOOL: bazel, SOURCE: this checkout, HERE:
# where to build, CXX: the compiler. The system's abseil stands in for Bazel's, and Bazel's native rules for rules_cc.
cmake_minimum_required(VERSION 3.25)
file(REMOVE_RECURSE ${HERE})
file(COPY ${SOURCE}/tests/packages/bazel/WORKSPACE ${SOURCE}/tests/packages/bazel/BUILD.bazel DESTINATION ${HERE})
file(COPY_FILE ${SOURCE}/tests/consumer/main.cpp ${HERE}/consumer.cpp)
file(COPY ${SOURCE}/include ${SOURCE}/LICENSE DESTINATION ${HERE}/wait_map)
file(COPY_FILE ${SOURCE}/packaging/bazel/BUILD.bazel ${HERE}/wait_map.BUILD)

file(WRITE ${HERE}/rules_cc/WORKSPACE "")
file(WRITE ${HERE}/rules_cc/cc/BUILD.bazel "")
foreach(rule IN ITEMS cc_binary cc_import cc_library cc_test cc_toolchain cc_toolchain_suite)
  file(APPEND ${HERE}/rules_cc/cc/defs.bzl "${rule} = native.${rule}\n")
endforeach()

execute_process(COMMAND pkg-config --libs absl_flat_hash_map OUTPUT_VARIABLE libraries
  OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
string(REGEX REPLACE "[ \n]+" "\", \"" libraries "${libraries}")
file(WRITE ${HERE}/abseil/WORKSPACE "")
foreach(target IN ITEMS container:flat_hash_map hash:hash strings:strings)
  string(REPLACE ":" ";" target ${target})
  list(POP_FRONT target folder)
  file(WRITE ${HERE}/abseil/absl/${folder}/BUILD.bazel
    "cc_library(name = \"${target}\", linkopts = [\"${libraries}\"], visibility = [\"//visibility:public\"])\n")
endforeach()

# What Bazel itself would fetch, where Debian has it.
set(own "")
foreach(rules IN ITEMS java proto)
  if(EXISTS /usr/share/bazel/rules/${rules})
    list(APPEND own --override_repository=rules_${rules}=/usr/share/bazel/rules/${rules})
  endif()
endforeach()
set(ENV{CC} ${CXX})
execute_process(COMMAND ${TOOL} --batch --output_user_root=${HERE}/output run ${own} --spawn_strategy=local //:consumer
  WORKING_DIRECTORY ${HERE} COMMAND_ERROR_IS_FATAL ANY)
