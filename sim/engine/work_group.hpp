/// @file
/// Processes that share work and arrive at the same complete result. A single process by default;
/// sim/mpi makes a group of the processes that mpirun starts.
#pragma once

#include <qslice/core/result.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <utility>

namespace qslice::sim {

/// A process in a group that does the same work. Every member must make the same calls in the same
/// order, from one thread.
class work_group {
public:
    virtual ~work_group() = default;

    /// The number of processes, and the index of this one, from 0.
    [[nodiscard]] virtual std::uint64_t members() const { return 1; }
    [[nodiscard]] virtual std::uint64_t number() const { return 0; }

    /// The minimum of the members' values.
    [[nodiscard]] virtual std::uint64_t least(std::uint64_t mine) { return mine; }

    /// Replaces each value by its sum over the members. If all but one are 0, the sum is exactly
    /// that one's value.
    virtual void add_up(std::span<double> values) { (void)values; }
    virtual void add_up(std::span<std::uint64_t> values) { (void)values; }

    /// Returns one member's text to all.
    [[nodiscard]] virtual std::string told_by(std::uint64_t member, std::string mine) {
        (void)member;
        return mine;
    }
};

/// A group of one process.
inline work_group& alone() {
    static work_group group;  // stateless
    return group;
}

/// Combines what each member has done separately, such as reading a file.
/// @returns the member's own result if all succeeded; otherwise the same error in every member,
///     that of the first that failed
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
