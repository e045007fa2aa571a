# The library's hash functions beside OpenSSL's low-level SHA-1, and beside xxHash where its
# headers are (libxxhash-dev).
qslice_add_benchmark(hash)
qslice_compare_with(hash XXHASH xxhash.h xxhash)
