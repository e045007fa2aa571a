// What does it cost to inspect a queue with many entries, compared with the kernel's own listing?
//
// inspect/N surveys a directory of N entries in three slices: counts per slice, ages, risks to
// order, a sample of sizes. The counter `ratio` is its time over that of a bare getdents64 loop
// over the same directory with 1 MiB blocks, measured in turns within the same run. The directory
// is made in /dev/shm if that exists, otherwise in the directory for temporary files.
#include "sim/site/queue_survey.hpp"

#include <qslice/core/entry_name.hpp>
#include <qslice/world/detail/posix_file.hpp>

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <random>
#include <string>

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

using namespace qslice;
using namespace qslice::sim::diagnosis;

class made_queue {
public:
    explicit made_queue(std::int64_t entries) {
        std::error_code ignored;
        const std::filesystem::path memory = "/dev/shm";
        std::string pattern = (std::filesystem::is_directory(memory, ignored)
                                   ? memory
                                   : std::filesystem::temp_directory_path()) /
                              "qslice-bench-XXXXXX";
        if (::mkdtemp(pattern.data()) == nullptr) return;
        path_ = pattern;
        std::mt19937_64 random(1);
        for (std::int64_t i = 0; i < entries; ++i) {
            const hash_value hash(random(), random(), static_cast<std::uint32_t>(random()));
            const double stamp =
                1400972196.0 + static_cast<double>(random() % 1'000'000'000) * 1e-6;
            const std::string file = path_ + '/' + to_base_name({{stamp}, hash}) + ".pck";
            const int made = ::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
            if (made >= 0) ::close(made);
        }
    }
    made_queue(const made_queue&) = delete;
    made_queue& operator=(const made_queue&) = delete;
    ~made_queue() {
        std::error_code ignored;
        if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
    }

    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::string path_;
};

std::int64_t raw_listing(const std::string& path) {
    constexpr std::size_t size = 1 << 20;
    static const auto block = std::make_unique<char[]>(size);
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    std::int64_t bytes = 0;
    while (true) {
        const long got = ::syscall(SYS_getdents64, descriptor, block.get(), size);
        if (got <= 0) break;
        bytes += got;
    }
    ::close(descriptor);
    return bytes;
}

void inspect(benchmark::State& state) {
    using clock = std::chrono::steady_clock;
    const made_queue queue(state.range(0));
    slice_plan_options plan_options;
    plan_options.slices = "3";
    const auto plan = slice_plan::make(plan_options).value().for_queue("in").value();
    survey_options options;
    options.now_s = 1400974000;
    double ours_s = 0;
    double raw_s = 0;
    for (auto _ : state) {
        const auto begin = clock::now();
        const queue_survey seen = survey_queue("in", queue.path(), plan, options);
        const auto middle = clock::now();
        benchmark::DoNotOptimize(raw_listing(queue.path()));
        const auto end = clock::now();
        if (seen.waiting != static_cast<std::uint64_t>(state.range(0))) {
            state.SkipWithError("the survey did not count every entry");
            return;
        }
        const double ours = std::chrono::duration<double>(middle - begin).count();
        ours_s += ours;
        raw_s += std::chrono::duration<double>(end - middle).count();
        state.SetIterationTime(ours);
    }
    const auto times = static_cast<double>(state.iterations());
    state.counters["raw_getdents_s"] = raw_s / times;
    state.counters["ratio"] = ours_s / raw_s;
}

BENCHMARK(inspect)
    ->Name("inspect")
    ->Arg(10'000)
    ->Arg(100'000)
    ->Arg(1'000'000)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
