#include "sim/report/junit.hpp"

#include "sim/check/guarantees.hpp"
#include "sim/text/plain_words.hpp"

#include <qslice/version.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace qslice::sim {

namespace {

/// The length of the UTF-8 sequence at the beginning of a text, of a character that XML 1.0 allows;
/// 0: there is none.
std::size_t xml_character(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    if (first < 0x80) {
        return first >= 0x20 || first == '\t' || first == '\n' || first == '\r' ? 1 : 0;
    }
    const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0;
    if (length == 0 || first > 0xF4 || text.size() < length) return 0;
    std::uint32_t code = first & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0U) != 0x80U) return 0;
        code = code << 6U | (byte(i) & 0x3FU);
    }
    const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
    const bool excluded = (code >= 0xD800 && code < 0xE000) || code == 0xFFFE || code == 0xFFFF;
    return overlong || excluded || code > 0x10FFFF ? 0 : length;
}

/// Text for an element or a quoted attribute.
std::string xml_text(std::string_view text, bool attribute) {
    std::string out;
    while (!text.empty()) {
        const std::size_t length = xml_character(text);
        const char c = text.front();
        if (length == 0) {
            out += '?';
        } else if (c == '&') {
            out += "&amp;";
        } else if (c == '<') {
            out += "&lt;";
        } else if (c == '>') {
            out += "&gt;";
        } else if (c == '"' && attribute) {
            out += "&quot;";
        } else if (c == '\r' || (attribute && (c == '\n' || c == '\t'))) {
            out += fmt::format("&#{};", static_cast<int>(c));
        } else {
            out += text.substr(0, length);
        }
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return out;
}

std::string attribute(std::string_view name, std::string_view value) {
    return fmt::format(" {}=\"{}\"", name, xml_text(value, true));
}

std::string case_text(const junit_suite& suite, const junit_case& c) {
    std::string out = fmt::format("    <testcase{}{}", attribute("name", c.name),
                                  attribute("classname", suite.name + "." + c.group));
    using outcome = junit_case::outcome;
    if (c.result == outcome::passed) return out + "/>\n";
    out += ">\n      ";
    if (c.result == outcome::skipped) {
        out += fmt::format("<skipped{}/>", attribute("message", c.message));
    } else {
        const char* const tag = c.result == outcome::failed ? "failure" : "error";
        out += fmt::format("<{0}{1}{2}>{3}</{0}>", tag, attribute("message", c.message),
                           attribute("type", c.group), xml_text(c.text, false));
    }
    return out + "\n    </testcase>\n";
}

std::string story_of(const requirement_result& r, const run_results& results) {
    for (const guarantee_result& g : results.guarantees) {
        if (r.wanted.measure == "guarantee." + g.name) return story_of(g);
    }
    std::string story = results.verdict;
    for (const std::string& remark : results.remarks) story += "\n" + remark;
    return story;
}

junit_case case_of(const guarantee_result& g) {
    using outcome = junit_case::outcome;
    if (g.verdict == guarantee_verdict::not_applicable) {
        return {"guarantees", g.name, outcome::skipped, "does not apply: " + g.because, {}};
    }
    if (g.verdict == guarantee_verdict::holds) return {"guarantees", g.name, {}, {}, {}};
    if (!g.promised) {
        return {"guarantees", g.name, outcome::skipped, "not promised: " + g.because, {}};
    }
    return {"guarantees", g.name, outcome::failed, g.because, story_of(g)};
}

/// "policy.hash=mailman21, slices=2"; empty: the scenario itself.
std::string alternative_name(const sweep_result& done, const sweep_row& row) {
    std::vector<std::string> parts;
    for (std::size_t d = 0; d < done.dimensions.size(); ++d) {
        parts.push_back(done.dimensions[d].key + "=" + row.values[d]);
    }
    return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace

std::string to_junit(const junit_suite& suite) {
    const auto count = [&](junit_case::outcome result) {
        return std::count_if(suite.cases.begin(), suite.cases.end(),
                             [&](const junit_case& c) { return c.result == result; });
    };
    using outcome = junit_case::outcome;
    std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
    out +=
        fmt::format("  <testsuite{} tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">\n",
                    attribute("name", suite.name), suite.cases.size(), count(outcome::failed),
                    count(outcome::error), count(outcome::skipped));
    out += "    <properties>\n";
    for (const auto& [name, value] : suite.properties) {
        out += fmt::format("      <property{}{}/>\n", attribute("name", name),
                           attribute("value", value));
    }
    out += "    </properties>\n";
    for (const junit_case& c : suite.cases) out += case_text(suite, c);
    if (!suite.output.empty()) {
        out += fmt::format("    <system-out>{}</system-out>\n", xml_text(suite.output, false));
    }
    return out + "  </testsuite>\n</testsuites>\n";
}

junit_suite run_junit(const run_record& run, const run_results& results,
                      const std::string& replay) {
    junit_suite suite{run.setting.name,
                      {{"qslice", std::string(version_text)},
                       {"seed", std::to_string(run.setting.seed)},
                       {"replay", replay}},
                      {},
                      results.verdict};
    for (const requirement_result& r : results.requirements) {
        junit_case c{"requirements", r.wanted.text, {}, {}, {}};
        if (!r.met) {
            c.result = junit_case::outcome::failed;
            c.message = r.because;
            c.text = story_of(r, results);
        }
        suite.cases.push_back(std::move(c));
    }
    for (const guarantee_result& g : results.guarantees) suite.cases.push_back(case_of(g));
    return suite;
}

junit_suite sweep_junit(const scenario& base, const sweep_settings& settings,
                        const sweep_result& done, const std::string& replay) {
    junit_suite suite{base.name,
                      {{"qslice", std::string(version_text)},
                       {"seed", std::to_string(base.seed)},
                       {"replay", replay}},
                      {},
                      {}};
    for (const sweep_row& row : done.rows) {
        const std::string name = alternative_name(done, row);
        const std::string suffix = name.empty() ? "" : " [" + name + "]";
        for (const sweep_judgement& j : row.judgements) {
            junit_case c{
                j.is_guarantee ? "guarantees" : "requirements", j.name + suffix, {}, {}, {}};
            if (j.failed > 0) {
                c.result = junit_case::outcome::failed;
                c.message = fmt::format(
                    "not met in {} of {}, first with seed {}", grouped(j.failed),
                    counted(row.replications, "replication", "replications"), j.first_seed);
                c.text = fmt::format("{}\nseed: {}\n", j.story, j.first_seed);
            } else if (j.decided == 0) {
                c.result = junit_case::outcome::skipped;
                c.message = "does not apply, or is not promised, in any replication";
            }
            suite.cases.push_back(std::move(c));
        }
        if (settings.plan.precision > 0) {
            junit_case c{"precision",
                         fmt::format("within {:g}", settings.plan.precision) + suffix,
                         {},
                         {},
                         {}};
            if (!row.precise) {
                c.result = junit_case::outcome::error;
                c.message = fmt::format("not as precise after {}",
                                        counted(row.replications, "replication", "replications"));
            }
            suite.cases.push_back(std::move(c));
        }
    }
    return suite;
}

}  // namespace qslice::sim
