// What does a message cost from end to end: put into a queue, found, taken, handed on to a second
// queue and finished by a runner's loop?
//
// runner/take/MEDIUM/BYTES lets a runner that does nothing empty a queue, in turns with the
// equivalent bare calls (list, and for each file open, rename to .bak, read, close, unlink) and
// with Mailman 3's Switchboard doing files, dequeue and finish. runner/hand_on/MEDIUM/BYTES
// enqueues messages durably into in/, and a runner enqueues each durably into out/: the rate is in
// complete messages. In memory times are processor times, on a disk wall-clock times.
#include "support/mailman3.hpp"
#include "support/queue_fixture.hpp"
#include "support/run_declared.hpp"
#include "support/turns.hpp"

#include <qslice/codec/entry_format.hpp>
#include <qslice/runner/mailing_list.hpp>
#include <qslice/runner/runner_loop.hpp>
#include <qslice/runner/services.hpp>
#include <qslice/runner/site.hpp>
#include <qslice/spool/standard_spools.hpp>
#include <qslice/world/posix_world.hpp>

#include <benchmark/benchmark.h>

#include <array>
#include <cstddef>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace {

using namespace qslice;
using namespace qslice::bench;

/// A site without services, since no runner here has lists.
struct no_services {
    static const mailing_list* find_list(std::string_view) { return nullptr; }
    static result<delivery_report> deliver(const mailing_list&, const queued_message&,
                                           const std::vector<std::string>&) {
        return delivery_report{};
    }
    static result<void> archive(const mailing_list&, const queued_message&) { return {}; }
    static result<void> note_bounce(const mailing_list&, const queued_message&,
                                    const std::vector<std::string>&) {
        return {};
    }
};
using bench_site = site<posix_world, mailman21_spool, no_services>;

constexpr std::array<std::string_view, 4> queues{"in", "out", "shunt", "bad"};

/// Takes each message and does nothing.
struct taker {
    static constexpr std::string_view queue = "in";
    static constexpr std::string_view class_name = "Taker";
    static constexpr std::array<std::string_view, 0> flows_to{};

    result<disposition> dispose(bench_site&, queued_message& message) {
        benchmark::DoNotOptimize(message);
        return disposition::done;
    }
};

/// Puts each message into out/.
struct hander_on {
    static constexpr std::string_view queue = "in";
    static constexpr std::string_view class_name = "HanderOn";
    static constexpr std::array<std::string_view, 1> flows_to{"out"};

    result<disposition> dispose(bench_site& s, queued_message& message) {
        auto queued = s.enqueue("out", message.text, std::move(message.data));
        if (!queued) return failure(queued.error());
        return disposition::done;
    }
};

struct running_site {
    explicit running_site(const medium& where) : scratch(where) {
        if (auto made = here.make_directories(queues); !made) {
            throw std::runtime_error(made.error().to_string());
        }
    }
    void enqueue(const std::string& text, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            auto queued = here.enqueue("in", text, {{"listname", "list"}});
            if (!queued) throw std::runtime_error(queued.error().to_string());
        }
    }
    template <class Runner>
    void run(std::size_t count) {
        runner_loop<Runner, bench_site> loop(here, {});
        if (loop.one_pass() != count) throw std::runtime_error("a runner left entries behind");
    }

    no_services services;
    scratch_directory scratch;
    bench_site here{posix_world(), services, {scratch.path(), "bench"}};
};

/// The calls that any runner needs, on any files of a directory.
void take_bare(const std::string& directory) {
    std::array<char, 128 * 1024> block;
    for (const auto& file : std::filesystem::directory_iterator(directory)) {
        const std::string& path = file.path().native();
        const std::string in_hand = path.substr(0, path.size() - 4) + ".bak";
        const int opened = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
        const bool taken = ::rename(path.c_str(), in_hand.c_str()) == 0;
        if (!taken || ::read(opened, block.data(), block.size()) <= 0) {
            throw std::runtime_error("the bare calls failed in " + directory);
        }
        ::close(opened);
        ::unlink(in_hand.c_str());
    }
}

void take(benchmark::State& state, const medium& where) {
    const std::size_t count = where.name == "tmpfs" ? 1000 : 50;
    const auto text = message_of(static_cast<std::size_t>(state.range(0)));
    running_site ours_at(where);
    running_site bare_at(where);
    const scratch_directory theirs_at(where);
    const std::vector<std::string> arguments{"runner", theirs_at.path(),
                                             std::to_string(text.size()), std::to_string(count),
                                             where.name == "tmpfs" ? "cpu" : "clock"};
    turn_times ours;
    turn_times bare;
    turn_times theirs;
    for (auto _ : state) {
        ours_at.enqueue(text, count);
        ours.add(cost_of(where, [&] { ours_at.run<taker>(count); }));
        bare_at.enqueue(text, count);
        bare.add(cost_of(where, [&] { take_bare(bare_at.here.queue_directory("in")); }));
        if (!mailman3_is_here()) continue;
        if (const auto timing = run_mailman3(arguments)) theirs.add(timing->seconds);
    }
    const auto messages = static_cast<double>(count);
    state.counters["ours_per_s"] = messages / ours.median();
    state.counters["to_raw"] = ours.ratio_to(bare);
    if (theirs.count() != ours.count()) {
        state.SetLabel(mailman3_is_absent);
        return;
    }
    state.counters["mailman3_per_s"] = messages / theirs.median();
    state.counters["mailman3_by_ours"] = theirs.ratio_to(ours);
}

void hand_on(benchmark::State& state, const medium& where) {
    const std::size_t count = where.name == "tmpfs" ? 1000 : 50;
    const auto text = message_of(static_cast<std::size_t>(state.range(0)));
    turn_times times;
    running_site site_here(where);
    for (auto _ : state) {
        times.add(cost_of(where, [&] {
            site_here.enqueue(text, count);
            site_here.run<hander_on>(count);
        }));
    }
    state.counters["messages_per_s"] = static_cast<double>(count) / times.median();
}

void declare() {
    for (const medium& where : media()) {
        const int turns = where.name == "tmpfs" ? 15 : 5;
        for (const int bytes : {256, 4096, 65536}) {
            benchmark::RegisterBenchmark(("runner/take/" + where.name).c_str(),
                                         [where](auto& s) { take(s, where); })
                ->Arg(bytes)
                ->Iterations(turns)
                ->Unit(benchmark::kMillisecond);
            benchmark::RegisterBenchmark(("runner/hand_on/" + where.name).c_str(),
                                         [where](auto& s) { hand_on(s, where); })
                ->Arg(bytes)
                ->Iterations(turns)
                ->Unit(benchmark::kMillisecond);
        }
    }
}

}  // namespace

int main(int argc, char** argv) { return run_declared(argc, argv, declare); }
