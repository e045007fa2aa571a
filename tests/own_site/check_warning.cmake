# Builds TARGET in BUILD with its main file MAIN compiled anew; the compiler has to warn and the
# program has to be made nevertheless.
file(TOUCH ${MAIN})
execute_process(COMMAND ${CMAKE_COMMAND} --build ${BUILD} --target ${TARGET}
                RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(NOT output MATCHES "careless_site.hpp:[0-9]+:[0-9]+: warning: ")
  message(FATAL_ERROR "expected a warning of careless_site.hpp; the build said:\n${output}")
endif()
if(NOT status EQUAL 0)
  message(FATAL_ERROR "the warning was taken for an error:\n${output}")
endif()
