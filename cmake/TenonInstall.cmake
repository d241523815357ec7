# The install tree: libraries, public headers, find_package(tenon) and pkg-config files.
include(CMakePackageConfigHelpers)

set(tenon_cmake_dir "${CMAKE_INSTALL_LIBDIR}/cmake/tenon")
install(TARGETS tenon_runtime tenon EXPORT tenonTargets FILE_SET HEADERS)
install(EXPORT tenonTargets NAMESPACE tenon:: DESTINATION "${tenon_cmake_dir}")

configure_package_config_file(cmake/tenonConfig.cmake.in tenonConfig.cmake
  INSTALL_DESTINATION "${tenon_cmake_dir}" NO_SET_AND_CHECK_MACRO)
# As with the soname: before 1.0 a minor version may break what uses it.
write_basic_package_version_file(tenonConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/tenonConfig.cmake"
              "${PROJECT_BINARY_DIR}/tenonConfigVersion.cmake"
  DESTINATION "${tenon_cmake_dir}")

# The .pc files name their prefix relative to where they lie, so that the tree can be moved.
set(tenon_pc_dir "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX
  BASE_DIRECTORY "${CMAKE_INSTALL_PREFIX}/${tenon_pc_dir}" OUTPUT_VARIABLE tenon_pc_to_prefix)
foreach(pc IN ITEMS tenon-runtime tenon)
  configure_file(cmake/${pc}.pc.in ${pc}.pc @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/${pc}.pc" DESTINATION "${tenon_pc_dir}")
endforeach()

install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}")
