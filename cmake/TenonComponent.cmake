# One call for a folder under src/.
#
# tenon_component(<name> LIBRARY runtime|full|testing
#                 [SOURCES x.cc...] [TESTS x_test.cc...] [FUZZERS x_fuzz.cc...]
#                 [BENCHMARKS x_bench.cc...] [DEPS target...] [THREADED])
#
#   SOURCES  go into libtenon_runtime.so (runtime), libtenon.so (full), or a static library that
#            only tests link (testing); compiled once, as target tenon_<name>_objects
#   TESTS    one program, tenon_<name>_test, one ctest entry a TEST, label unit
#   FUZZERS  one program a file, <file>, each defining LLVMFuzzerTestOneInput
#   BENCHMARKS  one program, tenon_<name>_bench, with Google Benchmark; not run by ctest
#   DEPS     libraries beyond those that everything uses (fmt, xxHash, threads)
#   THREADED its tests are also run under the thread sanitizer by ./dev ci
function(tenon_component name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "THREADED" "LIBRARY" "SOURCES;TESTS;FUZZERS;BENCHMARKS;DEPS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "tenon_component(${name}): unknown arguments ${arg_UNPARSED_ARGUMENTS}")
  endif()
  if(arg_LIBRARY STREQUAL "runtime" OR arg_LIBRARY STREQUAL "full")
    tenon_library_component(${name} ${arg_LIBRARY} "${arg_SOURCES}" "${arg_DEPS}")
  elseif(arg_LIBRARY STREQUAL "testing")
    if(NOT TENON_TESTS)
      return()
    endif()
    tenon_testing_component(${name} "${arg_SOURCES}" "${arg_DEPS}")
  else()
    message(FATAL_ERROR "tenon_component(${name}): LIBRARY must be runtime, full or testing")
  endif()
  if(NOT TENON_TESTS)
    return()
  endif()
  set(threaded "")
  if(arg_THREADED)
    set(threaded THREADED)
  endif()
  if(arg_TESTS)
    tenon_test(tenon_${name}_test LABEL unit SOURCES ${arg_TESTS} DEPS ${arg_DEPS} ${threaded})
  endif()
  if(arg_BENCHMARKS)
    add_executable(tenon_${name}_bench ${arg_BENCHMARKS})
    target_link_libraries(tenon_${name}_bench PRIVATE
      tenon_testing tenon tenon_internal ${arg_DEPS} benchmark::benchmark)
  endif()
  foreach(fuzzer IN LISTS arg_FUZZERS)
    tenon_fuzzer(${fuzzer} ${arg_DEPS})
  endforeach()
endfunction()

# A program of GoogleTest cases, one ctest entry each, or ONE_ENTRY for all where starting the
# program takes longer than a case. LABEL is the kind of test; `slow` keeps it out of a plain `./dev`.
#
# tenon_test(<target> LABEL <label> SOURCES x_test.cc...
#            [DEPS target...] [DEFINITIONS NAME=value...] [THREADED] [ONE_ENTRY])
function(tenon_test target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "THREADED;ONE_ENTRY" "LABEL" "SOURCES;DEPS;DEFINITIONS")
  add_executable(${target} ${arg_SOURCES})
  target_link_libraries(${target} PRIVATE
    tenon_testing tenon tenon_internal ${arg_DEPS} GTest::gtest_main GTest::gmock)
  target_compile_definitions(${target} PRIVATE ${arg_DEFINITIONS})
  # One label that -L unit and -L threaded both match: gtest_discover_tests takes no list.
  set(label ${arg_LABEL})
  if(arg_THREADED)
    string(APPEND label "-threaded")
    add_dependencies(threaded_tests ${target})
  endif()
  if(arg_ONE_ENTRY)
    add_test(NAME ${target} COMMAND ${target} --gtest_brief=1)
    set_tests_properties(${target} PROPERTIES LABELS ${label} TIMEOUT 600)
    return()
  endif()
  gtest_discover_tests(${target}
    DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
    PROPERTIES LABELS ${label} TIMEOUT 600)
endfunction()

# All tests that are THREADED.
add_custom_target(threaded_tests)

# The fuzzer of one x_fuzz.cc. Under TENON_SANITIZE=fuzzer,... it is a libFuzzer program; otherwise
# src/testing/fuzz_main.cc mutates the files of tests/corpus/<x_fuzz> for a bounded time, as a ctest.
function(tenon_fuzzer source)
  cmake_path(GET source STEM name)
  set(corpus "${PROJECT_SOURCE_DIR}/tests/corpus/${name}")
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE tenon_testing tenon tenon_internal ${ARGN})
  if(TENON_SANITIZE MATCHES "fuzzer")
    target_link_options(${name} PRIVATE -fsanitize=${TENON_SANITIZE})
    # libFuzzer writes what it finds into the first folder.
    set(found "${CMAKE_CURRENT_BINARY_DIR}/${name}_corpus")
    file(MAKE_DIRECTORY "${found}")
    add_test(NAME ${name} COMMAND ${name} -max_total_time=5 "${found}" "${corpus}")
  else()
    target_sources(${name} PRIVATE "${PROJECT_SOURCE_DIR}/src/testing/fuzz_main.cc")
    add_test(NAME ${name} COMMAND ${name} --runs=20000 --seconds=5 "${corpus}")
  endif()
  set_tests_properties(${name} PROPERTIES LABELS fuzz TIMEOUT 600)
endfunction()

# What every source file of Tenon, and every test of it, is compiled with.
add_library(tenon_internal INTERFACE)
target_link_libraries(tenon_internal INTERFACE
  tenon_settings tenon_xxhash fmt::fmt-header-only Threads::Threads)
target_include_directories(tenon_internal INTERFACE "${PROJECT_SOURCE_DIR}/include")

function(tenon_library_component name library sources deps)
  add_library(tenon_${name}_objects OBJECT ${sources})
  set_target_properties(tenon_${name}_objects PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_link_libraries(tenon_${name}_objects PUBLIC tenon_internal ${deps})
  if(library STREQUAL "runtime")
    target_sources(tenon_runtime PRIVATE $<TARGET_OBJECTS:tenon_${name}_objects>)
  else()
    target_sources(tenon PRIVATE $<TARGET_OBJECTS:tenon_${name}_objects>)
  endif()
endfunction()

function(tenon_testing_component name sources deps)
  add_library(tenon_${name} STATIC ${sources})
  target_link_libraries(tenon_${name} PUBLIC tenon tenon_internal ${deps} GTest::gmock)
endfunction()
