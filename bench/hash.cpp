// What does each hash function cost on a message, compared with OpenSSL's low-level SHA-1 of the
// same bytes; and does a batch of small entries cost less per entry than a single one?
//
// hash/FUNCTION/BYTES takes turns between the two; the counter `to_sha1` is the median of the
// turns' ratios. hash/batch/BYTES hashes 64 messages one after another with one context (`ours`)
// and block by block in turns over 64 contexts (`interleaved`), which would hide the latency of one
// chain behind others if the functions could be entered in the middle. OpenSSL offers multi-buffer
// SHA-1 only to its own TLS code.
#include "support/low_level_sha1.hpp"
#include "support/turns.hpp"

#include <qslice/hash/hash_function.hpp>

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#if defined(QSLICE_HAVE_XXHASH)
#include "support/xxh3_hash.hpp"
#endif

namespace {

using namespace qslice;
using namespace qslice::bench;

std::string bytes_of(std::size_t size) {
    std::string bytes(size, 'm');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(' ' + i * 31 % 95);
    return bytes;
}

/// The number of calls for which a turn takes tens of microseconds.
std::size_t calls_of(std::size_t size) { return 1 + 65536 / (size + 256); }

template <hash_function Function>
void hash(benchmark::State& state) {
    const auto size = static_cast<std::size_t>(state.range(0));
    const std::string bytes = bytes_of(size);
    const std::size_t calls = calls_of(size);
    Function function;
    turn_times ours;
    turn_times bare;
    for (auto _ : state) {
        ours.add(seconds_of([&] {
            for (std::size_t i = 0; i < calls; ++i) {
                function.start();
                function.update(bytes);
                benchmark::DoNotOptimize(function.finish());
            }
        }));
        bare.add(seconds_of([&] {
            hash_bytes out;
            for (std::size_t i = 0; i < calls; ++i) {
                low_level_sha1(bytes, out);
                benchmark::DoNotOptimize(out);
            }
        }));
    }
    const auto each_ns = [&](const turn_times& t) {
        return t.median() * 1e9 / static_cast<double>(calls);
    };
    state.counters["ns"] = each_ns(ours);
    state.counters["low_level_sha1_ns"] = each_ns(bare);
    state.counters["to_sha1"] = ours.ratio_to(bare);
}

void batch(benchmark::State& state) {
    constexpr std::size_t entries = 64;
    constexpr std::size_t step = 64;  // one block of SHA-1
    const auto size = static_cast<std::size_t>(state.range(0));
    const std::vector<std::string> messages(entries, bytes_of(size));
    sha1 one;
    std::vector<sha1> many(entries);
    turn_times ours;
    turn_times interleaved;
    for (auto _ : state) {
        ours.add(seconds_of([&] {
            for (const std::string& m : messages) {
                one.start();
                one.update(m);
                benchmark::DoNotOptimize(one.finish());
            }
        }));
        interleaved.add(seconds_of([&] {
            for (sha1& function : many) function.start();
            for (std::size_t at = 0; at < size; at += step) {
                for (std::size_t i = 0; i < entries; ++i) {
                    many[i].update(std::string_view(messages[i]).substr(at, step));
                }
            }
            for (sha1& function : many) benchmark::DoNotOptimize(function.finish());
        }));
    }
    state.counters["ours_ns"] = ours.median() * 1e9 / entries;
    state.counters["interleaved_ns"] = interleaved.median() * 1e9 / entries;
    state.counters["interleaved_to_ours"] = interleaved.ratio_to(ours);
}

void sizes(benchmark::internal::Benchmark* b) {
    for (const int bytes : {64, 256, 1024, 4096, 65536}) b->Arg(bytes);
    b->Iterations(501);
}

BENCHMARK(hash<sha1>)->Name("hash/sha1")->Apply(sizes);
BENCHMARK(hash<sha256>)->Name("hash/sha256")->Apply(sizes);
BENCHMARK(hash<blake2b>)->Name("hash/blake2b")->Apply(sizes);
#if defined(QSLICE_HAVE_XXHASH)
BENCHMARK(hash<xxh3>)->Name("hash/xxh3")->Apply(sizes);
#endif
BENCHMARK(batch)->Name("hash/batch")->Arg(128)->Arg(256)->Arg(512)->Iterations(501);

}  // namespace

BENCHMARK_MAIN();
