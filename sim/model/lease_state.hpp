/// @file
/// What of leases and their keepers decides how a run goes on, whatever the time is and however
/// often a lease was renewed. guided_course identifies states by it.
#pragma once

#include <qslice/ownership/keeper_memory.hpp>
#include <qslice/ownership/lease_survey.hpp>
#include <qslice/ownership/lease_times.hpp>

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>

namespace qslice::sim {

/// A path without the number that counts renewals, or repetitions of a want.
[[nodiscard]] std::string_view without_beat(std::string_view path);

/// What matters of the content of a file in a directory of leases: whose it is.
[[nodiscard]] std::string lease_essence(std::string_view content);

/// Whether a path is in a directory of leases.
[[nodiscard]] inline bool is_of_leases(std::string_view path) {
    return path.find("/leases/") != std::string_view::npos;
}

/// The leases that there are, with their beats by without_beat() of their paths.
class lease_beats {
public:
    /// Notes a file of a directory of leases.
    void add(std::string_view path);

    /// Whether a beat that a process knows is behind the one that there is: 0 is "up to date". How
    /// far does not matter, since a beat never comes back: a process compares two for equality.
    [[nodiscard]] std::uint64_t behind(std::string_view path) const;

    /// A hash of a keeper's memory.
    /// @param directory  of the leases, as paths have it: "var/qfiles/out/leases"
    /// @param times      of the leases: what is longer ago than any that it is compared with is all
    ///                   the same
    /// @param has_looked whether it has listed leases since it woke up
    /// @param lasting    slices whose owners will renew their leases in time, whatever happens, so
    ///                   that it does not matter when they did so last or who has seen it
    [[nodiscard]] std::uint64_t hash(const qslice::keeper_memory& m, std::string_view directory,
                                     const lease_times& times, bool has_looked,
                                     std::span<const leased_slice> lasting) const;

    /// The leases in a directory; none if it does not exist.
    [[nodiscard]] const lease_survey& survey(std::string_view directory) const;

    /// Whether nobody will see a lease in this way again: it has another beat by now, or was given
    /// back, or has been followed by another and removed. A number that was withdrawn may come
    /// again.
    [[nodiscard]] bool is_over(const qslice::seen_lease& known, std::string_view directory) const;

private:
    [[nodiscard]] std::uint64_t hash(const qslice::seen_lease& known,
                                     std::string_view directory) const;

    std::map<std::string, std::uint64_t, std::less<>> beats_;
    std::set<std::string, std::less<>> leases_;
    std::map<std::string, lease_survey, std::less<>> seen_;  // by directory
};

}  // namespace qslice::sim
