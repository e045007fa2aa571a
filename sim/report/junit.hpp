/// @file
/// Test results as JUnit's XML, which servers for continuous integration read: a case for each
/// requirement and each guarantee. The commands run, sweep and explore write it for --junit.
#pragma once

#include "sim/check/run_results.hpp"
#include "sim/record/run_record.hpp"
#include "sim/study/sweep.hpp"

#include <string>
#include <utility>
#include <vector>

namespace qslice::sim {

/// One test case.
struct junit_case {
    /// `skipped`: it does not apply, or was not examined to the end; `error`: it could not be
    /// decided within the given effort.
    enum class outcome { passed, failed, skipped, error };

    std::string group;  ///< "requirements", "guarantees"
    std::string name;
    outcome result = outcome::passed;
    std::string message;  ///< one sentence; empty if passed
    std::string text;     ///< the story of a failure, with line ends
};

/// One run of the program.
struct junit_suite {
    std::string name;  ///< of the scenario
    std::vector<std::pair<std::string, std::string>> properties;
    std::vector<junit_case> cases;
    std::string output;  ///< the verdict
};

/// The file's content, valid by the schema of Jenkins' xUnit plugin (junit-10.xsd). Characters that
/// XML does not allow are written as "?".
[[nodiscard]] std::string to_junit(const junit_suite& suite);

/// The cases of a run: requirements, and guarantees, of which those that do not apply or that the
/// policy does not promise are skipped.
/// @param replay  the command line that repeats the run
[[nodiscard]] junit_suite run_junit(const run_record& run, const run_results& results,
                                    const std::string& replay);

/// The cases of each alternative of a sweep with `judge`: a requirement or guarantee fails if it
/// does in any replication.
[[nodiscard]] junit_suite sweep_junit(const scenario& base, const sweep_settings& settings,
                                      const sweep_result& done, const std::string& replay);

}  // namespace qslice::sim
