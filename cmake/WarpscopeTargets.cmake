# Compiler settings shared by every target, and the functions that declare one.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# Programs look for libraries in ../lib first, and so do the libraries there: a bundle (tools/bundle) needs nothing else to
# be set. RUNPATH would not reach what the libraries themselves need.
set(CMAKE_BUILD_RPATH "$ORIGIN/../lib")
add_link_options(-Wl,--disable-new-dtags)

option(WARPSCOPE_BUILD_TESTS "Build the tests and benchmarks" ON)
option(WARPSCOPE_FUZZ "Build the libFuzzer targets (needs clang)" OFF)
set(WARPSCOPE_SANITIZE "" CACHE STRING "Sanitizers for every target, as in -fsanitize=")

find_program(WARPSCOPE_CCACHE ccache)
if(WARPSCOPE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER "${WARPSCOPE_CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${WARPSCOPE_CCACHE}")
endif()

add_library(warpscope_options INTERFACE)
target_include_directories(warpscope_options INTERFACE "${CMAKE_SOURCE_DIR}")
target_compile_options(warpscope_options INTERFACE -Wall -Wextra -Wpedantic
  # Determinism is a contract: the same run gives the same bits with either compiler.
  -ffp-contract=off)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 sees overlapping copies in every "text" + std::string (its bug 105651).
  target_compile_options(warpscope_options INTERFACE -Wno-restrict)
endif()
if(WARPSCOPE_SANITIZE)
  target_compile_options(warpscope_options INTERFACE -fsanitize=${WARPSCOPE_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(warpscope_options INTERFACE -fsanitize=${WARPSCOPE_SANITIZE})
endif()
if(WARPSCOPE_FUZZ)
  # Lets libFuzzer see which branches of the libraries an input takes.
  target_compile_options(warpscope_options INTERFACE -fsanitize=fuzzer-no-link)
  target_link_options(warpscope_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# warpscope_library(NAME [DEPENDS libraries...]): the .cpp files of the current folder as static library warpscope_NAME.
function(warpscope_library name)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  if(sources)
    add_library(warpscope_${name} STATIC ${sources})
    target_link_libraries(warpscope_${name} PUBLIC warpscope_options ${ARG_DEPENDS})
  else()
    add_library(warpscope_${name} INTERFACE)
    target_link_libraries(warpscope_${name} INTERFACE warpscope_options ${ARG_DEPENDS})
  endif()
endfunction()

# warpscope_shareable(TARGETS...): made so that a shared library can contain them too (the stand-in driver of the tests),
# and that programs do not pay for it: calls inside a library stay direct.
function(warpscope_shareable)
  foreach(target ${ARGN})
    get_target_property(type ${target} TYPE)
    if(NOT type STREQUAL "INTERFACE_LIBRARY")
      set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON CXX_VISIBILITY_PRESET hidden
                                                 VISIBILITY_INLINES_HIDDEN ON)
      target_compile_options(${target} PRIVATE -fno-semantic-interposition)
    endif()
  endforeach()
endfunction()

# warpscope_test(NAME [DEPENDS libraries...] [TIMEOUT seconds]): every .cpp of the current folder as one GoogleTest program.
function(warpscope_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "DEPENDS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  if(WARPSCOPE_SANITIZE)
    math(EXPR ARG_TIMEOUT "${ARG_TIMEOUT} * 5")  # they cost up to ten times the time
  endif()
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  add_executable(test_${name} ${sources})
  target_link_libraries(test_${name} PRIVATE warpscope_options ${ARG_DEPENDS} GTest::gtest GTest::gmock GTest::gtest_main)
  target_compile_definitions(test_${name} PRIVATE WARPSCOPE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  # One ctest entry a program, not a case: starting a process that loads the data set costs more than most cases.
  add_test(NAME ${name} COMMAND test_${name} WORKING_DIRECTORY "${CMAKE_BINARY_DIR}")
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT})
endfunction()

# warpscope_benchmark(NAME [DEPENDS libraries...]): NAME.cpp of the current folder as program bench_NAME.
function(warpscope_benchmark name)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  add_executable(bench_${name} "${name}.cpp")
  target_link_libraries(bench_${name} PRIVATE warpscope_options ${ARG_DEPENDS})
endfunction()
