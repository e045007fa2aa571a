/// @file
/// Who stands by for whose slices, as a type: a topology's choice, and the ranks that follow.
/// run_owned.hpp runs machines by it.
#pragma once

#include <qslice/ownership/keeper_settings.hpp>
#include <qslice/topology/fixed_name.hpp>
#include <qslice/topology/process.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace qslice {

/// The machines that stand by for every slice of a topology, in order of preference; without names
/// all machines do so for one another, in turn, so that the slices of one that is gone go to
/// different others.
///
/// A topology chooses it by its member `using stands_by = standby<...>;`. Its slices then have
/// owners: see docs/takeover.md.
template <fixed_name... Machines>
struct standby {
    static constexpr std::array<std::string_view, sizeof...(Machines)> machines{Machines...};
};

namespace detail {

template <class Topology>
concept owns_slices = requires {
    Topology::stands_by::machines;
};

template <class Topology>
constexpr bool knows_standby() {
    for (const std::string_view name : Topology::stands_by::machines) {
        if (std::find(Topology::machine_names.begin(), Topology::machine_names.end(), name) ==
            Topology::machine_names.end()) {
            return false;
        }
    }
    return true;
}

}  // namespace detail

/// The rank of a machine for a slice of a runner type's queue: 0 for its own, n for the n-th to
/// stand by.
///
/// As long as the queue has as many slices as the processes say, each belongs to the machine that
/// runs it there. With any other number they go to the machines that run the runner type, in turn.
/// @param chosen  the machines that stand by, in order of preference; none: all that run the runner
///                type, in turn
/// @complexity linear in the processes
inline std::size_t standby_rank(std::span<const runner_process> processes,
                                std::span<const std::string_view> chosen, std::string_view machine,
                                std::string_view class_name, std::uint64_t slice,
                                std::uint64_t slices) {
    std::vector<std::string_view> serving;  // machines that run the runner type
    for (const runner_process& p : processes) {
        if (p.runs.class_name != class_name) continue;
        if (std::find(serving.begin(), serving.end(), p.machine) == serving.end()) {
            serving.push_back(p.machine);
        }
    }
    if (serving.empty()) return never_stands_by;
    std::vector<std::string_view> owner_of(slices);
    for (std::uint64_t k = 0; k < slices; ++k) owner_of[k] = serving[k % serving.size()];
    for (const runner_process& p : processes) {
        if (p.runs.class_name == class_name && p.runs.slice_count == slices) {
            owner_of[p.runs.slice] = p.machine;
        }
    }
    const std::string_view owner = owner_of[slice];
    if (machine == owner) return 0;
    if (!chosen.empty()) {
        std::size_t rank = 1;
        for (const std::string_view name : chosen) {
            if (name == owner) continue;
            if (name == machine) return rank;
            ++rank;
        }
        return never_stands_by;
    }
    const auto place = [&](std::string_view name) {
        return static_cast<std::size_t>(std::find(serving.begin(), serving.end(), name) -
                                        serving.begin());
    };
    if (place(machine) == serving.size()) return never_stands_by;
    const auto before =
        std::count(owner_of.begin(), owner_of.begin() + static_cast<std::ptrdiff_t>(slice), owner);
    return rank_in_turn(place(machine), place(owner), serving.size(),
                        static_cast<std::uint64_t>(before));
}

/// The same for the processes of a topology and its choice.
/// @pre the topology has a member stands_by
template <class Topology>
std::size_t standby_rank(std::string_view machine, std::string_view class_name, std::uint64_t slice,
                         std::uint64_t slices) {
    static_assert(detail::knows_standby<Topology>(),
                  "a machine that stands by is not one of the topology's machines");
    return standby_rank(Topology::processes, Topology::stands_by::machines, machine, class_name,
                        slice, slices);
}

}  // namespace qslice
