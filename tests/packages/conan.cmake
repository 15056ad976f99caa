# Makes the Conan package and runs its test_package, with an abseil that stands in for Conan's. TOOL: conan, SOURCE: this
# checkout, HERE: where to build, CXX: the compiler.
cmake_minimum_required(VERSION 3.25)
file(REMOVE_RECURSE ${HERE})
file(COPY ${SOURCE}/include ${SOURCE}/LICENSE ${SOURCE}/packaging DESTINATION ${HERE})  # test_package builds where it lies
file(COPY ${SOURCE}/tests/consumer DESTINATION ${HERE}/tests)
set(ENV{CONAN_HOME} ${HERE}/home)
set(ENV{CXX} ${CXX})
foreach(step IN ITEMS
    "profile;detect;--force"
    "create;${SOURCE}/tests/packages/conan_abseil;--version;20220623.1;-s;compiler.cppstd=20"
    "create;${HERE}/packaging/conan;-s;compiler.cppstd=20;--no-remote")
  execute_process(COMMAND ${TOOL} ${step} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
