qslice_add_benchmark(keys)
