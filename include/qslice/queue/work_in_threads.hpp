/// @file
/// Serves a queue of anything by several workers in one process.
/// It stands on work_queue.hpp, which programs with one worker include alone.
#pragma once

#include <qslice/core/caught.hpp>
#include <qslice/core/result.hpp>
#include <qslice/partition/slices.hpp>
#include <qslice/queue/work_queue.hpp>
#include <qslice/world/world.hpp>

#include <cstddef>
#include <cstdint>
#include <thread>
#include <utility>
#include <vector>

namespace qslice {

/// Serves a queue by several workers, each in its own thread, until the world is asked to stop.
/// @param w         its copies serve the threads; if a worker meets an error, or a thread cannot be
///                  started, it is asked to stop, as far as it has request_stop()
/// @param settings  their number and where the queue is
/// @param handle    is called by all threads at once, each with another item
/// @returns the number of items that they finished; the first error, after all have ended
template <class Traits = keyed_spool<>, world World, class Handle>
result<std::size_t> work_in_threads(World w, const work_queue_settings& settings, Handle&& handle,
                                    double idle_s = 1) {
    std::vector<basic_work_queue<World, Traits>> queues;
    for (std::uint64_t k = 0; k < settings.workers; ++k) {
        work_queue_settings own = settings;
        own.worker = static_cast<slice_index>(k);
        auto opened = basic_work_queue<World, Traits>::open(w, std::move(own));
        if (!opened) return failure(opened.error());
        queues.push_back(*std::move(opened));
    }
    const auto stop_if_failed = [](const auto& outcome, World& own) {
        if constexpr (requires { own.request_stop(); }) {
            if (!outcome) own.request_stop();
        }
    };
    std::vector<result<std::size_t>> outcomes(queues.size(), std::size_t{0});
    result<void> started;
    {
        std::vector<std::jthread> threads;
        for (std::size_t k = 0; k < queues.size() && started; ++k) {
            started = caught("a worker's thread", [&]() -> result<void> {
                threads.emplace_back([&, k] {
                    outcomes[k] =
                        caught("a worker", [&] { return work(queues[k], handle, idle_s); });
                    stop_if_failed(outcomes[k], queues[k].world());
                });
                return {};
            });
        }
        stop_if_failed(started, w);
    }
    if (!started) return failure(started.error());
    std::size_t finished = 0;
    for (const auto& outcome : outcomes) {
        if (!outcome) return failure(outcome.error());
        finished += *outcome;
    }
    return finished;
}

}  // namespace qslice
