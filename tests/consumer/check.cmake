# Builds and runs the consumer project in FOLDER against an install of BUILD, the one WAY or the
# other.
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE output
                  ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    string(JOIN " " command ${ARGN})
    message(FATAL_ERROR "${command} failed with ${status}:\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${FOLDER})
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${FOLDER}/first --component headers)
# An installed tree can be moved.
file(RENAME ${FOLDER}/first ${FOLDER}/prefix)

set(project ${CMAKE_CURRENT_LIST_DIR}/project)
if(WAY STREQUAL "find_package")
  run(${CMAKE_COMMAND} -S ${project} -B ${FOLDER}/build -G ${GENERATOR}
      -D CMAKE_CXX_COMPILER=${COMPILER} -D CMAKE_PREFIX_PATH=${FOLDER}/prefix)
  run(${CMAKE_COMMAND} --build ${FOLDER}/build)
  run(${FOLDER}/build/consumer)
else()
  set(ENV{PKG_CONFIG_PATH} ${FOLDER}/prefix/${DATADIR}/pkgconfig)
  run(pkg-config --modversion qslice)
  if(NOT output STREQUAL "${VERSION}\n")
    message(FATAL_ERROR "pkg-config gives version ${output} instead of ${VERSION}")
  endif()
  run(pkg-config --cflags --libs qslice)
  string(STRIP "${output}" flags)
  separate_arguments(flags UNIX_COMMAND "${flags}")
  run(${COMPILER} -std=c++20 ${project}/main.cpp -o ${FOLDER}/consumer ${flags})
  run(${FOLDER}/consumer)
endif()
if(NOT output MATCHES "^qslice ${VERSION}: slice [0-2] of 3\n$")
  message(FATAL_ERROR "the consumer said: ${output}")
endif()
