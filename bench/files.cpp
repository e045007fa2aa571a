// What does one look at a queue cost, compared with the kernel's own listing and with Mailman 3?
//
// files/ratio/MEDIUM/SLICES/ENTRIES takes turns between switchboard::files() of one slice, the
// bare getdents64 calls with a block of 1 MiB, and the same with one pass over the names; the
// counters are medians of the turns' ratios. files/mailman3/... lets Mailman 3.3's Switchboard
// list the same directory in a child process between our own turns. files/std_filesystem/...
// iterates over it with the standard library. files/places/... compares one runner's look in the
// flat layout with one in a layout with places and with a watched queue. All orders are Mailman's;
// all times are processor times, since listing a directory in memory does not wait.
#include "support/mailman3.hpp"
#include "support/queue_fixture.hpp"
#include "support/run_declared.hpp"
#include "support/turns.hpp"

#include <qslice/codec/entry_format.hpp>
#include <qslice/hash/hash_policy.hpp>
#include <qslice/partition/equal_ranges.hpp>
#include <qslice/spool/mailman_order.hpp>
#include <qslice/spool/switchboard.hpp>
#include <qslice/spool/watching_switchboard.hpp>
#include <qslice/world/posix_world.hpp>

#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

using namespace qslice;
using namespace qslice::bench;

using queue_type =
    switchboard<posix_world, spool_traits<mailman21_format, mailman21_policy, equal_ranges<>>>;

/// The directories that were filled, each once.
const std::string& queue_of(const medium& where, std::size_t entries) {
    static std::map<std::pair<std::string, std::size_t>, std::unique_ptr<scratch_directory>> made;
    static std::map<const scratch_directory*, std::string> paths;
    auto& directory = made[{where.name, entries}];
    if (!directory) {
        directory = std::make_unique<scratch_directory>(where);
        fill(directory->path(), entry_names(entries));
        paths[directory.get()] = directory->path();
    }
    return paths[directory.get()];
}

queue_type open_queue(const std::string& directory, std::uint64_t slices) {
    return {posix_world(), {directory, directory, {equal_ranges<>::make(slices).value(), 0}, {}}};
}

std::size_t count_own(queue_type& queue) {
    const auto taken = queue.files();
    if (!taken) throw std::runtime_error(taken.error().to_string());
    return taken->size();
}

enum class names { left_alone, passed_over };

std::size_t raw_listing(const std::string& directory, names how) {
    constexpr std::size_t capacity = 1024 * 1024;
    const auto block = std::make_unique_for_overwrite<char[]>(capacity);
    const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    std::size_t length = 0;
    while (true) {
        const long size = ::syscall(SYS_getdents64, descriptor, block.get(), capacity);
        if (size <= 0) break;
        if (how == names::left_alone) continue;
        for (long at = 0; at < size;) {
            const auto* record = reinterpret_cast<const dirent64*>(block.get() + at);
            length += std::strlen(record->d_name);
            at += record->d_reclen;
        }
    }
    ::close(descriptor);
    return length;
}

void ratio(benchmark::State& state, const medium& where) {
    const auto& directory = queue_of(where, static_cast<std::size_t>(state.range(1)));
    auto queue = open_queue(directory, static_cast<std::uint64_t>(state.range(0)));
    turn_times ours;
    turn_times bare;
    turn_times passed;
    std::size_t own = 0;
    for (auto _ : state) {
        ours.add(cpu_seconds_of([&] { own = count_own(queue); }));
        bare.add(cpu_seconds_of(
            [&] { benchmark::DoNotOptimize(raw_listing(directory, names::left_alone)); }));
        passed.add(cpu_seconds_of(
            [&] { benchmark::DoNotOptimize(raw_listing(directory, names::passed_over)); }));
    }
    state.counters["own_entries"] = static_cast<double>(own);
    state.counters["files_ms"] = ours.median() * 1e3;
    state.counters["getdents_ms"] = bare.median() * 1e3;
    state.counters["to_getdents"] = ours.ratio_to(bare);
    state.counters["to_getdents_and_pass"] = ours.ratio_to(passed);
}

void mailman3(benchmark::State& state, const medium& where) {
    if (!mailman3_is_here()) {
        state.SkipWithError(mailman3_is_absent);
        return;
    }
    const auto& directory = queue_of(where, static_cast<std::size_t>(state.range(1)));
    auto queue = open_queue(directory, static_cast<std::uint64_t>(state.range(0)));
    const std::vector<std::string> arguments{"files", directory, "0",
                                             std::to_string(state.range(0)), "3"};
    turn_times ours;
    turn_times theirs;
    for (auto _ : state) {
        double least = 1e9;
        std::size_t own = 0;
        for (int i = 0; i < 3; ++i) {
            least = std::min(least, cpu_seconds_of([&] { own = count_own(queue); }));
        }
        ours.add(least);
        const auto timing = run_mailman3(arguments);
        if (!timing || timing->entries != own) {
            state.SkipWithError("Mailman 3 failed, or found a different number of entries");
            return;
        }
        theirs.add(timing->seconds);
    }
    state.counters["mailman3_ms"] = theirs.median() * 1e3;
    state.counters["files_ms"] = ours.median() * 1e3;
    state.counters["mailman3_by_ours"] = theirs.ratio_to(ours);
}

