// How fast are logs read and diagnosed, compared with reading the file and finding its lines?
//
// logs/KIND reads a log of 64 MB and derives what `logs` reports but for the findings' text. The
// counter `MB_per_s` is in processor time, `ratio` its time over that of a loop of read() and
// memchr('\n') over the same file, measured in turns within the same run. The kinds: `delivered`,
// smtp and post lines as a healthy site's; `short`, the shortest deliveries there are; `trouble`,
// refusals, bounces and held posts; `traces`, exceptions of a dozen lines each; `debug`, Mailman 3
// at log level debug; `docker`, `delivered` with docker compose's prefix.
#include "sim/site/log_files.hpp"
#include "sim/site/logs_diagnosis.hpp"
#include "support/memory_folder.hpp"
#include "support/turns.hpp"

#include <benchmark/benchmark.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <fstream>
#include <functional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace {

using namespace qslice::sim::diagnosis;

/// What one entry is made of.
struct entry_facts {
    std::string stamp;
    std::uint64_t number = 0;
    double time = 0;
};

std::string delivered_lines(const entry_facts& e) {
    const std::uint64_t n = e.number;
    const std::string id =
        fmt::format("<{}.{}@mail{}.example.org>", n, std::uint64_t(e.time), n % 97);
    return fmt::format(
        "{0} ({1}) {2} smtp to list{3} for {4} recips, completed in {5:.3f} seconds\n"
        "{0} ({1}) post to list{3} from user{6}@example.net, size={7}, message-id={2}, success\n",
        e.stamp, 11512 + n % 4, id, n % 200, 1 + n % 900, double(n % 7000) / 1000, n % 5000,
        n % 90000);
}

std::string short_lines(const entry_facts& e) {
    return fmt::format("{} ({}) <{}@a.b> smtp to l for 3 recips, completed in 0.1 seconds\n",
                       e.stamp, 900 + e.number % 4, e.number);
}

std::string trouble_lines(const entry_facts& e) {
    const std::uint64_t n = e.number;
    return fmt::format(
        "{0} ({1}) Low level smtp error: [Errno 111] Connection refused, msgid: <{2}@a.org>\n"
        "{0} ({1}) delivery to user{3}@example.net failed with code 450: greylisted\n"
        "{0} ({1}) list{4} post from user{3}@example.net held, message-id=<{2}@a.org>: Post by "
        "non-member to a members-only list\n"
        "{0} ({1}) list{4}: bounce message w/no discernable addresses: <{2}@a.org>\n"
        "{0} ({1}) list{4}: user{3}@example.org current bounce score: 2.0\n",
        e.stamp, 11512 + n % 4, n, n % 10000, n % 200);
}

std::string trace_lines(const entry_facts& e) {
    return fmt::format(
        "{0} ({1}) Uncaught runner exception: 'utf8' codec can't decode byte 0xe9 in position 13\n"
        "{0} ({1}) Traceback (most recent call last):\n"
        "  File \"/usr/lib/mailman/Mailman/Queue/Runner.py\", line 119, in _oneloop\n"
        "    self._onefile(msg, msgdata)\n"
        "  File \"/usr/lib/mailman/Mailman/Queue/Runner.py\", line 190, in _onefile\n"
        "    keepqueued = self._dispose(mlist, msg, msgdata)\n"
        "  File \"/usr/lib/mailman/Mailman/Handlers/CookHeaders.py\", line 239, in process\n"
        "    i18ndesc = uheader(mlist, mlist.description, 'List-Id', maxlinelen=998)\n"
        "UnicodeDecodeError: 'utf8' codec can't decode byte 0xe9 in position 13\n\n"
        "{0} ({1}) SHUNTING: {2:.6f}+{3:040x}\n",
        e.stamp, 11512 + e.number % 4, e.time, e.number);
}

