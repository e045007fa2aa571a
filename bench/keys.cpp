// What does the choice of the key cost, including what has to be searched in the message's header
// before hashing?
//
// keys/KEY/BYTES gives messages of a list their hashes, including the search for the sender or the
// root of the thread; `to_mailman21` is the time over that of Mailman 2.1's key, in turns.
#include "support/turns.hpp"

#include <qslice/hash/hash_policy.hpp>
#include <qslice/message/headers.hpp>

#include <benchmark/benchmark.h>

#include <cstddef>
#include <string>
#include <vector>

namespace {

using namespace qslice;
using namespace qslice::bench;

std::vector<std::string> messages_of(std::size_t bytes) {
    std::vector<std::string> messages;
    for (int i = 0; i < 64; ++i) {
        const std::string number = std::to_string(i);
        std::string text =
            "Received: from mx.example.com (mx.example.com [192.0.2.7])\n"
            "\tby lists.example.com; Sun, 25 May 2014 00:56:36 +0200\n"
            "From: Anne Person " +
            number + " <anne" + number +
            "@example.com>\n"
            "To: list@example.com\nSubject: Re: a matter of interest\n"
            "Message-ID: <" +
            number +
            "@example.com>\n"
            "In-Reply-To: <first@example.com>\n"
            "References: <root@example.com> <first@example.com>\n\n";
        while (text.size() < bytes) {
            text += "The quick brown fox jumps over the lazy dog. 0123456789\n";
        }
        messages.push_back(std::move(text));
    }
    return messages;
}

template <hash_policy Policy>
void digest_all(Policy& policy, const std::vector<std::string>& messages) {
    double now = 1400972196.789012;
    for (const std::string& text : messages) {
        hash_input input;
        input.message = text;
        input.list_name = "mailman-users";
        input.list_id = "mailman-users.example.com";
        input.now = {now += 0.000123};
        if constexpr (Policy::uses_sender) input.sender = sender_address(text);
        if constexpr (Policy::uses_thread) input.thread = thread_root(text);
        benchmark::DoNotOptimize(policy(input));
    }
}

template <hash_policy Policy>
void key(benchmark::State& state) {
    const auto messages = messages_of(static_cast<std::size_t>(state.range(0)));
    Policy policy;
    mailman21_policy mailman21;
    turn_times ours;
    turn_times theirs;
    for (auto _ : state) {
        ours.add(seconds_of([&] { digest_all(policy, messages); }));
        theirs.add(seconds_of([&] { digest_all(mailman21, messages); }));
    }
    state.counters["ns"] = ours.median() * 1e9 / static_cast<double>(messages.size());
    state.counters["to_mailman21"] = ours.ratio_to(theirs);
}

void sizes(benchmark::internal::Benchmark* b) {
    for (const int bytes : {512, 4096, 65536}) b->Arg(bytes);
    b->Iterations(301);
}

BENCHMARK(key<mailman21_policy>)->Name("keys/mailman21")->Apply(sizes);
BENCHMARK(key<mailman3_policy>)->Name("keys/mailman3")->Apply(sizes);
BENCHMARK(key<mailman21_second_policy>)->Name("keys/mailman21_second")->Apply(sizes);
BENCHMARK(key<list_affinity_policy>)->Name("keys/list_affinity")->Apply(sizes);
BENCHMARK(key<sender_affinity_policy>)->Name("keys/sender_affinity")->Apply(sizes);
BENCHMARK(key<thread_affinity_policy>)->Name("keys/thread_affinity")->Apply(sizes);

}  // namespace

BENCHMARK_MAIN();
