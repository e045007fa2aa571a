// What does a message of `qslice-sim balance` cost compared with the hash alone?
//
// Names are balance/POLICY/size, where size is that of the message. The counter `message_ns` is the
// processor time to make a message, hash it with list and time, find its slice and count it;
// `raw_hash_ns` is that of the library's bare hash function on the same bytes in one piece,
// measured in the same run; `ratio` compares both on one sample, in turns. peer/low_level_sha1/size
// is OpenSSL's SHA1_Init, SHA1_Update, SHA1_Final on the total size of message, list and time.
#include "sim/balance/measure_balance.hpp"
#include "sim/stream/make_stream.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include <openssl/sha.h>

namespace {

using namespace qslice::sim;

void report(benchmark::State& state, const balance_choice& choice) {
    double message_ns = 0;
    double raw_ns = 0;
    double ratio = 0;
    for (auto _ : state) {
        const auto result = measure_balance(choice, 1);
        if (!result) return state.SkipWithError(result.error().to_string().c_str());
        message_ns += result->message_ns;
        raw_ns += result->raw_hash_ns;
        ratio += result->ratio;
        state.SetIterationTime(result->wall_s);
    }
    const auto runs = static_cast<double>(state.iterations());
    state.counters["message_ns"] = message_ns / runs;
    state.counters["raw_hash_ns"] = raw_ns / runs;
    state.counters["ratio"] = ratio / runs;
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(choice.messages));
}

void synthetic(benchmark::State& state, const char* hash) {
    balance_choice choice;
    choice.hash = hash;
    choice.size_bytes = static_cast<std::uint32_t>(state.range(0));
    choice.messages = std::uint64_t{1} << (choice.size_bytes > 1024 ? 17 : 20);
    report(state, choice);
}

// Complete messages with the sizes of real lists.
void stream(benchmark::State& state) {
    const message_stream posts = make_stream({}, 1).value();
    balance_choice choice;
    choice.stream = &posts;
    choice.messages = posts.arrivals.size();
    report(state, choice);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
void low_level(benchmark::State& state) {
    constexpr std::size_t list_and_time = 5 + 17;  // list1 and 1400972196.789012
    std::string bytes(static_cast<std::size_t>(state.range(0)) + list_and_time, 'm');
    unsigned char out[SHA_DIGEST_LENGTH];
    std::uint64_t number = 0;
    for (auto _ : state) {
        bytes[++number % 16] ^= 1;
        SHA_CTX context;
        SHA1_Init(&context);
        SHA1_Update(&context, bytes.data(), bytes.size());
        SHA1_Final(out, &context);
        benchmark::DoNotOptimize(out);
    }
}
#pragma GCC diagnostic pop

void sizes(benchmark::internal::Benchmark* b) {
    for (const int size : {16, 64, 256, 1024, 8192}) b->Arg(size);
}

BENCHMARK_CAPTURE(synthetic, mailman21, "mailman21")
    ->Name("balance/mailman21")
    ->Apply(sizes)
    ->UseManualTime();
BENCHMARK_CAPTURE(synthetic, list_affinity, "list_affinity")
    ->Name("balance/list_affinity")
    ->Arg(64)
    ->UseManualTime();
BENCHMARK_CAPTURE(synthetic, thread_affinity, "thread_affinity")
    ->Name("balance/thread_affinity")
    ->Arg(64)
    ->UseManualTime();
BENCHMARK_CAPTURE(synthetic, sha256, "mailman21/sha256")
    ->Name("balance/sha256")
    ->Arg(64)
    ->UseManualTime();
BENCHMARK(stream)->Name("balance/stream")->UseManualTime();
BENCHMARK(low_level)->Name("peer/low_level_sha1")->Apply(sizes);

}  // namespace

BENCHMARK_MAIN();
