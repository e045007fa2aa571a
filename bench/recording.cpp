// What does a record of a process's calls cost?
//
// recording/enqueue/MEDIUM/BYTES takes turns between enqueue() in the real world and in a
// recording_world around it; `ratio` is the median of the turns' ratios. An enqueue makes six
// calls, of which two are noted.
#include "support/queue_fixture.hpp"
#include "support/run_declared.hpp"
#include "support/turns.hpp"

#include <qslice/codec/entry_format.hpp>
#include <qslice/hash/hash_policy.hpp>
#include <qslice/spool/queue_writer.hpp>
#include <qslice/world/posix_world.hpp>
#include <qslice/world/recording_world.hpp>

#include <benchmark/benchmark.h>

#include <filesystem>
#include <stdexcept>
#include <string>

namespace {

using namespace qslice;
using namespace qslice::bench;

template <world World>
using writer = queue_writer<World, mailman21_format, mailman21_policy>;

template <class Writer>
void enqueue_all(Writer& queue, const std::string& text, int count) {
    for (int i = 0; i < count; ++i) {
        if (auto done = queue.enqueue(text, metadata{{"listname", "users"}}); !done) {
            throw std::runtime_error(done.error().to_string());
        }
    }
}

void empty(const std::string& directory) {
    for (const auto& file : std::filesystem::directory_iterator(directory)) {
        std::filesystem::remove(file.path());
    }
}

void enqueue(benchmark::State& state, const medium& where) {
    const scratch_directory scratch(where);
    const std::string text =
        "Message-ID: <1@example.com>\n" + message_of(static_cast<std::size_t>(state.range(0)));
    auto recording = recording_world<>::make(posix_world(), scratch.make("calls"), "mx1", "post");
    if (!recording) throw std::runtime_error(recording.error().to_string());
    const std::string plain_directory = scratch.make("plain");
    const std::string noted_directory = scratch.make("noted");
    writer<posix_world> plain(posix_world(), plain_directory, durability::file_and_directory, {});
    writer<recording_world<>> noted(*recording, noted_directory, durability::file_and_directory,
                                    {});
    const int count = where.name == "tmpfs" ? 200 : 1;
    turn_times without;
    turn_times with;
    for (auto _ : state) {
        without.add(cost_of(where, [&] { enqueue_all(plain, text, count); }));
        with.add(cost_of(where, [&] { enqueue_all(noted, text, count); }));
        if (without.count() % 50 == 0) {
            empty(plain_directory);
            empty(noted_directory);
        }
    }
    state.counters["ratio"] = with.ratio_to(without);
    state.counters["ns_for_a_call"] = (with.median() - without.median()) / count / 6 * 1e9;
}

void declare() {
    for (const medium& where : media()) {
        benchmark::RegisterBenchmark(("recording/enqueue/" + where.name).c_str(),
                                     [where](benchmark::State& state) { enqueue(state, where); })
            ->Arg(256)
            ->Arg(4096)
            ->Iterations(where.name == "tmpfs" ? 200 : 100);
    }
}

}  // namespace

int main(int argc, char** argv) { return run_declared(argc, argv, declare); }
