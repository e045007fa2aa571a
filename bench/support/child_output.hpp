/// @file
/// Runs another program and returns its output. Benchmarks get the peers' own measurements this
/// way: those of Mailman 3, Python and SimGrid.
#pragma once

#include <sys/wait.h>

#include <array>
#include <cstddef>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

namespace qslice::bench {

/// The program's standard output; its standard error is discarded.
/// @param words  the program, found in PATH, and its arguments, each passed on unchanged (paths may
///               contain spaces and quotes)
/// @returns nothing if it cannot be run or its exit status is not 0
inline std::optional<std::string> child_output(const std::vector<std::string>& words) {
    std::string command = "exec";
    for (const std::string& word : words) {
        command += " '";
        for (const char c : word) {
            if (c == '\'') {
                command += "'\\''";
            } else {
                command += c;
            }
        }
        command += '\'';
    }
    std::FILE* const pipe = ::popen((command + " 2>/dev/null").c_str(), "r");
    if (pipe == nullptr) return std::nullopt;
    std::string output;
    std::array<char, 4096> block;
    while (const std::size_t size = std::fread(block.data(), 1, block.size(), pipe)) {
        output.append(block.data(), size);
    }
    if (::pclose(pipe) != 0) return std::nullopt;
    return output;
}

}  // namespace qslice::bench
