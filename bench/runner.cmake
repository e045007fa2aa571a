qslice_add_benchmark(runner)
target_compile_definitions(qslice_bench_runner PRIVATE
    QSLICE_MAILMAN3_PEER="${CMAKE_CURRENT_SOURCE_DIR}/support/mailman3_peer.py")
