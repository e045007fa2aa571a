/// @file
/// Looks for a finding in a diagnosis of queues or of logs.
#pragma once

#include "sim/site/finding.hpp"

#include <string_view>

namespace qslice::sim::diagnosis {

/// The first finding of a kind, or of a kind and a place; null: there is none.
/// @param diagnosis  has `findings`
template <class Diagnosis>
const finding* finding_of(const Diagnosis& diagnosis, std::string_view kind,
                          std::string_view where = {}) {
    for (const finding& f : diagnosis.findings) {
        if (f.kind == kind && (where.empty() || f.where == where)) return &f;
    }
    return nullptr;
}

}  // namespace qslice::sim::diagnosis
