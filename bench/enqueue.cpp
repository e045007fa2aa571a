// What does it cost to put a message durably into a queue, compared with the bare system calls for
// the same bytes and with Mailman 3?
//
// enqueue/ratio/MEDIUM/BYTES takes turns between enqueue() and open, write, fsync, close, rename
// and fsync of the directory, for files of the same size with names of the same length;
// `to_raw_and_hash` adds to these calls what any program that names an entry by its content needs:
// SHA-1 of the bytes with OpenSSL's low-level calls and one copy of them. enqueue/batch/MEDIUM/
// ENTRIES compares enqueue_batch() with enqueue() for 4 KiB messages. enqueue/mailman3/... lets
// Mailman 3's Switchboard, which does not sync the directory, enqueue between our own turns with
// the same durability (durability::file): the message as text (`_plaintext`, which we write), and,
// in enqueue/mailman3_message/..., as the parsed object that Mailman 3 queues. On a disk times are
// wall-clock times, since the work consists of waiting; in memory they are processor times.
#include "support/low_level_sha1.hpp"
#include "support/mailman3.hpp"
#include "support/queue_fixture.hpp"
#include "support/run_declared.hpp"
#include "support/turns.hpp"

#include <qslice/codec/entry_format.hpp>
#include <qslice/core/entry_name.hpp>
#include <qslice/hash/hash_policy.hpp>
#include <qslice/spool/queue_writer.hpp>
#include <qslice/world/posix_world.hpp>

#include <benchmark/benchmark.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace {

using namespace qslice;
using namespace qslice::bench;

using writer = queue_writer<posix_world, mailman3_format, mailman3_policy>;

const metadata list_data{{"listid", "list.example.com"}};

void enqueue_all(writer& queue, const std::string& text, int count) {
    for (int i = 0; i < count; ++i) {
        if (auto done = queue.enqueue(text, list_data); !done) {
            throw std::runtime_error(done.error().to_string());
        }
    }
}

/// Names of entries that do not exist yet, made outside the timed part.
std::vector<std::string> fresh_paths(const std::string& directory, int count) {
    static std::uint64_t number = 0;
    std::vector<std::string> paths;
    for (int i = 0; i < count; ++i) {
        ++number;
        // Hashes spread over the whole space, so that a directory's index grows like ours.
        const hash_value hash(number * 0x9e3779b97f4a7c15, number, 0);
        const double time = 1400972196.789012 + static_cast<double>(number) * 1e-4;
        paths.push_back(directory + '/' + to_base_name({{time}, hash}) + ".pck");
    }
    return paths;
}

void raw_enqueue(const std::string& directory, const std::string& path, std::string_view bytes) {
    const std::string partial = path + ".tmp";
    const int file = ::open(partial.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0660);
    if (::write(file, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()) ||
        ::fsync(file) != 0 || ::close(file) != 0 || ::rename(partial.c_str(), path.c_str()) != 0) {
        throw std::runtime_error("the bare calls failed in " + directory);
    }
    const int at = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ::fsync(at);
    ::close(at);
}

/// The same after making and hashing a copy of the bytes.
void raw_enqueue_hashed(const std::string& directory, const std::string& path,
                        std::string_view bytes) {
    const std::string copy(bytes);
    hash_bytes hash;
    low_level_sha1(copy, hash);
    benchmark::DoNotOptimize(hash);
    raw_enqueue(directory, path, copy);
}

int per_turn(const medium& where) { return where.name == "tmpfs" ? 200 : 1; }

void ratio(benchmark::State& state, const medium& where) {
    const scratch_directory scratch(where);
    const auto text = message_of(static_cast<std::size_t>(state.range(0)));
    const auto stored =
        mailman3_format::message_bytes(text) + mailman3_format::metadata_bytes(list_data);
    writer queue(posix_world(), scratch.make("ours"), durability::file_and_directory,
                 mailman3_policy());
    const auto bare_directory = scratch.make("bare");
    const auto hashed_directory = scratch.make("hash");
    const int count = per_turn(where);
    turn_times ours;
    turn_times raw;
    turn_times hashed;
    for (auto _ : state) {
        ours.add(cost_of(where, [&] { enqueue_all(queue, text, count); }));
        auto paths = fresh_paths(bare_directory, count);
        raw.add(cost_of(where, [&] {
            for (const auto& path : paths) raw_enqueue(bare_directory, path, stored);
        }));
        paths = fresh_paths(hashed_directory, count);
        hashed.add(cost_of(where, [&] {
            for (const auto& path : paths) raw_enqueue_hashed(hashed_directory, path, stored);
        }));
    }
    state.counters["ours_per_s"] = count / ours.median();
    state.counters["raw_per_s"] = count / raw.median();
    state.counters["to_raw"] = ours.ratio_to(raw);
    state.counters["to_raw_and_hash"] = ours.ratio_to(hashed);
}

