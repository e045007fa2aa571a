/// @file
/// The main() of benchmarks that are declared at run time, once for each medium of the machine.
#pragma once

#include <benchmark/benchmark.h>

namespace qslice::bench {

/// Reads the command line, declares and runs.
/// @returns the exit status
inline int run_declared(int argc, char** argv, void (*declare)()) {
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
    declare();
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
}

}  // namespace qslice::bench
