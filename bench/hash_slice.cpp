// What does it cost to give a message its hash and its slice, compared with the hash alone?
//
// hash_slice/... hashes message, list name and time and finds the slice; low_level/... is
// OpenSSL's SHA1_Init, SHA1_Update, SHA1_Final on the same bytes, already in one piece. The counter
// `ratio` is the first over the second, measured in turns within the same run, so that it does not
// depend on the machine's clock frequency.
#include "support/low_level_sha1.hpp"

#include <qslice/hash/hash_policy.hpp>
#include <qslice/partition/equal_ranges.hpp>

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdint>
#include <string>

#include <openssl/evp.h>
#include <openssl/sha.h>

namespace {

using namespace qslice;
using namespace qslice::bench;

struct sample {
    explicit sample(std::int64_t size) : message(static_cast<std::size_t>(size), 'm') {
        for (std::size_t i = 0; i < message.size(); ++i) {
            message[i] = static_cast<char>(' ' + i * 31 % 95);
        }
        input.message = message;
        input.list_name = list;
        input.now = {1400972196.789012};
        whole = message + list + to_repr(input.now);
    }
    sample(const sample&) = delete;

    // The clock advances, as between any two messages.
    void tick() { input.now.seconds += 0.000123; }

    std::string message;
    std::string list = "mailman-users";
    std::string whole;  // the hash input in one piece
    hash_input input;
};

template <class Work>
void run(benchmark::State& state, Work&& work) {
    sample s(state.range(0));
    for (auto _ : state) {
        s.tick();
        benchmark::DoNotOptimize(work(s));
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(s.whole.size()));
}

template <hash_policy Policy>
void hash_slice(benchmark::State& state) {
    Policy policy;
    const equal_ranges<3> ranges;
    run(state, [&](sample& s) { return ranges.slice_of(policy(s.input)); });
}

void low_level(benchmark::State& state) {
    hash_bytes out;
    run(state, [&](const sample& s) { return low_level_sha1(s.whole, out), out[0]; });
}

void one_shot(benchmark::State& state) {
    hash_bytes out;
    run(state, [&](const sample& s) {
        SHA1(reinterpret_cast<const unsigned char*>(s.whole.data()), s.whole.size(), out.data());
        return out[0];
    });
}

void evp_digest(benchmark::State& state) {
    hash_bytes out;
    run(state, [&](const sample& s) {
        EVP_Digest(s.whole.data(), s.whole.size(), out.data(), nullptr, EVP_sha1(), nullptr);
        return out[0];
    });
}

// Both in turns, a few microseconds each.
void ratio(benchmark::State& state) {
    using clock = std::chrono::steady_clock;
    sample s(state.range(0));
    mailman21_policy policy;
    const equal_ranges<3> ranges;
    hash_bytes out;
    const std::int64_t turns = 1 + 65536 / (state.range(0) + 256);
    double ours_s = 0;
    double raw_s = 0;
    for (auto _ : state) {
        const auto begin = clock::now();
        for (std::int64_t i = 0; i < turns; ++i) {
            s.tick();
            benchmark::DoNotOptimize(ranges.slice_of(policy(s.input)));
        }
        const auto middle = clock::now();
        for (std::int64_t i = 0; i < turns; ++i) {
            low_level_sha1(s.whole, out);
            benchmark::DoNotOptimize(out);
        }
        const auto end = clock::now();
        const double ours = std::chrono::duration<double>(middle - begin).count();
        ours_s += ours;
        raw_s += std::chrono::duration<double>(end - middle).count();
        state.SetIterationTime(ours);
    }
    const auto calls = static_cast<double>(state.iterations() * turns);
    state.counters["ours_ns"] = ours_s * 1e9 / calls;
    state.counters["low_level_ns"] = raw_s * 1e9 / calls;
    state.counters["ratio"] = ours_s / raw_s;
}

void sizes(benchmark::internal::Benchmark* b) {
    for (const int size : {64, 256, 1024, 4096, 65536}) b->Arg(size);
}

BENCHMARK(ratio)->Name("hash_slice/ratio")->Apply(sizes)->UseManualTime();
BENCHMARK(hash_slice<mailman21_policy>)->Name("hash_slice/mailman21")->Apply(sizes);
BENCHMARK(hash_slice<mailman3_policy>)->Name("hash_slice/mailman3")->Apply(sizes);
BENCHMARK(hash_slice<list_affinity_policy>)->Name("hash_slice/list_affinity")->Apply(sizes);
BENCHMARK(hash_slice<basic_hash_policy<message_list_time, sha256>>)
    ->Name("hash_slice/sha256")
    ->Apply(sizes);
BENCHMARK(hash_slice<basic_hash_policy<message_list_time, blake2b>>)
    ->Name("hash_slice/blake2b")
    ->Apply(sizes);
BENCHMARK(low_level)->Name("peer/low_level_sha1")->Apply(sizes);
BENCHMARK(one_shot)->Name("peer/one_shot_sha1")->Apply(sizes);
BENCHMARK(evp_digest)->Name("peer/evp_digest_sha1")->Apply(sizes);

}  // namespace

BENCHMARK_MAIN();