/// One runner of sixteen looks at the same entries in the flat layout, in sixteen places, and at a
/// queue that it watches.
void places(benchmark::State& state, const medium& where) {
    using layout = prefix_layout<1>;
    using placed_traits =
        spool_traits<mailman21_format, mailman21_policy, equal_ranges<>, mailman_order, layout>;
    using placed_queue = switchboard<posix_world, placed_traits>;
    const auto all = entry_names(static_cast<std::size_t>(state.range(0)));
    std::map<std::string, std::vector<std::string>> by_place;
    for (const auto& name : all) {
        by_place[layout::place_of(parse_entry_name(name)->hash)].push_back(name);
    }
    const scratch_directory scratch(where);
    for (const auto& [place, of_place] : by_place) fill(scratch.make(place), of_place);

    const auto sixteenth = owned_slice<equal_ranges<>>{equal_ranges<>::make(16).value(), 0};
    auto flat = open_queue(queue_of(where, all.size()), 16);
    placed_queue placed(posix_world(), {scratch.path(), scratch.path(), sixteenth});
    watching_switchboard<posix_world, watching<placed_traits>> watched(
        posix_world(), {scratch.path(), scratch.path(), sixteenth});
    const std::size_t own = watched.files()->size();
    turn_times flat_times;
    turn_times placed_times;
    turn_times watched_times;
    for (auto _ : state) {
        flat_times.add(cpu_seconds_of([&] { benchmark::DoNotOptimize(count_own(flat)); }));
        placed_times.add(cpu_seconds_of([&] {
            if (placed.files()->size() != own) throw std::runtime_error("entries are missing");
        }));
        watched_times.add(cpu_seconds_of([&] {
            if (watched.files()->size() != own) throw std::runtime_error("entries are missing");
        }));
    }
    state.counters["own_entries"] = static_cast<double>(own);
    state.counters["flat_ms"] = flat_times.median() * 1e3;
    state.counters["placed_ms"] = placed_times.median() * 1e3;
    state.counters["watched_ms"] = watched_times.median() * 1e3;
    state.counters["flat_by_placed"] = flat_times.ratio_to(placed_times);
    state.counters["flat_by_watched"] = flat_times.ratio_to(watched_times);
}

void std_filesystem(benchmark::State& state, const medium& where) {
    const auto& directory = queue_of(where, static_cast<std::size_t>(state.range(0)));
    auto queue = open_queue(directory, 1);
    turn_times ours;
    turn_times theirs;
    for (auto _ : state) {
        ours.add(cpu_seconds_of([&] { benchmark::DoNotOptimize(count_own(queue)); }));
        theirs.add(cpu_seconds_of([&] {
            std::size_t length = 0;
            for (const auto& file : std::filesystem::directory_iterator(directory)) {
                length += file.path().native().size();
            }
            benchmark::DoNotOptimize(length);
        }));
    }
    state.counters["std_filesystem_ms"] = theirs.median() * 1e3;
    state.counters["std_filesystem_by_ours"] = theirs.ratio_to(ours);
}

void declare() {
    for (const medium& where : media()) {
        for (const int entries : {1'000, 10'000, 100'000, 1'000'000}) {
            const int turns = entries <= 10'000 ? 201 : entries == 100'000 ? 31 : 7;
            for (const int slices : {1, 16}) {
                benchmark::RegisterBenchmark(("files/ratio/" + where.name).c_str(),
                                             [where](auto& s) { ratio(s, where); })
                    ->Args({slices, entries})
                    ->Iterations(turns)
                    ->Unit(benchmark::kMillisecond);
                benchmark::RegisterBenchmark(("files/mailman3/" + where.name).c_str(),
                                             [where](auto& s) { mailman3(s, where); })
                    ->Args({slices, entries})
                    ->Iterations(entries == 1'000'000 ? 1 : 3)
                    ->Unit(benchmark::kMillisecond);
            }
            benchmark::RegisterBenchmark(("files/places/" + where.name).c_str(),
                                         [where](auto& s) { places(s, where); })
                ->Arg(entries)
                ->Iterations(std::max(3, turns / 5))
                ->Unit(benchmark::kMillisecond);
            benchmark::RegisterBenchmark(("files/std_filesystem/" + where.name).c_str(),
                                         [where](auto& s) { std_filesystem(s, where); })
                ->Arg(entries)
                ->Iterations(std::max(3, turns / 5))
                ->Unit(benchmark::kMillisecond);
        }
    }
}

}  // namespace

int main(int argc, char** argv) { return run_declared(argc, argv, declare); }
