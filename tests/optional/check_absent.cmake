# Configures SOURCE in FOLDER without any of the packages that one may do without.
file(REMOVE_RECURSE ${FOLDER})
execute_process(
    COMMAND ${CMAKE_COMMAND} --no-warn-unused-cli -S ${SOURCE} -B ${FOLDER} -G ${GENERATOR}
            -D CMAKE_CXX_COMPILER=${COMPILER} -D QSLICE_BUILD_TESTS=OFF
            -D QSLICE_BUILD_BENCH=${BENCH} -D QSLICE_BENCH_PEERS=OFF -D QSLICE_WITH_MPI=OFF
            -D CMAKE_DISABLE_FIND_PACKAGE_mimalloc=ON -D QSLICE_DOXYGEN=OFF
    RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "cannot be configured:\n${output}")
endif()
string(TOLOWER "${output}" said)
if(said MATCHES "warning|could not find|not found|notfound")
  message(FATAL_ERROR "expected no word about absent packages:\n${output}")
endif()
