# Copies the shared libraries that LIBRARIES and PROGRAMS need into DESTINATION, except those that
# belong to the C library: they must match the kernel and the loader of the machine they run on.
file(GET_RUNTIME_DEPENDENCIES
  LIBRARIES ${LIBRARIES}
  EXECUTABLES ${PROGRAMS}
  RESOLVED_DEPENDENCIES_VAR found
  UNRESOLVED_DEPENDENCIES_VAR missing
  POST_EXCLUDE_REGEXES
    "/libtenon[^/]*$"
    "/(ld-linux[^/]*|lib(c|m|dl|rt|pthread|resolv|util))\\.so[^/]*$")
if(missing)
  message(FATAL_ERROR "not found: ${missing}")
endif()
foreach(library IN LISTS found)
  file(COPY "${library}" DESTINATION "${DESTINATION}" FOLLOW_SYMLINK_CHAIN)
endforeach()
