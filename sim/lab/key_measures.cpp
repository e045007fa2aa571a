#include "sim/lab/key_measures.hpp"

#include "sim/check/split_statistics.hpp"
#include "sim/check/statistics.hpp"
#include "sim/stream/compose.hpp"

#include <qslice/hash/any_hash_policy.hpp>
#include <qslice/hash/hash_input.hpp>
#include <qslice/message/headers.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <numeric>
#include <string_view>
#include <utility>

namespace qslice::sim {

namespace {

hash_input input_of(const message_stream& stream, std::size_t post, std::string_view text) {
    const arrival& a = stream.arrivals[post];
    hash_input input;
    input.message = text;
    input.list_name = stream.lists[a.list];
    input.list_id = input.list_name;
    input.sender = sender_address(text);
    input.thread = thread_root(text);
    input.now = {to_seconds(a.time)};
    return input;
}

lab_spread spread_of(const std::vector<std::uint64_t>& counts, const std::vector<double>& shares) {
    const auto total =
        static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}));
    std::vector<double> loads;
    for (std::size_t k = 0; k < counts.size(); ++k) {
        if (shares[k] > 0) loads.push_back(static_cast<double>(counts[k]) / (total * shares[k]));
    }
    return {*std::max_element(loads.begin(), loads.end()), coefficient_of_variation(loads)};
}

}  // namespace

hashed_stream with_keys(std::vector<hash_value> hashes, bool together) {
    hashed_stream hashed;
    hashed.hashes = std::move(hashes);
    for (std::size_t i = 0; i < hashed.hashes.size(); ++i) {
        hashed.key_of.push_back(together ? hashed.hashes[i].high() : i);
    }
    std::vector<std::uint64_t> sorted = hashed.key_of;
    std::sort(sorted.begin(), sorted.end());
    for (auto begin = sorted.begin(); begin != sorted.end();) {
        const auto end = std::upper_bound(begin, sorted.end(), *begin);
        ++hashed.keys;
        hashed.largest_key = std::max(hashed.largest_key, static_cast<std::uint64_t>(end - begin));
        begin = end;
    }
    return hashed;
}

hashed_stream hash_all(const message_stream& stream, const std::string& hash) {
    any_hash_policy policy = make_hash_policy(hash).value();
    std::vector<hash_value> hashes;
    hashes.reserve(stream.arrivals.size());
    std::string text;
    for (std::size_t i = 0; i < stream.arrivals.size(); ++i) {
        compose_message(stream, i, text);
        hashes.push_back(policy(input_of(stream, i, text)));
    }
    return with_keys(std::move(hashes), policy.keeps_together() != affinity_kind::none);
}

lab_policy with_known_loads(lab_policy policy, const hashed_stream& hashed) {
    if (policy.spool.partition != "bounded") return policy;
    std::map<std::uint64_t, std::uint64_t> loads;
    for (std::size_t i = 0; i < (hashed.key_of.size() + 1) / 2; ++i) ++loads[hashed.key_of[i]];
    std::string table;
    for (const auto& [key, load] : loads) table += fmt::format("{:016x}={},", key, load);
    policy.spool.partition += '[' + table + ']';
    return policy;
}

lab_division division_of(const any_partition& partition) {
    return {
        [partition](const hash_value& hash) -> std::uint32_t { return partition.slice_of(hash); },
        shares_of(partition), wanted_shares_of(partition)};
}

void measure_keys(const hashed_stream& hashed, const message_stream& stream,
                  const lab_division& division, std::uint64_t seed, lab_row& row) {
    std::vector<std::uint64_t> counts(row.slices);
    std::vector<std::uint64_t> bytes(row.slices);
    for (std::size_t i = 0; i < hashed.hashes.size(); ++i) {
        const std::uint32_t slice = division.slice_of(hashed.hashes[i]);
        ++counts[slice];
        bytes[slice] += stream.arrivals[i].size_bytes;
    }
    row.keys = hashed.keys;
    row.p_value = test_split(counts, division.shares, seed).p_value;
    row.even_p_value = test_split(counts, division.wanted, seed).p_value;
    row.messages = spread_of(counts, division.wanted);
    row.bytes = spread_of(bytes, division.wanted);
    row.unavoidable = std::max(1.0, static_cast<double>(row.slices * hashed.largest_key) /
                                        static_cast<double>(hashed.hashes.size()));
}

lab_movement movement_between(const hashed_stream& hashed, const lab_division& before,
                              std::uint64_t slices_before, const lab_division& after,
                              std::uint64_t slices_after) {
    std::uint64_t moved = 0;
    std::vector<std::uint64_t> moved_keys;
    for (std::size_t i = 0; i < hashed.hashes.size(); ++i) {
        if (before.slice_of(hashed.hashes[i]) == after.slice_of(hashed.hashes[i])) continue;
        ++moved;
        moved_keys.push_back(hashed.key_of[i]);
    }
    std::sort(moved_keys.begin(), moved_keys.end());
    const auto keys = std::unique(moved_keys.begin(), moved_keys.end()) - moved_keys.begin();
    const auto larger = static_cast<double>(std::max(slices_before, slices_after));
    const auto smaller = static_cast<double>(std::min(slices_before, slices_after));
    return {slices_after, static_cast<double>(moved) / static_cast<double>(hashed.hashes.size()),
            static_cast<double>(keys) / static_cast<double>(hashed.keys),
            (larger - smaller) / larger};
}

}  // namespace qslice::sim
