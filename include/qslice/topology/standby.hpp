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
/// As long as the queue has the topology's number of slices, each belongs to the machine that the
/// topology says. With any other number they go to the machines that run the runner type, in turn.
/// @pre the topology has a member stands_by
/// @complexity linear in the topology's processes
template <class Topology>
std::size_t standby_rank(std::string_view machine, std::string_view class_name, std::uint64_t slice,
                         std::uint64_t slices) {
    static_assert(detail::knows_standby<Topology>(),
                  "a machine that stands by is not one of the topology's machines");
    std::vector<std::string_view> serving;  // machines that run the runner type
    std::vector<std::string_view> owner_of;
    for (const runner_process& p : Topology::processes) {
        if (p.runs.class_name != class_name) continue;
        if (std::find(serving.begin(), serving.end(), p.machine) == serving.end()) {
            serving.push_back(p.machine);
        }
        owner_of.resize(p.runs.slice_count);
        owner_of[p.runs.slice] = p.machine;
    }
    if (owner_of.size() != slices) {
        owner_of.resize(slices);
        for (std::uint64_t k = 0; k < slices; ++k) owner_of[k] = serving[k % serving.size()];
    }
    const std::string_view owner = owner_of[slice];
    if (machine == owner) return 0;
    const auto place = [](const auto& names, std::string_view name) {
        return static_cast<std::size_t>(std::find(names.begin(), names.end(), name) -
                                        names.begin());
    };
    constexpr auto& chosen = Topology::stands_by::machines;
    if constexpr (!chosen.empty()) {
        std::size_t rank = 1;
        for (const std::string_view name : chosen) {
            if (name == owner) continue;
            if (name == machine) return rank;
            ++rank;
        }
        return never_stands_by;
    }
    const std::size_t self = place(serving, machine);
    if (self == serving.size()) return never_stands_by;
    const auto before =
        std::count(owner_of.begin(), owner_of.begin() + static_cast<std::ptrdiff_t>(slice), owner);
    return rank_in_turn(self, place(serving, owner), serving.size(),
                        static_cast<std::uint64_t>(before));
}

}  // namespace qslice
