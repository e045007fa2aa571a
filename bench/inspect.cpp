// What does it cost to inspect a queue with many entries, compared with the kernel's own listing?
//
// inspect/N surveys a directory of N entries in three slices: counts per slice, ages, risks to
// order, a sample of sizes. The counters are its processor time over that of others that look at
// the same directory, in turns within the same run: `to_getdents`, a bare getdents64 loop with
// blocks of 1 MiB; `to_getdents_and_pass`, the same with one pass over the names; `to_ls` and
// `to_find`, the programs `ls -f` and `find`. The directory is made in /dev/shm if that exists,
// otherwise in the directory for temporary files.
#include "sim/site/queue_survey.hpp"
#include "support/memory_folder.hpp"
#include "support/turns.hpp"

#include <qslice/core/entry_name.hpp>
#include <qslice/world/detail/posix_file.hpp>

#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <random>
#include <string>

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

using namespace qslice;
using namespace qslice::sim::diagnosis;

class made_queue {
public:
    explicit made_queue(std::int64_t entries) {
        if (folder_.path().empty()) return;
        std::mt19937_64 random(1);
        for (std::int64_t i = 0; i < entries; ++i) {
            const hash_value hash(random(), random(), static_cast<std::uint32_t>(random()));
            const double stamp =
                1400972196.0 + static_cast<double>(random() % 1'000'000'000) * 1e-6;
            const std::string file = path() + '/' + to_base_name({{stamp}, hash}) + ".pck";
            const int made = ::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
            if (made >= 0) ::close(made);
        }
    }

    [[nodiscard]] const std::string& path() const { return folder_.path(); }

private:
    qslice::bench::memory_folder folder_;
};

enum class names { left_alone, passed_over };

std::size_t raw_listing(const std::string& path, names how) {
    constexpr std::size_t size = 1 << 20;
    static const auto block = std::make_unique<char[]>(size);
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    std::size_t length = 0;
    while (true) {
        const long got = ::syscall(SYS_getdents64, descriptor, block.get(), size);
        if (got <= 0) break;
        if (how == names::left_alone) continue;
        for (long at = 0; at < got;) {
            const auto* record = reinterpret_cast<const dirent64*>(block.get() + at);
            length += std::strlen(record->d_name);
            at += record->d_reclen;
        }
    }
    ::close(descriptor);
    return length;
}

/// The processor time of a command.
double command_seconds(const std::string& command) {
    const auto children = [] {
        rusage used{};
        ::getrusage(RUSAGE_CHILDREN, &used);
        const auto seconds = [](const timeval& t) {
            return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
        };
        return seconds(used.ru_utime) + seconds(used.ru_stime);
    };
    const double begin = children();
    if (std::system(command.c_str()) != 0) return std::numeric_limits<double>::quiet_NaN();
    return children() - begin;
}

void inspect(benchmark::State& state) {
    using qslice::bench::cpu_seconds_of;
    const made_queue queue(state.range(0));
    slice_plan_options plan_options;
    plan_options.slices = "3";
    const auto plan = slice_plan::make(plan_options).value().for_queue("in").value();
    survey_options options;
    options.now_s = 1400974000;
    qslice::bench::turn_times ours;
    qslice::bench::turn_times bare;
    qslice::bench::turn_times passed;
    qslice::bench::turn_times ls;
    qslice::bench::turn_times find;
    for (auto _ : state) {
        std::uint64_t waiting = 0;
        ours.add(cpu_seconds_of(
            [&] { waiting = survey_queue("in", queue.path(), plan, options).waiting; }));
        bare.add(cpu_seconds_of(
            [&] { benchmark::DoNotOptimize(raw_listing(queue.path(), names::left_alone)); }));
        passed.add(cpu_seconds_of(
            [&] { benchmark::DoNotOptimize(raw_listing(queue.path(), names::passed_over)); }));
        ls.add(command_seconds("ls -f '" + queue.path() + "' > /dev/null"));
        find.add(command_seconds("find '" + queue.path() + "' > /dev/null"));
        if (waiting != static_cast<std::uint64_t>(state.range(0))) {
            state.SkipWithError("the survey did not count every entry");
            return;
        }
        state.SetIterationTime(ours.median());
    }
    state.counters["to_getdents"] = ours.ratio_to(bare);
    state.counters["to_getdents_and_pass"] = ours.ratio_to(passed);
    state.counters["to_ls"] = ours.ratio_to(ls);
    state.counters["to_find"] = ours.ratio_to(find);
}

BENCHMARK(inspect)
    ->Name("inspect")
    ->Arg(10'000)
    ->Arg(100'000)
    ->Arg(1'000'000)
    ->Iterations(5)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
