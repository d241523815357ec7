# How every target of Tenon is compiled, as one interface target, tenon_settings. It is private to
# the build: nothing of it reaches the installed targets.

set(CMAKE_CXX_EXTENSIONS OFF)

# The build tree has the layout of the install tree, with run paths relative to the binary: a build
# or an install can be moved, and installing relinks nothing.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/${CMAKE_INSTALL_BINDIR}")
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/${CMAKE_INSTALL_LIBDIR}")
cmake_path(RELATIVE_PATH CMAKE_LIBRARY_OUTPUT_DIRECTORY
           BASE_DIRECTORY "${CMAKE_RUNTIME_OUTPUT_DIRECTORY}" OUTPUT_VARIABLE tenon_bin_to_lib)
set(CMAKE_BUILD_WITH_INSTALL_RPATH ON)
set(CMAKE_INSTALL_RPATH "$ORIGIN/${tenon_bin_to_lib}")

if(PROJECT_IS_TOP_LEVEL AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(TENON_CCACHE ccache)
  mark_as_advanced(TENON_CCACHE)
  if(TENON_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${TENON_CCACHE}")
  endif()
endif()

add_library(tenon_settings INTERFACE)
target_compile_features(tenon_settings INTERFACE cxx_std_20)
target_include_directories(tenon_settings INTERFACE "${PROJECT_SOURCE_DIR}/src")
target_include_directories(tenon_settings SYSTEM INTERFACE "${PROJECT_BINARY_DIR}/generated")
# Nobody replaces single functions of these libraries at load time, so the compiler may inline and
# bind calls inside one library; without this an exported function is never inlined by GCC.
target_compile_options(tenon_settings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
  $<$<BOOL:${TENON_WERROR}>:-Werror>
  -fno-semantic-interposition)
target_link_options(tenon_settings INTERFACE -Wl,--as-needed)

if(TENON_SANITIZE)
  # With libFuzzer all code is instrumented, but only the fuzzers get its main (tenon_component).
  string(REPLACE "fuzzer" "fuzzer-no-link" tenon_sanitize_flags "-fsanitize=${TENON_SANITIZE}")
  target_compile_options(tenon_settings INTERFACE
    ${tenon_sanitize_flags} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(tenon_settings INTERFACE ${tenon_sanitize_flags})
endif()
