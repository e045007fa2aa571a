execute_process(COMMAND ${PYTHON} ${CHECK} ${BOUNDS} ${RUN}
                RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE problem)
if(NOT status EQUAL STATUS)
  message(FATAL_ERROR "expected exit status ${STATUS}, found ${status}:\n${output}${problem}")
endif()
