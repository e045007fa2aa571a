// How many messages per second can be handed over without loss: by our durable enqueue, and by its
// alternatives?
//
// peers/NAME/BYTES/TOGETHER hands over TOGETHER messages of BYTES bytes at a time and waits until
// they are durable; ours takes turns with it, using enqueue() for one message and enqueue_batch()
// for more, on the same file system. The counter `peer_by_ours` is the peer's wall-clock time over
// ours, since servers work and disks are waited for. Peers:
//   redis            a stream of a Redis server with appendfsync always
//   rabbitmq         persistent messages through a consistent-hash exchange, with publisher
//   confirms plain_directory  a queue file written the way Postfix does: named by time and inode,
//   fsync, and
//                    a mode that marks it as complete; no hash, no fsync of the directory
//   hashlib          Python's SHA-1 of the bytes alone, compared with our hash of them
// bench/peers.sh starts the servers and passes their ports in QSLICE_REDIS_PORT and
// QSLICE_RABBITMQ_PORT; without them these peers are skipped. Queues are in QSLICE_PEERS_DIRECTORY
// or the current directory.
#include "support/child_output.hpp"
#include "support/queue_fixture.hpp"
#include "support/run_declared.hpp"
#include "support/turns.hpp"

#include <qslice/codec/entry_format.hpp>
#include <qslice/hash/hash_policy.hpp>
#include <qslice/spool/queue_writer.hpp>
#include <qslice/world/posix_world.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(QSLICE_HAVE_HIREDIS)
#include "support/redis_peer.hpp"
#endif
#if defined(QSLICE_HAVE_RABBITMQ)
#include "support/rabbitmq_peer.hpp"
#endif

