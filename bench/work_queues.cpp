// How long does a job take through a durable queue, from put to finish: in the queue of anything,
// and in what people would take instead?
//
// work_queues/NAME/MEDIUM/WORKERS/TOGETHER puts jobs of 1 KiB, TOGETHER at a time (group commit),
// each durable when put returns; then WORKERS threads take and finish all of them. Each turn
// measures the queue of anything and its peer one after the other on the same file system.
// Counters: `ours_us` and `peer_us` per job, `peer_by_ours` the median ratio of wall-clock times.
// Peers:
//   sqlite   a table of jobs in WAL mode; commits wait for the disk for put alone, as here
//   maildir  a plain Maildir, which has neither order by key nor group commit
//   redis    a stream with a consumer group, of a server with appendfsync always
// bench/peers.sh starts Redis and passes its port in QSLICE_REDIS_PORT.
#include "support/maildir_jobs.hpp"
#include "support/queue_fixture.hpp"
#include "support/run_declared.hpp"
#include "support/turns.hpp"

#include <qslice/queue/work_queue.hpp>
#include <qslice/world/posix_world.hpp>

#include <benchmark/benchmark.h>

#include <atomic>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#if defined(QSLICE_HAVE_SQLITE)
#include "support/sqlite_jobs.hpp"
#endif
#if defined(QSLICE_HAVE_HIREDIS)
#include "support/redis_peer.hpp"
#endif

