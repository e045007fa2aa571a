/// @file
/// Mailman 3's own Switchboard as a peer: a child process that reports its own timing.
/// Where Debian's package mailman3 is absent the benchmark says so and goes on without.
#pragma once

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

namespace qslice::bench {

/// What the child measured.
struct peer_timing {
    double seconds = 0;
    std::size_t entries = 0;
};

/// Runs QSLICE_MAILMAN3_PEER with these arguments; none where Mailman 3 cannot be run.
inline std::optional<peer_timing> run_mailman3(const std::string& arguments) {
    const std::string command =
        "/usr/bin/python3 " QSLICE_MAILMAN3_PEER " " + arguments + " 2>/dev/null";
    const auto close = [](std::FILE* f) { ::pclose(f); };
    const std::unique_ptr<std::FILE, decltype(close)> output(::popen(command.c_str(), "r"), close);
    peer_timing timing;
    if (!output || std::fscanf(output.get(), "%lf %zu", &timing.seconds, &timing.entries) != 2) {
        return std::nullopt;
    }
    return timing;
}

/// Whether Mailman 3 can be imported here.
inline bool mailman3_is_here() {
    static const bool here =
        std::system("/usr/bin/python3 -c 'import mailman.core.switchboard' 2>/dev/null") == 0;
    return here;
}

inline constexpr const char* mailman3_is_absent =
    "skipped: /usr/bin/python3 cannot import mailman.core.switchboard (Debian package mailman3)";

}  // namespace qslice::bench
