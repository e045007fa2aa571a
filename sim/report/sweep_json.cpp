#include "sim/report/sweep_json.hpp"

#include "sim/check/measures.hpp"
#include "sim/report/program_words.hpp"
#include "sim/report/scenario_facts.hpp"

#include <qslice/version.hpp>

#include <fmt/format.h>

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

namespace qslice::sim {

namespace {

using json = nlohmann::ordered_json;

json number(double x) { return std::isfinite(x) ? json(x) : json(nullptr); }

json estimate_json(const estimate& e) {
    return {{"mean", number(e.mean)},
            {"half_width", number(e.half_width)},
            {"deviation", number(e.deviation)},
            {"count", e.count}};
}

json row_json(const sweep_result& done, const sweep_row& row) {
    json values = json::object();
    json measures = json::object();
    json differences = json::object();
    for (std::size_t d = 0; d < done.dimensions.size(); ++d) {
        values[done.dimensions[d].key] = row.values[d];
    }
    for (std::size_t m = 0; m < done.measures.size(); ++m) {
        measures[done.measures[m]] = estimate_json(row.measures[m]);
        json difference = estimate_json(row.differences[m]);
        difference["p_value"] = number(p_value_of(row.differences[m]));
        difference["differs"] = static_cast<bool>(row.differs[m]);
        differences[done.measures[m]] = std::move(difference);
    }
    return {{"values", std::move(values)},
            {"measures", std::move(measures)},
            {"differences", std::move(differences)},
            {"replications", row.replications},
            {"problems", row.problems},
            {"precise", row.precise},
            {"warm_up_posts", done.warm_up_posts}};
}

}  // namespace

std::vector<std::string> options_of(const sweep_settings& how) {
    std::vector<std::string> options;
    const auto add = [&](const char* name, std::string value) {
        options.emplace_back(name);
        options.push_back(std::move(value));
    };
    for (const dimension& d : how.dimensions) {
        add("--vary", fmt::format("{}={}", d.key, fmt::join(d.values, ",")));
    }
    add("--measure", fmt::format("{}", fmt::join(how.measures, ",")));
    add("--replications", std::to_string(how.plan.least));
    if (how.plan.precision > 0) {
        add("--precision", fmt::format("{}", how.plan.precision));
        add("--max-replications", std::to_string(how.plan.most));
    }
    add("--confidence", fmt::format("{}", how.plan.confidence));
    if (how.remove_warm_up) options.emplace_back("--remove-warm-up");
    return options;
}

json sweep_json(const scenario& base, const sweep_settings& settings, const sweep_result& done) {
    json dimensions = json::array();
    for (const dimension& d : done.dimensions) {
        dimensions.push_back({{"key", d.key}, {"values", d.values}});
    }
    json measures = json::array();
    for (const std::string& name : done.measures) {
        const measure_info* const info = find_measure(name);
        measures.push_back({{"name", name},
                            {"unit", info != nullptr ? info->unit : ""},
                            {"description", info != nullptr ? description_of(*info) : ""}});
    }
    json rows = json::array();
    for (const sweep_row& row : done.rows) rows.push_back(row_json(done, row));
    json document{{"qslice", version_text},
                  {"format", 1},
                  {"scenario", scenario_json(base)},
                  {"sweep",
                   {{"dimensions", std::move(dimensions)},
                    {"measures", std::move(measures)},
                    {"confidence", settings.plan.confidence},
                    {"precision", settings.plan.precision},
                    {"warm_up_removed", settings.remove_warm_up},
                    {"runs", done.runs},
                    {"options", options_of(settings)}}},
                  {"rows", std::move(rows)}};
    add_program_words(document);
    return document;
}

}  // namespace qslice::sim
