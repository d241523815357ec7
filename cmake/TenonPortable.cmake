# Preset portable: after the libraries are linked, copies the shared libraries that they and the
# programs need beside them, the C library aside. Run paths are relative to $ORIGIN in every build, so
# the build tree then runs on any machine whose C library is at least as new as the one here.
add_custom_target(portable_libraries ALL
  COMMAND "${CMAKE_COMMAND}"
    "-DLIBRARIES=$<TARGET_FILE:tenon_runtime>;$<TARGET_FILE:tenon>"
    "-DPROGRAMS=$<TARGET_FILE:tenon_cli>;$<TARGET_FILE:filetype>;$<TARGET_FILE:digits>"
    "-DDESTINATION=${CMAKE_LIBRARY_OUTPUT_DIRECTORY}"
    -P "${PROJECT_SOURCE_DIR}/cmake/copy_shared_libraries.cmake"
  COMMENT "Copying shared libraries"
  VERBATIM)
add_dependencies(portable_libraries tenon_runtime tenon tenon_cli filetype digits)
