qslice_add_benchmark(entry)
