/// @file
/// Runs another program and gives what it printed. Benchmarks ask peers for their own measurements
/// this way: Mailman 3, Python and SimGrid.
#pragma once

#include <sys/wait.h>

#include <array>
#include <cstddef>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

namespace qslice::bench {

/// The program's standard output; its errors are dropped.
/// @param words  the program, found by PATH, and its arguments, each passed on exactly as it is
///               (paths may hold spaces and quotes)
/// @returns nothing where it cannot be run or its exit status is not 0
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
