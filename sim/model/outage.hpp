/// @file
/// Crashes of processes and machines, power losses, and the boots after them. Whatever must be
/// started on a booting machine registers here.
#pragma once

#include "sim/model/quiet.hpp"
#include "sim/model/site_context.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace qslice::sim {

/// Crashes processes and machines, and boots machines.
class outage {
public:
    /// How long runners take after their machine has booted and they have started to recover what
    /// the crash left: a finished entry may be back, and its owner sees it at its first look. The
    /// simulator's own choice: five looks of an idle runner.
    static constexpr double first_looks_s = 5 * mailman_times::idle_sleep_s;

    outage(site_context& site, quiet& when_quiet) : site_(site), quiet_(when_quiet) {}

    /// Calls listener(machine) after each boot, in the order of registration.
    void on_boot(std::function<void(machine&)> listener) {
        listeners_.push_back(std::move(listener));
    }

    /// Kills the running processes that match.
    /// @param machine_name  empty: on any machine
    /// @param process       as in selects_process()
    /// @returns how many were killed
    std::size_t crash_processes(std::string_view machine_name, std::string_view process);

    /// Stops the running processes that match for this long; parameters and result as above.
    std::size_t pause_processes(std::string_view machine_name, std::string_view process,
                                double pause_s);
    /// Stops one process for this long.
    void pause_process(std::string_view machine_name, process_id id, double pause_s);
    /// Stops one process until whoever chooses the order of events lets it go on, or for long.
    void pause_loosely(std::string_view machine_name, process_id id);

    /// Cuts a machine's power for this long.
    /// @returns whether it was up; a machine that is down is not changed
    bool crash_machine(machine& m, double down_s);

    /// Cuts the power of all machines and of the disk.
    void lose_power(double down_s);

    /// For a machine that is about to lose power by itself.
    void boot_later(std::string_view machine_name, double down_s);

private:
    void boot(machine& m);
    [[nodiscard]] std::vector<process_id> stopped_with(const machine& m, process_id id) const;

    site_context& site_;
    quiet& quiet_;
    std::vector<std::function<void(machine&)>> listeners_;
    std::uint64_t power_losses_ = 0;
};

}  // namespace qslice::sim
