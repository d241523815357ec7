# The two libraries. Their sources are added by tenon_component() from the folders under src/.
#
#   tenon::runtime  libtenon_runtime.so  loads and runs plans
#   tenon::tenon    libtenon.so          builds plans as well; links tenon::runtime
#
# Until 1.0 a minor version may break the ABI, so the soname holds major and minor version.
function(tenon_library name export_name)
  add_library(${name} SHARED)
  add_library(tenon::${export_name} ALIAS ${name})
  set_target_properties(${name} PROPERTIES
    EXPORT_NAME ${export_name}
    VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
    INSTALL_RPATH "$ORIGIN"
    LINK_DEPENDS "${PROJECT_SOURCE_DIR}/cmake/exports.map")
  target_compile_features(${name} PUBLIC cxx_std_20)
  target_link_libraries(${name} PRIVATE tenon_settings)
  target_link_options(${name} PRIVATE
    "LINKER:--version-script=${PROJECT_SOURCE_DIR}/cmake/exports.map")
  # The runtime of a sanitizer is in the program, not in the libraries.
  if(NOT TENON_SANITIZE)
    target_link_options(${name} PRIVATE LINKER:--no-undefined)
  endif()
endfunction()

tenon_library(tenon_runtime runtime)
target_link_libraries(tenon_runtime PRIVATE Threads::Threads ${CMAKE_DL_LIBS})
tenon_library(tenon tenon)
target_link_libraries(tenon PUBLIC tenon_runtime)

target_sources(tenon_runtime PUBLIC
  FILE_SET HEADERS BASE_DIRS include FILES
    include/tenon/device.h
    include/tenon/engine.h
    include/tenon/error.h
    include/tenon/types.h)
target_sources(tenon PUBLIC
  FILE_SET HEADERS BASE_DIRS include FILES
    include/tenon/builder.h
    include/tenon/network.h
    include/tenon/tenon.h)