namespace {

using namespace qslice;
using namespace qslice::bench;

using writer = queue_writer<posix_world, mailman3_format, mailman3_policy>;

medium here() {
    const char* const named = std::getenv("QSLICE_PEERS_DIRECTORY");
    return {"here", std::filesystem::absolute(named != nullptr ? named : ".")};
}

void enqueue(writer& queue, const std::vector<queued_message>& messages) {
    if (messages.size() == 1) {
        auto done = queue.enqueue(messages.front().text, messages.front().data);
        if (!done) throw std::runtime_error(done.error().to_string());
        return;
    }
    for (const auto& done : queue.enqueue_batch(messages)) {
        if (!done) throw std::runtime_error(done.error().to_string());
    }
}

/// Lets a peer hand messages over in turns with us.
/// @param put  takes the bytes of a message and the number of copies to be durable when it returns
void compare(benchmark::State& state,
             const std::function<void(const std::string&, std::size_t)>& put) {
    const auto bytes = static_cast<std::size_t>(state.range(0));
    const auto together = static_cast<std::size_t>(state.range(1));
    const std::vector<queued_message> messages(
        together, {message_of(bytes), {{"listid", "list.example.com"}}});
    const std::string& text = messages.front().text;
    const scratch_directory scratch(here());
    writer queue(posix_world(), scratch.make("ours"), durability::file_and_directory,
                 mailman3_policy());
    turn_times ours;
    turn_times theirs;
    put(text, together);
    for (auto _ : state) {
        ours.add(seconds_of([&] { enqueue(queue, messages); }));
        theirs.add(seconds_of([&] { put(text, together); }));
    }
    const auto count = static_cast<double>(together);
    state.counters["ours_per_s"] = count / ours.median();
    state.counters["peer_per_s"] = count / theirs.median();
    state.counters["peer_by_ours"] = theirs.ratio_to(ours);
}

#if defined(QSLICE_HAVE_HIREDIS) || defined(QSLICE_HAVE_RABBITMQ)
std::optional<int> port_in(const char* variable) {
    const char* const text = std::getenv(variable);
    if (text == nullptr) return std::nullopt;
    return std::atoi(text);
}

template <class Peer>
void broker(benchmark::State& state, const char* port_variable) {
    const auto port = port_in(port_variable);
    if (!port) {
        state.SkipWithError("skipped: bench/peers.sh has not started its server");
        return;
    }
    try {
        Peer peer(*port);
        compare(state,
                [&](const std::string& bytes, std::size_t count) { peer.put(bytes, count); });
        peer.clear();
    } catch (const std::runtime_error& problem) {
        state.SkipWithError(problem.what());
    }
}
#endif

void redis(benchmark::State& state) {
#if defined(QSLICE_HAVE_HIREDIS)
    broker<redis_peer>(state, "QSLICE_REDIS_PORT");
#else
    state.SkipWithError("skipped: built without Debian's package libhiredis-dev");
#endif
}

void rabbitmq(benchmark::State& state) {
#if defined(QSLICE_HAVE_RABBITMQ)
    broker<rabbitmq_peer>(state, "QSLICE_RABBITMQ_PORT");
#else
    state.SkipWithError("skipped: built without Debian's package librabbitmq-dev");
#endif
}

/// A queue file written the way Postfix's cleanup does.
void put_plain(const std::string& directory, const std::string& bytes) {
    static int number = 0;
    const std::string partial = directory + "/" + std::to_string(++number) + ".new";
    const int file = ::open(partial.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    struct stat s {};
    if (file < 0 || ::fstat(file, &s) != 0) throw std::runtime_error("cannot make " + partial);
    const std::string path =
        directory + "/" + std::to_string(number) + "Z" + std::to_string(s.st_ino);
    if (::rename(partial.c_str(), path.c_str()) != 0 ||
        ::write(file, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()) ||
        ::fchmod(file, 0700) != 0 || ::fsync(file) != 0 || ::close(file) != 0) {
        throw std::runtime_error("cannot write " + path);
    }
}

void plain_directory(benchmark::State& state) {
    const scratch_directory scratch(here());
    const std::string directory = scratch.make("plain");
    compare(state, [&](const std::string& bytes, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) put_plain(directory, bytes);
    });
}

/// Seconds that Python takes for a SHA-1, measured by itself.
std::optional<double> hashlib_seconds(std::size_t bytes) {
    const auto output = child_output(
        {"python3", "-c",
         "import hashlib,timeit; b=b'm'*" + std::to_string(bytes) +
             "; print(min(timeit.repeat(lambda: hashlib.sha1(b).hexdigest(), number=2000, "
             "repeat=5))/2000)"});
    double seconds = 0;
    if (!output || std::sscanf(output->c_str(), "%lf", &seconds) != 1) return std::nullopt;
    return seconds;
}

void hashlib(benchmark::State& state) {
    const auto bytes = static_cast<std::size_t>(state.range(0));
    const std::string text = message_of(bytes);
    mailman3_policy policy;
    turn_times ours;
    turn_times theirs;
    for (auto _ : state) {
        double least = 1e9;
        for (int i = 0; i < 5; ++i) {
            least = std::min(least, seconds_of([&] {
                                 hash_input input;
                                 input.message = text;
                                 for (int k = 0; k < 2000; ++k) {
                                     input.now.seconds += 0.000123;
                                     benchmark::DoNotOptimize(policy(input));
                                 }
                             }));
        }
        const auto seconds = hashlib_seconds(bytes);
        if (!seconds) {
            state.SkipWithError("skipped: python3 cannot be run");
            return;
        }
        ours.add(least / 2000);
        theirs.add(*seconds);
    }
    state.counters["ours_ns"] = ours.median() * 1e9;
    state.counters["peer_ns"] = theirs.median() * 1e9;
    state.counters["peer_by_ours"] = theirs.ratio_to(ours);
}

void declare() {
    const auto add = [](const char* name, auto measure) {
        return benchmark::RegisterBenchmark(name, measure)->Unit(benchmark::kMillisecond);
    };
    for (const int bytes : {4096, 65536}) {
        for (const int together : {1, 64}) {
            const int turns = together == 1 ? 201 : 15;
            add("peers/redis", redis)->Args({bytes, together})->Iterations(turns);
            add("peers/rabbitmq", rabbitmq)->Args({bytes, together})->Iterations(turns);
        }
        add("peers/plain_directory", plain_directory)->Args({bytes, 1})->Iterations(201);
        add("peers/hashlib", hashlib)->Arg(bytes)->Iterations(3);
    }
}

}  // namespace

int main(int argc, char** argv) { return run_declared(argc, argv, declare); }
