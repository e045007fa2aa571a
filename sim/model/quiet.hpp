/// @file
/// Decides when a run is over: every post accepted, nothing left in the queues, nothing pending.
/// Intake, recorder, outage and conductor inform it; nothing else stops a run.
#pragma once

#include "sim/model/site_context.hpp"
#include "sim/record/virtual_time.hpp"

#include <cstddef>
#include <cstdint>

namespace qslice::sim {

/// Ends the run as soon as the site is quiet, or the scenario's `drain` after the last post.
class quiet {
public:
    explicit quiet(site_context& site) : site_(site), unaccepted_(site.record.posts.size()) {}

    /// To be called when a post is in the queue in/.
    void post_accepted() {
        --unaccepted_;
        stop_if_quiet();
    }

    /// To be called when posts are in a queue before the run starts.
    void posts_accepted(std::size_t count) { unaccepted_ -= count; }

    /// The site is not quiet before t: something without an open entry will happen until then.
    void hold_until(virtual_time t);

    /// The site is not quiet before as many calls of release().
    void hold() { ++holds_; }
    void release() {
        --holds_;
        stop_if_quiet();
    }

    /// To be called whenever an entry has ended.
    void stop_if_quiet();

    /// The time of the last post; now if there is none.
    [[nodiscard]] virtual_time last_arrival() const;

    /// Runs the simulation until it is over.
    void run();

private:
    site_context& site_;
    std::size_t unaccepted_;
    std::uint64_t holds_ = 0;
};

}  // namespace qslice::sim
