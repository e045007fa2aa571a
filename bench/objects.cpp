// What does it cost to take the message objects that the two Mailmans queue, compared with Mailman
// 3 itself?
//
// objects/take/MEDIUM/BYTES takes turns between files(), dequeue and finish of our switchboard and
// of Mailman 3's, for 1,000 entries: `mailman3` are those that Mailman 3 writes of a post of a live
// site, the same files for both; `mailman21` are entries that Mailman 2.1 wrote, which Mailman 3
// cannot read, so that they are compared with its own entries of the same size; `text` are ours.
// Bodies are lengthened until an entry has BYTES. In memory times are processor times, on a disk
// wall-clock times.
#include "support/base64.hpp"
#include "support/mailman3.hpp"
#include "support/queue_fixture.hpp"
#include "support/run_declared.hpp"
#include "support/turns.hpp"

#include <qslice/spool/standard_spools.hpp>
#include <qslice/spool/switchboard.hpp>
#include <qslice/world/posix_world.hpp>

#include <benchmark/benchmark.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

using namespace qslice;
using namespace qslice::bench;

/// A post in out/ of a live Mailman 3.3.8.
constexpr const char* mailman3_entry = QSLICE_RECORDED_ENTRIES
    "/mailman3-live/queue-3-out-stopped/out/"
    "1795815462.3006434+b475d11e43bf592ad0d4e0ca8a957c95ca362164.pck";

std::string line_of(std::size_t bytes) {
    constexpr std::string_view line = "The quick brown fox jumps over the lazy dog. 0123456789\n";
    std::string text;
    while (text.size() < bytes) text += line;
    text.resize(bytes);
    return text;
}

/// An entry of out/ that Mailman 2.1.39 wrote, with a Header and a longer body.
std::string mailman21_entry(std::size_t bytes) {
    std::ifstream file(QSLICE_RECORDED_ENTRIES "/conformance/mailman21-objects.json");
    // "_payload", put into the memo, and then a string of less than 256 bytes.
    constexpr std::string_view key{"U\x08_payloadq"};
    constexpr std::size_t before_string = key.size() + 1;
    for (const auto& recorded : nlohmann::json::parse(file)) {
        std::string entry = test::from_base64(recorded["file_b64"].get<std::string>());
        const std::size_t at = entry.find(key);
        if (at == std::string::npos || entry[at + before_string] != 'U' ||
            entry.find("cemail.header\nHeader") == std::string::npos || entry.size() >= bytes ||
            !recorded["metadata_repr"].contains("recips")) {
            continue;
        }
        const std::size_t string = at + before_string;
        const auto old_size = static_cast<unsigned char>(entry[string + 1]);
        const std::size_t size = old_size + bytes - entry.size() - 3;
        std::string longer = "T";
        for (int shift = 0; shift < 32; shift += 8) {
            longer += static_cast<char>(static_cast<unsigned char>(size >> shift));
        }
        entry.replace(string, 2U + old_size, longer + line_of(size));
        return entry;
    }
    throw std::runtime_error("no entry of Mailman 2.1 that can be lengthened");
}

void write_entries(const std::string& directory, const std::string& bytes, std::size_t count) {
    for (const std::string& name : entry_names(count)) {
        std::ofstream(directory + '/' + name + ".pck", std::ios::binary) << bytes;
    }
}

template <class Traits>
void take_all(const std::string& directory, std::size_t count) {
    switchboard<posix_world, Traits> queue(posix_world(), {directory, directory, {}});
    const auto taken = queue.files();
    if (!taken || taken->size() != count) throw std::runtime_error("entries are missing");
    for (std::size_t i = 0; i < count; ++i) {
        auto message = queue.dequeue(taken->base_name(i));
        if (!message) throw std::runtime_error(message.error().to_string());
        benchmark::DoNotOptimize(*message);
        if (auto finished = queue.finish(taken->base_name(i)); !finished) {
            throw std::runtime_error(finished.error().to_string());
        }
    }
}

void take(benchmark::State& state, const medium& where) {
    const std::size_t count = where.name == "tmpfs" ? 1000 : 50;
    const auto bytes = static_cast<std::size_t>(state.range(0));
    const std::string old_entry = mailman21_entry(bytes);
    const std::string text_entry =
        mailman3_format::message_bytes(message_of(bytes)) +
        mailman3_format::metadata_bytes({{"listid", "list.example.com"}});
    const scratch_directory theirs_at(where);
    const scratch_directory same_at(where);
    const scratch_directory old_at(where);
    const scratch_directory text_at(where);
    turn_times theirs;
    turn_times same;
    turn_times old;
    turn_times text;
    for (auto _ : state) {
        if (mailman3_is_here()) {
            const auto timing = run_mailman3(
                {"take", mailman3_entry, theirs_at.path(), same_at.path(), std::to_string(bytes),
                 std::to_string(count), where.name == "tmpfs" ? "cpu" : "clock"});
            if (!timing || timing->entries != count) {
                state.SkipWithError("Mailman 3 failed");
                return;
            }
            theirs.add(timing->seconds);
            same.add(cost_of(where, [&] { take_all<mailman3_spool>(same_at.path(), count); }));
        }
        write_entries(old_at.path(), old_entry, count);
        old.add(cost_of(where, [&] { take_all<mailman21_spool>(old_at.path(), count); }));
        write_entries(text_at.path(), text_entry, count);
        text.add(cost_of(where, [&] { take_all<mailman3_spool>(text_at.path(), count); }));
    }
    const auto messages = static_cast<double>(count);
    state.counters["mailman21_per_s"] = messages / old.median();
    state.counters["text_per_s"] = messages / text.median();
    if (!mailman3_is_here()) {
        state.SetLabel(mailman3_is_absent);
        return;
    }
    state.counters["mailman3_per_s"] = messages / same.median();
    state.counters["theirs_per_s"] = messages / theirs.median();
    state.counters["mailman3_by_ours"] = theirs.ratio_to(same);
    state.counters["mailman3_by_ours_21"] = theirs.ratio_to(old);
    state.counters["mailman3_by_ours_text"] = theirs.ratio_to(text);
}

void declare() {
    for (const medium& where : media()) {
        for (const int bytes : {4096, 65536}) {
            benchmark::RegisterBenchmark(("objects/take/" + where.name).c_str(),
                                         [where](auto& s) { take(s, where); })
                ->Arg(bytes)
                ->Iterations(where.name == "tmpfs" ? 15 : 5)
                ->Unit(benchmark::kMillisecond);
        }
    }
}

}  // namespace

int main(int argc, char** argv) { return run_declared(argc, argv, declare); }
