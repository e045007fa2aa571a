/// @file
/// The site's periodic job: sends the digests that have not reached their size threshold.
#pragma once

#include "sim/model/site_context.hpp"

namespace qslice::sim {

/// Runs on the first machine that is up, every scenario::digests.period_s; 0: never.
/// @source Mailman 2.1 cron/senddigests
class daily_job {
public:
    explicit daily_job(site_context& site) : site_(site) {}

    void start() { schedule(); }

private:
    void schedule();
    void run_on(machine& m);

    site_context& site_;
};

}  // namespace qslice::sim
