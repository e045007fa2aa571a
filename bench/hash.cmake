# The library's hash functions beside OpenSSL's low-level SHA-1, and beside xxHash where its
# headers are (libxxhash-dev).
qslice_add_benchmark(hash)
find_path(QSLICE_XXHASH_INCLUDE xxhash.h)
find_library(QSLICE_XXHASH xxhash)
if(QSLICE_XXHASH_INCLUDE AND QSLICE_XXHASH)
  target_compile_definitions(qslice_bench_hash PRIVATE QSLICE_HAVE_XXHASH)
  target_link_libraries(qslice_bench_hash PRIVATE ${QSLICE_XXHASH})
endif()
