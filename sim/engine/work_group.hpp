/// @file
/// Processes that share a piece of work and come to the same result, each knowing all of it.
/// Alone by default; sim/mpi makes one of the processes that mpirun starts.
#pragma once

#include <qslice/core/result.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <utility>

namespace qslice::sim {

/// A process among others that do the same. Every member has to make the same calls in the same
/// order, from one thread.
class work_group {
public:
    virtual ~work_group() = default;

    /// How many processes there are, and which of them this one is, from 0.
    [[nodiscard]] virtual std::uint64_t members() const { return 1; }
    [[nodiscard]] virtual std::uint64_t number() const { return 0; }

    /// The least of the values that the members have.
    [[nodiscard]] virtual std::uint64_t least(std::uint64_t mine) { return mine; }

    /// Replaces each value by its sum over the members. Where all but one of them have 0 the
    /// sum is that one's value to the bit.
    virtual void add_up(std::span<double> values) { (void)values; }
    virtual void add_up(std::span<std::uint64_t> values) { (void)values; }

    /// What the text of one member is.
    [[nodiscard]] virtual std::string told_by(std::uint64_t member, std::string mine) {
        (void)member;
        return mine;
    }
};

/// A group of one.
inline work_group& alone() {
    static work_group group;  // without state
    return group;
}

/// What each member has done for itself, such as reading a file, if all of them could.
/// @returns where one could not, the same error in every member: that of the first
template <class T>
result<T> agreed(work_group& group, result<T> mine) {
    const std::uint64_t failed = group.least(mine ? group.members() : group.number());
    if (failed == group.members()) return mine;
    error told = mine ? error{error_code::rejected, {}, {}} : mine.error();
    told.where = group.told_by(failed, std::move(told.where));
    told.what = group.told_by(failed, std::move(told.what));
    if (failed != 0) told.what += " (in process " + std::to_string(failed) + " of mpirun)";
    return failure(std::move(told));
}

}  // namespace qslice::sim
