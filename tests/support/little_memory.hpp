#pragma once

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

namespace qslice::test {

struct little_memory_outcome {
    bool held = false;   ///< the work returned true, in the memory that it was given
    double seconds = 0;  ///< of the processor, so that other programs do not count
};

/// Does some work in a process of its own that may take 64 MB more than it starts with; one
/// that asks for more ends by std::bad_alloc. Under a sanitizer, which maps much more, memory is
/// not limited.
/// @param work  returns whether it went as it should
template <class Work>
little_memory_outcome in_little_memory(Work&& work) {
    const pid_t child = fork();
    if (child == 0) {
#if !defined(QSLICE_SANITIZED)
        constexpr rlim_t allowed = rlim_t{64} << 20;
        unsigned long pages = 0;
        std::ifstream("/proc/self/statm") >> pages;
        const rlim_t size = pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + allowed;
        const rlimit limit{size, size};
        if (setrlimit(RLIMIT_AS, &limit) != 0) _exit(2);
#endif
        bool good = false;
        try {
            good = work();
        } catch (...) {
            _exit(3);
        }
        _exit(good ? 0 : 1);
    }
    int status = 0;
    rusage used{};
    const bool ended = child > 0 && wait4(child, &status, 0, &used) == child;
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
    };
    return {ended && WIFEXITED(status) && WEXITSTATUS(status) == 0,
            seconds(used.ru_utime) + seconds(used.ru_stime)};
}

}  // namespace qslice::test
