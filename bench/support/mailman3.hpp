/// @file
/// Mailman 3's own Switchboard as a peer: a child process that reports its own timing.
/// Without Debian's mailman3 package the benchmark says so and continues without it.
#pragma once

#include "child_output.hpp"

#include <cstddef>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

namespace qslice::bench {

/// What the child measured.
struct peer_timing {
    double seconds = 0;
    std::size_t entries = 0;
};

/// Runs QSLICE_MAILMAN3_PEER with these arguments; nothing if Mailman 3 cannot be run.
inline std::optional<peer_timing> run_mailman3(const std::vector<std::string>& arguments) {
    std::vector<std::string> words{"/usr/bin/python3", QSLICE_MAILMAN3_PEER};
    words.insert(words.end(), arguments.begin(), arguments.end());
    const auto output = child_output(words);
    peer_timing timing;
    if (!output || std::sscanf(output->c_str(), "%lf %zu", &timing.seconds, &timing.entries) != 2) {
        return std::nullopt;
    }
    return timing;
}

/// Whether Mailman 3 can be imported here.
inline bool mailman3_is_here() {
    static const bool here =
        child_output({"/usr/bin/python3", "-c", "import mailman.core.switchboard"}).has_value();
    return here;
}

inline constexpr const char* mailman3_is_absent =
    "skipped: /usr/bin/python3 cannot import mailman.core.switchboard (Debian package mailman3)";

}  // namespace qslice::bench
