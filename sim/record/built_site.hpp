/// @file
/// The site that a program is built for, as plain data: its machines, policies and runners, which
/// its types fix. qslice-sim is built for none; its scenarios name all of this.
#pragma once

#include "sim/record/scenario.hpp"

#include <qslice/core/result.hpp>
#include <qslice/topology/item_words.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace qslice::sim {

/// What the types of a user's own topology say.
struct built_site {
    struct runner {
        std::string class_name;
        std::string queue;
        std::uint64_t slices = 1;
        bool takes_work = true;  ///< a scenario may state a time for each item, see queue_work
        /// Whether its queue can be divided into this number of slices while it runs: the reason if
        /// not. Null: unknown.
        result<void> (*can_change_to)(std::uint64_t slices) = nullptr;
    };

    std::string program;  ///< its name
    scenario usual;       ///< what is played without a scenario file
    std::vector<runner> runners;
    std::vector<std::string> queues;
    /// The machines that stand by for all slices; none: all for one another.
    std::vector<std::string> stands_by;
    bool mail = true;      ///< its items are mail
    bool watches = false;  ///< its runners watch their queues
    item_words words;      ///< for what is not mail
};

/// For the two functions below: null in qslice-sim.
inline const built_site*& site_of_this_program() noexcept {
    static const built_site* site = nullptr;
    return site;
}

/// The site that this program is built for; null in qslice-sim.
/// @safety may be read from any thread once it is set
inline const built_site* own_built_site() noexcept { return site_of_this_program(); }

/// To be called at most once, before anything else of the simulator is used.
inline void set_own_built_site(const built_site* site) noexcept { site_of_this_program() = site; }

/// "qslice-sim", or the name of the program that is built for a site.
inline std::string program_name() {
    return own_built_site() == nullptr ? "qslice-sim" : own_built_site()->program;
}

}  // namespace qslice::sim
