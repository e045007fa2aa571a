# The target `docs`: the reference of the headers by Doxygen, in build/PRESET/reference/html. It fails
# on what Doxygen warns about. Without Doxygen there is no such target.
if(NOT PROJECT_IS_TOP_LEVEL)
  return()
endif()
find_program(QSLICE_DOXYGEN doxygen)
if(NOT QSLICE_DOXYGEN)
  return()
endif()
file(READ docs/Doxyfile doxyfile)
string(APPEND doxyfile "PROJECT_NUMBER = ${PROJECT_VERSION}\n"
                       "OUTPUT_DIRECTORY = \"${PROJECT_BINARY_DIR}/reference\"\n")
file(WRITE ${PROJECT_BINARY_DIR}/Doxyfile "${doxyfile}")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS docs/Doxyfile)
add_custom_target(docs
    COMMAND ${CMAKE_COMMAND} -E make_directory ${PROJECT_BINARY_DIR}/reference
    COMMAND ${QSLICE_DOXYGEN} ${PROJECT_BINARY_DIR}/Doxyfile
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
    COMMENT "Writing the reference into ${PROJECT_BINARY_DIR}/reference/html"
    VERBATIM)