std::string debug_lines(const entry_facts& e) {
    return fmt::format(
        "{0} ({1}) [OutgoingRunner] starting oneloop\n"
        "{0} ({1}) [OutgoingRunner] ending oneloop: {2}\n"
        "{0} ({1}) [OutgoingRunner] doing periodic\n"
        "{0} ({1}) [OutgoingRunner] checking short circuit\n",
        e.stamp, 11512 + e.number % 4, e.number % 3);
}

std::string docker_lines(const entry_facts& e) {
    std::string lines = delivered_lines(e);
    const std::string prefix = "mailman-core  | ";
    lines.insert(lines.find('\n') + 1, prefix);
    return prefix + lines;
}

/// A log of 64 MB in memory, five incidents a second.
class made_log {
public:
    explicit made_log(const std::function<std::string(const entry_facts&)>& lines) {
        if (folder_.path().empty()) return;
        std::ofstream out(file());
        std::mt19937_64 random(1);
        entry_facts e;
        e.time = 1400944414;
        while (size_ < 64'000'000) {
            e.time += 0.2;
            const auto second = static_cast<std::time_t>(e.time);
            std::tm parts{};
            ::gmtime_r(&second, &parts);
            std::array<char, 32> text{};
            std::strftime(text.data(), text.size(), "%b %d %H:%M:%S %Y", &parts);
            e.stamp = text.data();
            e.number = random() % 10'000'000'000;
            const std::string made = lines(e);
            out << made;
            size_ += made.size();
        }
    }

    [[nodiscard]] std::string file() const { return folder_.path() + "/smtp"; }
    [[nodiscard]] double size() const { return static_cast<double>(size_); }

private:
    qslice::bench::memory_folder folder_;
    std::size_t size_ = 0;
};

std::uint64_t lines_of(const std::string& file) {
    std::vector<char> block(256 * 1024);
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    std::uint64_t lines = 0;
    while (true) {
        const ssize_t got = ::read(descriptor, block.data(), block.size());
        if (got <= 0) break;
        const char* at = block.data();
        const char* const end = at + got;
        while ((at = static_cast<const char*>(
                    std::memchr(at, '\n', static_cast<std::size_t>(end - at)))) != nullptr) {
            ++lines;
            if (++at == end) break;
        }
    }
    ::close(descriptor);
    return lines;
}

void logs(benchmark::State& state, std::string (*lines)(const entry_facts&)) {
    const made_log log(lines);
    qslice::bench::turn_times ours;
    qslice::bench::turn_times raw;
    for (auto _ : state) {
        std::uint64_t read = 0;
        ours.add(qslice::bench::cpu_seconds_of([&] {
            history_builder builder;
            if (!read_logs(builder, {"mx1", log.file(), true}, {})) return;
            const auto found = diagnose_logs(builder.finish(), {});
            if (found && found->history.not_understood.empty()) read = found->history.lines();
        }));
        std::uint64_t counted = 0;
        raw.add(qslice::bench::cpu_seconds_of([&] { counted = lines_of(log.file()); }));
        if (read == 0 || read != counted) {
            state.SkipWithError("not all lines were read");
            return;
        }
    }
    state.counters["MB_per_s"] = log.size() / 1e6 / ours.median();
    state.counters["raw_MB_per_s"] = log.size() / 1e6 / raw.median();
    state.counters["ratio"] = ours.ratio_to(raw);
}

void add(const char* name, std::string (*lines)(const entry_facts&)) {
    benchmark::RegisterBenchmark(name, [lines](benchmark::State& state) { logs(state, lines); })
        ->Iterations(5)
        ->Unit(benchmark::kMillisecond);
}

}  // namespace

int main(int argc, char** argv) {
    add("logs/delivered", delivered_lines);
    add("logs/short", short_lines);
    add("logs/trouble", trouble_lines);
    add("logs/traces", trace_lines);
    add("logs/debug", debug_lines);
    add("logs/docker", docker_lines);
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
}
