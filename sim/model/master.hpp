/// @file
/// The master of each machine: starts its runners, restarts failed ones, and gives up at a limit.
/// An administrator's start and stop of a machine's runners come from the scenario.
#pragma once

#include "sim/model/outage.hpp"
#include "sim/model/site_context.hpp"
#include "sim/model/slice_owners.hpp"
#include "sim/record/virtual_time.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace qslice::sim {

/// Mailman's master on all machines of a site.
/// @source Mailman 2.1 bin/mailmanctl
class master {
public:
    /// Restarts a machine's runners whenever it boots.
    master(site_context& site, outage& outages);

    /// Starts and stops the runners of each machine as the scenario says.
    void start();

    [[nodiscard]] const slice_owners& owners() const noexcept { return owners_; }

    /// The last time at which a machine's runners are started or stopped.
    [[nodiscard]] virtual_time last_change() const;

private:
    void start_runners(machine& m);
    void start_owner(machine& m, const std::string& class_name);
    void owner_failed(machine& m, const std::string& class_name);
    void start_runner(machine& m, const runner_choice& choice, int restarts);
    void runner_ended(machine& m, const runner_choice& choice, int restarts, const process_end& end,
                      std::uint32_t index);

    site_context& site_;
    slice_owners owners_;
    std::map<std::pair<std::string, std::string>, int> restarts_;  ///< of owners
};

}  // namespace qslice::sim
