/// @file
/// The state shared by all parts of a running site: its machines and their storage, its lists and
/// mail server, the program of its processes, and the record. Intake, master, outage and the others
/// keep their own state and refer to this.
#pragma once

#include "sim/engine/choices.hpp"
#include "sim/engine/engine.hpp"
#include "sim/model/sim_services.hpp"
#include "sim/model/site_program.hpp"
#include "sim/record/run_record.hpp"
#include "sim/record/standing_site.hpp"
#include "sim/world/file_system.hpp"
#include "sim/world/machine.hpp"
#include "sim/world/nfs_client.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim {

/// A running site. Machines refer to the members before them, so the order matters.
struct site_context {
    /// @param tie_seed      of the engine; 0: the scenario's
    /// @param crash_states  decides the state after crashes; null: random by the scenario's seed
    /// @param starts_from   what lies in the queues; null: nothing
    site_context(run_record& r, const site_program& p, std::uint64_t tie_seed,
                 choice_source* crash_states, const standing_site* starts_from);

    run_record& record;
    const scenario& setting;
    const site_program& program;
    const standing_site* standing;
    choice_source* crash_states;
    engine simulation;
    file_system disk;
    mail_server server;
    mailing_lists lists;
    spool_recorder recorder;
    std::deque<nfs_client> clients;  ///< of the machines, if the disk is a file server's
    std::deque<machine> machines;    ///< in the scenario's order

    /// Adds the scenario's machines.
    /// @param observer  observes their calls and logs
    void make_machines(world_observer* observer);

    /// Makes the directories of queues, lists and locks.
    result<void> make_directories();

    /// Adds a process to the record.
    /// @returns its index in run_record::processes
    std::uint32_t add_process(const machine& m, std::string name);

    /// The number of a process's random streams, in order of start.
    std::uint64_t next_stream() { return streams_++; }

    /// The external services as seen by one process.
    /// @param stream  number of its random streams, from next_stream(); 0 if nothing is drawn
    /// @param queue   from which it takes
    sim_services services_for(sim_world w, std::uint64_t stream, std::string_view queue = {});

    /// Puts the standing entries into their queues.
    result<void> place_standing();

    /// The number of posts that are in a queue at the start.
    [[nodiscard]] std::size_t standing_posts() const {
        return standing == nullptr ? 0 : standing->entries.size();
    }

    [[nodiscard]] site_settings settings_of(const machine& m, std::string_view process) const;

    /// The machine with that name; all machines if empty.
    std::vector<machine*> machines_named(std::string_view name);
    /// The first machine that is up; null if none is.
    machine* first_up();

    /// The time this many seconds after the first post.
    [[nodiscard]] virtual_time after_start(double seconds) const {
        return add(record.started, to_duration(seconds));
    }

private:
    result<void> state_deployment();
    storage& storage_of_next_machine();

    std::uint64_t streams_ = 0;
};

/// The site's directory in the simulated file system.
inline constexpr std::string_view site_root = "var";

}  // namespace qslice::sim
