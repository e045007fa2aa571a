/// @file
/// The divisions of a site's queues among its runners: each made once, and stated in the record as
/// plain data. The recorder uses it for an entry's slice.
#pragma once

#include "sim/model/site_program.hpp"
#include "sim/record/run_record.hpp"

#include <qslice/core/hash_value.hpp>

#include <cstdint>
#include <map>
#include <utility>

namespace qslice::sim {

/// @safety for use by one simulation
class queue_divisions {
public:
    /// Makes the divisions for all runners of the record's scenario, and states them and the policy
    /// in the record.
    /// @pre the program has checked the runners
    queue_divisions(run_record& record, const site_program& program);

    /// The slice by which the record counts an entry; 0 in a queue without runners.
    /// @param queue  index of run_record::queues
    [[nodiscard]] std::uint32_t slice_of(std::uint32_t queue, const hash_value& hash) const;
    /// Whether a runner started with this number of slices takes an entry.
    [[nodiscard]] bool owns(std::uint32_t queue, std::uint64_t slices, std::uint64_t slice,
                            const hash_value& hash) const;

    /// Entries that wait where no running runner takes them. A queue that no runner type takes
    /// from, such as held/, keeps its entries on purpose.
    void mark_orphans(const site_program& program) const;

    /// Records which further slices own the entries.
    /// @complexity linear in entries and divisions, and in slices if these overlap
    void record_owners() const;

private:
    using key = std::pair<std::uint32_t, std::uint64_t>;

    run_record& record_;
    std::map<key, site_program::division> divisions_;
};

}  // namespace qslice::sim
