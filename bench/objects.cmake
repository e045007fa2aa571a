qslice_add_benchmark(objects)
target_include_directories(qslice_bench_objects PRIVATE ${PROJECT_SOURCE_DIR}/tests)
target_compile_definitions(qslice_bench_objects PRIVATE
    QSLICE_MAILMAN3_PEER="${CMAKE_CURRENT_SOURCE_DIR}/support/mailman3_peer.py"
    QSLICE_RECORDED_ENTRIES="${PROJECT_SOURCE_DIR}/tests/data")