namespace {

using namespace qslice;
using namespace qslice::bench;

constexpr std::size_t jobs_a_turn = 256;

/// A queue: puts a number of equal jobs at once, and makes workers.
struct contender {
    std::function<void(const std::string& body, std::size_t count)> put;
    /// worker(k, of) gives a function that takes and finishes one job, or says that there is none.
    std::function<std::function<bool()>(std::size_t k, std::size_t of)> worker;
};

void expect(bool right, const char* what) {
    if (!right) throw std::runtime_error(what);
}

contender work_queue_in(const std::string& directory) {
    auto put = std::make_shared<work_queue>(
        std::move(*work_queue::open(posix_world(), {.directory = directory})));
    auto number = std::make_shared<std::size_t>(0);
    return {
        [put, number](const std::string& body, std::size_t count) {
            std::vector<plain_item> items;
            for (std::size_t i = 0; i < count; ++i) {
                items.push_back({body, {{"key", std::to_string(++*number)}}});
            }
            if (count == 1) {
                expect(put->put(items[0].text, items[0].data).has_value(), "put failed");
                return;
            }
            for (const auto& done : put->put_all(items)) {
                expect(done.has_value(), "put_all failed");
            }
        },
        [directory](std::size_t k, std::size_t of) -> std::function<bool()> {
            auto own = std::make_shared<work_queue>(std::move(*work_queue::open(
                posix_world(),
                {.directory = directory, .workers = of, .worker = static_cast<slice_index>(k)})));
            return [own] {
                auto job = own->take();
                expect(job.has_value(), "take failed");
                if (!*job) return false;
                expect(own->finish(**job).has_value(), "finish failed");
                return true;
            };
        }};
}

contender maildir_in(const std::string& directory) {
    auto put = std::make_shared<maildir_jobs>(directory);
    return {[put](const std::string& body, std::size_t count) {
                for (std::size_t i = 0; i < count; ++i) put->put(body);
            },
            [directory](std::size_t, std::size_t) -> std::function<bool()> {
                auto own = std::make_shared<maildir_jobs>(directory);
                return [own] { return own->take_and_finish() > 0; };
            }};
}

#if defined(QSLICE_HAVE_SQLITE)
contender sqlite_in(const std::string& directory) {
    const std::string file = directory + "/jobs.db";
    auto put = std::make_shared<sqlite_jobs>(file, true);
    return {[put](const std::string& body, std::size_t count) { put->put("key", body, count); },
            [file](std::size_t, std::size_t) -> std::function<bool()> {
                auto own = std::make_shared<sqlite_jobs>(file, false);
                return [own] { return own->take_and_finish() > 0; };
            }};
}
#endif

#if defined(QSLICE_HAVE_HIREDIS)
contender redis_at(int port) {
    auto put = std::make_shared<redis_peer>(port);
    put->clear();
    put->make_group();
    return {[put](const std::string& body, std::size_t count) { put->put(body, count); },
            [port](std::size_t k, std::size_t) -> std::function<bool()> {
                auto own = std::make_shared<redis_peer>(port);
                return [own, k] { return own->take_and_finish(std::to_string(k)); };
            }};
}
#endif

/// Puts a turn's jobs and lets the workers finish them.
void play(const contender& queue, std::size_t workers, std::size_t together) {
    static const std::string body = message_of(1024);
    for (std::size_t i = 0; i < jobs_a_turn; i += together) queue.put(body, together);
    std::vector<std::function<bool()>> own;
    for (std::size_t k = 0; k < workers; ++k) own.push_back(queue.worker(k, workers));
    std::atomic<std::size_t> finished = 0;
    std::exception_ptr problem;
    std::mutex guard;
    {
        std::vector<std::jthread> threads;
        for (const auto& work_on_one : own) {
            threads.emplace_back([&] {
                try {
                    while (work_on_one()) ++finished;
                } catch (...) {
                    const std::lock_guard lock(guard);
                    problem = std::current_exception();
                }
            });
        }
    }
    if (problem) std::rethrow_exception(problem);
    expect(finished == jobs_a_turn, "not every job was finished once");
}

void compare(benchmark::State& state, const medium& where,
             const std::function<contender(const std::string&)>& make) {
    const auto workers = static_cast<std::size_t>(state.range(0));
    const auto together = static_cast<std::size_t>(state.range(1));
    const scratch_directory scratch(where);
    try {
        const contender ours = work_queue_in(scratch.make("ours"));
        const contender peer = make(scratch.make("peer"));
        turn_times our_times;
        turn_times peer_times;
        for (auto _ : state) {
            our_times.add(seconds_of([&] { play(ours, workers, together); }));
            peer_times.add(seconds_of([&] { play(peer, workers, together); }));
        }
        state.counters["ours_us"] = our_times.median() / jobs_a_turn * 1e6;
        state.counters["peer_us"] = peer_times.median() / jobs_a_turn * 1e6;
        state.counters["peer_by_ours"] = peer_times.ratio_to(our_times);
    } catch (const std::exception& e) {
        state.SkipWithError(e.what());
    }
}

void add(const std::string& name, const medium& where,
         const std::function<contender(const std::string&)>& make) {
    benchmark::RegisterBenchmark(
        ("work_queues/" + name + '/' + where.name).c_str(),
        [where, make](benchmark::State& state) { compare(state, where, make); })
        ->ArgsProduct({{1, 4}, {1, 64}})
        ->Unit(benchmark::kMillisecond)
        ->Iterations(5)
        ->UseRealTime();
}

void declare() {
    for (const medium& where : media()) {
        add("maildir", where, maildir_in);
#if defined(QSLICE_HAVE_SQLITE)
        add("sqlite", where, sqlite_in);
#endif
    }
#if !defined(QSLICE_HAVE_SQLITE)
    std::fputs("work_queues: SQLite is skipped: built without libsqlite3-dev\n", stderr);
#endif
#if defined(QSLICE_HAVE_HIREDIS)
    const char* const port = std::getenv("QSLICE_REDIS_PORT");
    const char* const named = std::getenv("QSLICE_PEERS_DIRECTORY");
    if (port != nullptr && named != nullptr) {
        add("redis", {"here", named},
            [number = std::atoi(port)](const std::string&) { return redis_at(number); });
    } else {
        std::fputs("work_queues: Redis is skipped: no server; see bench/peers.sh\n", stderr);
    }
#else
    std::fputs("work_queues: Redis is skipped: built without libhiredis-dev\n", stderr);
#endif
}

}  // namespace

int main(int argc, char** argv) { return run_declared(argc, argv, declare); }