void batch(benchmark::State& state, const medium& where) {
    const scratch_directory scratch(where);
    const auto count = static_cast<int>(state.range(0));
    const std::vector<queued_message> messages(static_cast<std::size_t>(count),
                                               {message_of(4096), list_data});
    writer together(posix_world(), scratch.make("together"), durability::file_and_directory,
                    mailman3_policy());
    writer singly(posix_world(), scratch.make("singly"), durability::file_and_directory,
                  mailman3_policy());
    turn_times batches;
    turn_times singles;
    for (auto _ : state) {
        batches.add(cost_of(where, [&] {
            for (const auto& done : together.enqueue_batch(messages)) {
                if (!done) throw std::runtime_error(done.error().to_string());
            }
        }));
        singles.add(cost_of(where, [&] { enqueue_all(singly, messages.front().text, count / 8); }) *
                    8);
    }
    state.counters["batch_per_s"] = count / batches.median();
    state.counters["single_per_s"] = count / singles.median();
    state.counters["single_by_batch"] = singles.ratio_to(batches);
}

void mailman3(benchmark::State& state, const medium& where, const std::string& how) {
    if (!mailman3_is_here()) {
        state.SkipWithError(mailman3_is_absent);
        return;
    }
    const scratch_directory scratch(where);
    const int count = where.name == "tmpfs" ? 4000 : 40;
    const auto text = message_of(static_cast<std::size_t>(state.range(0)));
    const std::vector<queued_message> messages(256, {text, list_data});
    writer queue(posix_world(), scratch.make("ours"), durability::file, mailman3_policy());
    writer together(posix_world(), scratch.make("together"), durability::file_and_directory,
                    mailman3_policy());
    const std::vector<std::string> arguments{"enqueue",
                                             scratch.make("theirs"),
                                             std::to_string(text.size()),
                                             std::to_string(count),
                                             where.name == "tmpfs" ? "cpu" : "clock",
                                             how};
    turn_times ours;
    turn_times batches;
    turn_times theirs;
    for (auto _ : state) {
        ours.add(cost_of(where, [&] { enqueue_all(queue, text, count); }) / count);
        batches.add(cost_of(where, [&] { (void)together.enqueue_batch(messages); }) / 256);
        const auto timing = run_mailman3(arguments);
        if (!timing) {
            state.SkipWithError("Mailman 3 failed");
            return;
        }
        theirs.add(timing->seconds / count);
    }
    state.counters["ours_per_s"] = 1 / ours.median();
    state.counters["batch_per_s"] = 1 / batches.median();
    state.counters["mailman3_per_s"] = 1 / theirs.median();
    state.counters["mailman3_by_ours"] = theirs.ratio_to(ours);
    state.counters["mailman3_by_batch"] = theirs.ratio_to(batches);
}

void mailman3_text(benchmark::State& state, const medium& where) { mailman3(state, where, "text"); }
void mailman3_message(benchmark::State& state, const medium& where) {
    mailman3(state, where, "message");
}

void declare() {
    for (const medium& where : media()) {
        const bool memory = where.name == "tmpfs";
        const auto add = [&](const std::string& name, auto measure) {
            return benchmark::RegisterBenchmark((name + where.name).c_str(),
                                                [where, measure](auto& s) { measure(s, where); })
                ->Unit(benchmark::kMillisecond);
        };
        for (const int bytes : {256, 4096, 65536}) {
            add("enqueue/ratio/", ratio)->Arg(bytes)->Iterations(memory ? 31 : 101);
            add("enqueue/mailman3/", mailman3_text)->Arg(bytes)->Iterations(3);
            add("enqueue/mailman3_message/", mailman3_message)->Arg(bytes)->Iterations(3);
        }
        for (const int entries : {16, 64, 256}) {
            add("enqueue/batch/", batch)->Arg(entries)->Iterations(memory ? 31 : 5);
        }
    }
}

}  // namespace

int main(int argc, char** argv) { return run_declared(argc, argv, declare); }
