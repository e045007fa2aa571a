/// @file
/// What a spool's deployment file says: how each queue is divided among runners, and since which
/// change. Runners compare it with what they are built for; deployment_file.hpp reads and writes
/// it.
#pragma once

#include <qslice/core/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace qslice {

/// How one queue is divided, and how its entries are named and taken.
struct queue_terms {
    std::string queue;         ///< "in"
    std::uint64_t slices = 1;  ///< at least 1
    std::string partition;     ///< "equal", or with weights "weighted:3,2,1"
    std::string hash;          ///< the hash policy: "mailman21/sha1"
    std::string order;         ///< "mailman"
    friend bool operator==(const queue_terms&, const queue_terms&) = default;
};

/// A spool's deployment.
struct deployment {
    std::uint64_t epoch = 1;  ///< incremented by each change
    std::vector<queue_terms> queues;

    /// The terms of a queue; null: it does not name the queue.
    [[nodiscard]] const queue_terms* find(std::string_view queue) const noexcept {
        for (const queue_terms& t : queues) {
            if (t.queue == queue) return &t;
        }
        return nullptr;
    }
    friend bool operator==(const deployment&, const deployment&) = default;
};

/// The first difference between what a spool states of a queue and what a program is built for, as
/// a sentence with both values; empty: none.
inline std::string difference(const queue_terms& stated, const queue_terms& built) {
    const auto differ = [](std::string_view what, const std::string& a, const std::string& b) {
        return "the spool's deployment file states " + std::string(what) + ' ' + a +
               ", this program is built for " + std::string(what) + ' ' + b;
    };
    if (stated.slices != built.slices) {
        return "the spool's deployment file divides the queue into " +
               std::to_string(stated.slices) + " slices, this program into " +
               std::to_string(built.slices);
    }
    if (stated.partition != built.partition) {
        return differ("the partition", stated.partition, built.partition);
    }
    if (stated.hash != built.hash) return differ("the hash policy", stated.hash, built.hash);
    if (stated.order != built.order) return differ("the order", stated.order, built.order);
    return {};
}

/// Whether a program that is built for these terms of a queue may serve it.
/// @returns `rejected`, with both values, if the deployment states others or does not name the
/// queue
inline result<void> check_terms(const deployment& stated, const queue_terms& built) {
    const queue_terms* const terms = stated.find(built.queue);
    const std::string problem =
        terms == nullptr
            ? "the spool's deployment file does not name this queue, which the program "
              "divides into " +
                  std::to_string(built.slices) + " slices"
            : difference(*terms, built);
    if (problem.empty()) return {};
    return failure(error_code::rejected, built.queue + '/',
                   problem + " (epoch " + std::to_string(stated.epoch) +
                       "): an entry could have two owners or none");
}

}  // namespace qslice
