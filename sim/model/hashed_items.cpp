#include "sim/model/hashed_items.hpp"

#include "sim/engine/parallel.hpp"
#include "sim/model/mailing_lists.hpp"
#include "sim/record/virtual_time.hpp"
#include "sim/stream/compose.hpp"

#include <qslice/topology/arriving_item.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <map>
#include <string>
#include <utility>

#include <time.h>

namespace qslice::sim {

namespace {

constexpr std::uint64_t chunk = 1024;  // items

/// Processor time of the calling thread, so that other load on the machine does not count.
std::uint64_t thread_ns() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U +
           static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace

hashed_items hash_items(const site_program& program, const scenario& setting,
                        const message_stream& stream, std::uint64_t count, unsigned threads,
                        const std::function<void(std::uint64_t)>& progress) {
    const auto& posts = stream.arrivals;
    const mailing_lists lists(setting, stream);
    const double round_s = std::floor(to_seconds(posts.back().time - posts.front().time)) + 1;
    hashed_items done;
    done.hashes.resize(count);
    std::atomic<std::uint64_t> bytes{0};
    std::atomic<std::uint64_t> spent_ns{0};
    const auto started = std::chrono::steady_clock::now();
    for_each_index((count + chunk - 1) / chunk, threads, [&](std::uint64_t number) {
        const std::uint64_t begin_ns = thread_ns();
        const auto hash = program.hasher();
        std::uint64_t of_chunk = 0;
        const std::uint64_t begin = number * chunk;
        const std::uint64_t end = std::min(begin + chunk, count);
        for (std::uint64_t i = begin; i < end; ++i) {
            const auto post = static_cast<std::size_t>(i % posts.size());
            const auto round = static_cast<double>(i / posts.size());
            const mailing_list& list = lists.all()[posts[post].list];
            const site_program::hashed_item item = hash(
                {i, list.name, stream.senders[posts[post].sender], compose_message(stream, post)},
                list, i, {to_seconds(posts[post].time) + round * round_s});
            done.hashes[i] = item.hash;
            of_chunk += item.bytes;
        }
        bytes += of_chunk;
        spent_ns += thread_ns() - begin_ns;
        if (progress) progress(end - begin);
    });
    done.bytes = bytes;
    done.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    done.item_ns = static_cast<double>(spent_ns) / static_cast<double>(count);
    return done;
}

std::vector<std::uint64_t> count_by_slice(const std::vector<hash_value>& hashes,
                                          const site_program::division& division,
                                          std::uint64_t slices) {
    std::vector<std::uint64_t> counts(slices);
    for (const hash_value& hash : hashes) ++counts[slices == 1 ? 0 : division.slice_of(hash)];
    return counts;
}

largest_key find_largest_key(const std::vector<hash_value>& hashes) {
    std::map<std::uint64_t, largest_key> keys;
    largest_key most;
    for (std::size_t i = 0; i < hashes.size(); ++i) {
        largest_key& key = keys.try_emplace(hashes[i].high(), largest_key{i, 0}).first->second;
        ++key.items;
    }
    for (const auto& [bits, key] : keys) {
        const bool earlier = key.items == most.items && key.first < most.first;
        if (key.items > most.items || earlier) most = key;
    }
    return most;
}

}  // namespace qslice::sim
