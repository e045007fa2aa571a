/// @file
/// Small sites and streams for the tests of the simulation.
#pragma once

#include "sim/model/simulation.hpp"
#include "sim/scenario/standard_runner_names.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim::test {

inline const std::vector<std::string> runner_names{"IncomingRunner", "ArchRunner",
                                                   "OutgoingRunner", "VirginRunner",
                                                   "RetryRunner",    "BounceRunner"};

/// Each machine runs one slice of every runner, as in the default scenario.
inline scenario small_site(std::uint64_t machines = 3) {
    scenario s;
    s.name = "small";
    for (std::uint64_t k = 0; k < machines; ++k) {
        machine_choice m;
        m.name = "machine" + std::to_string(k + 1);
        for (const std::string& name : runner_names) m.runners.push_back({name, k, machines});
        s.machines.push_back(m);
    }
    s.list_defaults.members = 3;
    s.list_defaults.digest_members = 1;
    return s;
}

/// Lets a site write Mailman 3's entries, with Mailman 3's runners for the same slices.
inline void use_mailman3(scenario& s) {
    s.policy.format = "mailman3";
    for (machine_choice& m : s.machines) {
        const runner_choice slice = m.runners.front();
        m.runners.clear();
        for (const std::string& name : standard_runner_names("mailman3")) {
            m.runners.push_back({name, slice.slice, slice.slices});
        }
    }
}

/// The given number of posts, a second apart, by two senders to two lists.
inline message_stream steady_stream(std::size_t posts, double gap_s = 1) {
    message_stream stream;
    stream.lists = {"cats", "dogs"};
    stream.senders = {"ann@example.org", "bob@example.org"};
    for (std::size_t i = 0; i < posts; ++i) {
        arrival a;
        a.time = to_virtual_time(1400972196 + gap_s * static_cast<double>(i));
        a.list = static_cast<std::uint32_t>(i % 2);
        a.sender = static_cast<std::uint32_t>(i / 2 % 2);
        a.size_bytes = 2000;
        a.message_id = i + 1;
        stream.arrivals.push_back(a);
    }
    return stream;
}

inline run_record played(const scenario& s, message_stream stream,
                         const simulation_hooks& hooks = {}) {
    auto record = simulate(s, std::move(stream), hooks);
    if (!record) FAIL(record.error().to_string());
    return *std::move(record);
}

/// How often each post was delivered, or archived.
inline std::vector<int> times(const run_record& r, const std::vector<effect_record>& effects) {
    std::vector<int> counts(r.posts.size(), 0);
    for (const effect_record& e : effects) {
        if (e.post != none) ++counts[e.post];
    }
    return counts;
}

inline bool all_are(const std::vector<int>& counts, int wanted) {
    return std::all_of(counts.begin(), counts.end(), [&](int c) { return c == wanted; });
}

inline bool none_is(const std::vector<int>& counts, int unwanted) {
    return std::find(counts.begin(), counts.end(), unwanted) == counts.end();
}

inline std::size_t with_fate(const run_record& r, entry_fate fate) {
    return static_cast<std::size_t>(std::count_if(
        r.entries.begin(), r.entries.end(), [&](const entry_record& e) { return e.fate == fate; }));
}

inline bool logged(const run_record& r, std::string_view text) {
    return std::any_of(r.logs.begin(), r.logs.end(),
                       [&](const log_record& l) { return l.line.find(text) != std::string::npos; });
}

}  // namespace qslice::sim::test
