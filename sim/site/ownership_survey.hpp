/// @file
/// What a spool says of its own division and of the owners of its slices: the deployment file and
/// the leases. `inspect` shows it and compares it with what the user says.
#pragma once

#include "sim/site/finding.hpp"
#include "sim/site/queue_tree.hpp"
#include "sim/site/slice_plan.hpp"

#include <qslice/core/result.hpp>
#include <qslice/ownership/deployment.hpp>
#include <qslice/ownership/lease_content.hpp>
#include <qslice/ownership/lease_survey.hpp>

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>
#include <vector>

namespace qslice::sim::diagnosis {

/// A lease, with what its files say.
struct surveyed_lease {
    std::string queue;
    seen_lease lease;
    lease_content content;            ///< empty: it cannot be read
    std::optional<double> renewed_s;  ///< seconds since the epoch; empty: unknown
};

/// The ownership of a site.
struct ownership_survey {
    std::optional<deployment> stated;       ///< empty: the spool has no deployment file
    std::optional<error> problem;           ///< why the file cannot be read
    std::vector<surveyed_lease> leases;     ///< of each slice the highest, queue by queue
    std::vector<std::string> owned_queues;  ///< those with a directory of leases
};

/// Reads the deployment file and the leases of a site, without changing anything.
ownership_survey survey_ownership(const queue_tree& tree);

/// The options of a slice plan as the deployment file states them, where the user leaves them out.
void complete_plan(slice_plan_options& plan, const ownership_survey& seen);

/// Where user, file, runners and leases contradict each other, and slices without an owner, with
/// two, or with owners that change often.
/// @param given  the plan's options as the user gave them
std::vector<finding> ownership_findings(const ownership_survey& seen,
                                        const slice_plan_options& given, double now_s);

/// A table of the deployment and one of the owners; empty without them.
std::string to_text(const ownership_survey& seen, double now_s);
nlohmann::ordered_json to_json(const ownership_survey& seen);

}  // namespace qslice::sim::diagnosis
