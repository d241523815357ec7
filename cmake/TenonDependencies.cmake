# Libraries that Tenon uses. All come from the system; nothing is downloaded.
#
# Everything here is used header-only, also where a compiled form exists (fmt, xxHash): the soname
# of libfmt changes with each Debian and Ubuntu release, and an installed libtenon must not depend
# on it. The version script keeps the inlined copies local to each library.

find_package(Threads REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(CLI11 2.1 REQUIRED)

# tenon_header_library(<name> <header> <Debian package>): an interface target for a library that
# ships no CMake package, or whose package names differ between distributions.
function(tenon_header_library name header package)
  string(TOUPPER "TENON_${name}_INCLUDE_DIR" variable)
  find_path(${variable} "${header}")
  mark_as_advanced(${variable})
  if(NOT ${variable})
    message(FATAL_ERROR "${header} not found: install ${package}, or set ${variable}")
  endif()
  add_library(tenon_${name} INTERFACE)
  target_include_directories(tenon_${name} SYSTEM INTERFACE "${${variable}}")
endfunction()

tenon_header_library(protozero protozero/pbf_reader.hpp libprotozero-dev)
tenon_header_library(flatbuffers flatbuffers/flatbuffers.h libflatbuffers-dev)
tenon_header_library(xxhash xxhash.h libxxhash-dev)
target_compile_definitions(tenon_xxhash INTERFACE XXH_INLINE_ALL)

# Kernels are generated for one architecture only; others have the portable ones.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|amd64|AMD64)$")
  set(TENON_JIT ON)
  tenon_header_library(xbyak xbyak/xbyak.h libxbyak-dev)
  target_compile_definitions(tenon_xbyak INTERFACE XBYAK_NO_EXCEPTION)
endif()

find_program(TENON_FLATC flatc)
mark_as_advanced(TENON_FLATC)
if(NOT TENON_FLATC)
  message(FATAL_ERROR "flatc not found: install flatbuffers-compiler, or set TENON_FLATC")
endif()

# Makes every generated header, for tools that read sources without building.
add_custom_target(generated)

# tenon_flatbuffers(<component> <x.fbs>): makes x_generated.h in the build tree, found as
# "<folder>/x_generated.h", before the component is compiled. It is a system header: the
# warnings of generated code are not ours to fix.
function(tenon_flatbuffers component schema)
  cmake_path(GET schema STEM stem)
  cmake_path(RELATIVE_PATH CMAKE_CURRENT_SOURCE_DIR
             BASE_DIRECTORY "${PROJECT_SOURCE_DIR}/src" OUTPUT_VARIABLE folder)
  set(out "${PROJECT_BINARY_DIR}/generated/${folder}")
  add_custom_command(
    OUTPUT "${out}/${stem}_generated.h"
    COMMAND "${TENON_FLATC}" --cpp --scoped-enums -o "${out}"
            "${CMAKE_CURRENT_SOURCE_DIR}/${schema}"
    DEPENDS "${schema}"
    COMMENT "Generating ${folder}/${stem}_generated.h"
    VERBATIM)
  add_custom_target(tenon_${stem}_schema DEPENDS "${out}/${stem}_generated.h")
  add_dependencies(tenon_${component}_objects tenon_${stem}_schema)
  add_dependencies(generated tenon_${stem}_schema)
  target_link_libraries(tenon_${component}_objects PUBLIC tenon_flatbuffers)
endfunction()
