/// @file
/// The processes of a site whose slices have owners: per machine and runner type one that keeps
/// leases, with a runner for each slice that it holds. The master starts them in place of fixed
/// runners, if the scenario says so.
#pragma once

#include "sim/model/site_context.hpp"

#include <qslice/ownership/held_slice.hpp>
#include <qslice/ownership/keeper_memory.hpp>
#include <qslice/ownership/lease_name.hpp>
#include <qslice/ownership/slice_keeper.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qslice::sim {

/// Owns slices for the machines of a site.
///
/// What is one process with threads on a real machine is several here; a crash of one ends all, and
/// a pause holds all.
class slice_owners {
public:
    /// Called when a process of a machine has failed, by its runner type.
    using on_failure = std::function<void(machine&, const std::string& class_name)>;

    slice_owners(site_context& site, on_failure failed) : site_(site), failed_(std::move(failed)) {}

    /// The runner types that a machine takes part in.
    [[nodiscard]] std::vector<std::string> classes_of(const machine& m) const;

    /// Starts the process of a machine's runner type.
    void start(machine& m, const std::string& class_name);

    /// Writes the changes of the number of slices, when the scenario says so.
    void schedule_changes();

    /// What a running keeper remembers; empty for any other process.
    [[nodiscard]] std::optional<keeper_memory> memory_of(process_id keeper) const;

private:
    /// The processes that are one on a real machine.
    struct group {
        process_id keeper;
        const slice_keeper<sim_world>* memory = nullptr;  ///< while the keeper runs
        std::map<leased_slice, process_id> runners;
        bool ended = false;
    };
    class host;

    [[nodiscard]] std::size_t rank(const machine& m, const std::string& class_name,
                                   std::uint64_t slice, std::uint64_t slices) const;
    [[nodiscard]] std::string queue_of(std::string_view class_name) const;
    process_id start_runner(machine& m, const std::string& class_name, const held_slice& held,
                            group& of);
    void ended(machine& m, const std::string& class_name, group& of, const process_end& end);
    void change(const slice_change_choice& wanted);

    site_context& site_;
    on_failure failed_;
    std::deque<group> groups_;
};

}  // namespace qslice::sim
