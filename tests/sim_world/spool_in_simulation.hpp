/// @file
/// The library's switchboard in a simulated world, and a session of work that a crash interrupts.
#pragma once

#include "simulated_site.hpp"

#include <qslice/codec/entry_format.hpp>
#include <qslice/partition/equal_ranges.hpp>
#include <qslice/spool/mailman_order.hpp>
#include <qslice/spool/switchboard.hpp>

#include <map>
#include <set>
#include <string>
#include <utility>

namespace qslice::sim {

using queue_traits = spool_traits<mailman21_format, mailman21_policy, equal_ranges<1>>;
using simulated_queue = switchboard<sim_world, queue_traits>;

inline simulated_queue open_queue(sim_world w,
                                  durability durable = durability::file_and_directory) {
    return {std::move(w), {"qfiles/in", "qfiles/bad", {}, durable}};
}

/// What processes were asked to do, and what they found.
struct told {
    std::set<std::string> tried;      ///< texts given to enqueue()
    std::set<std::string> enqueued;   ///< ... that returned success
    std::set<std::string> finishing;  ///< finish() was called for them
    std::set<std::string> finished;   ///< ... and returned success
    std::map<std::string, int> seen;  ///< texts that dequeue() returned
    std::size_t preserved = 0;
    std::vector<error> problems;
};

inline void enqueue_text(simulated_queue& queue, told& t, const std::string& text) {
    t.tried.insert(text);
    const auto done = queue.enqueue(text, metadata{{"listname", std::string("mailman-users")}});
    if (done) {
        t.enqueued.insert(text);
    } else {
        t.problems.push_back(done.error());
    }
}

/// Recovers and handles all waiting entries.
inline void handle_all(simulated_queue& queue, told& t) {
    const auto recovered = queue.recover();
    if (!recovered) {
        t.problems.push_back(recovered.error());
        return;
    }
    t.preserved += recovered->preserved;
    for (const error& e : recovered->problems) t.problems.push_back(e);
    const auto waiting = queue.files();
    if (!waiting) {
        t.problems.push_back(waiting.error());
        return;
    }
    for (std::size_t i = 0; i < waiting->size(); ++i) {
        const auto message = queue.dequeue(waiting->base_name(i));
        if (!message) {
            t.problems.push_back(message.error());
            continue;
        }
        ++t.seen[message->text];
        t.finishing.insert(message->text);
        if (queue.finish(waiting->base_name(i))) t.finished.insert(message->text);
    }
}

inline const std::string first_text = "Subject: first\n\nA body.\n";
inline const std::string second_text = "Subject: second\n\nAnother body.\n";

/// Enqueues two messages and handles the first of them, then the rest.
inline void work(simulated_queue& queue, told& t) {
    enqueue_text(queue, t, first_text);
    handle_all(queue, t);
    enqueue_text(queue, t, second_text);
    handle_all(queue, t);
}

inline void make_queues(machine& m) {
    sim_world w = m.outside();
    (void)w.make_directory("qfiles/in", directory_permissions);
    (void)w.make_directory("qfiles/bad", directory_permissions);
}

}  // namespace qslice::sim
