/// @file
/// The findings of logs about messages: what failed and what became of it, and how deliveries went.
/// history_findings.hpp adds those about who served which slice.
#pragma once

#include "sim/site/finding.hpp"
#include "sim/site/logs_diagnosis.hpp"

#include <vector>

namespace qslice::sim::diagnosis {

/// One finding per kind of trouble and machine.
std::vector<finding> trouble_findings(const logs_diagnosis& d);

/// Deliveries made twice, runners of out/ that do nothing but send, and logs that show that posts
/// never reached Mailman.
std::vector<finding> delivery_findings(const logs_diagnosis& d);

}  // namespace qslice::sim::diagnosis
