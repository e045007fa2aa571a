qslice_add_benchmark(enqueue)
target_compile_definitions(qslice_bench_enqueue PRIVATE
    QSLICE_MAILMAN3_PEER="${CMAKE_CURRENT_SOURCE_DIR}/support/mailman3_peer.py")
