#include "sim/report/html.hpp"

#include "sim/record/site_words.hpp"
#include "sim/report/html_assets.hpp"
#include "sim/report/program_words.hpp"
#include "sim/report/scenario_facts.hpp"

#include <qslice/version.hpp>

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <span>
#include <tuple>
#include <utility>

namespace qslice::sim {

namespace {

using json = nlohmann::ordered_json;

/// A member that the page requires.
struct member {
    const char* pointer;
    json::value_t kind;
};

constexpr auto object = json::value_t::object;
constexpr auto array = json::value_t::array;
constexpr auto string = json::value_t::string;
constexpr auto boolean = json::value_t::boolean;

/// Members of both kinds.
constexpr member common_members[] = {
    {"/qslice", string},           {"/scenario", object},      {"/scenario/name", string},
    {"/scenario/summary", string}, {"/scenario/toml", string},
};

constexpr member run_members[] = {
    {"/run", object},
    {"/verdict", string},
    {"/fault", boolean},
    {"/remarks", array},
    {"/requirements_met", boolean},
    {"/requirements", array},
    {"/balance", array},
    {"/deliveries", object},
    {"/deliveries/machines", array},
    {"/fifo", array},
    {"/order", array},
    {"/conservation", object},
    {"/conservation/problems", array},
    {"/times", array},
    {"/backlogs", array},
    {"/processes", array},
    {"/guarantees", array},
    {"/faults", array},
    {"/measures", object},
};

constexpr member sweep_members[] = {
    {"/sweep", object},         {"/sweep/dimensions", array},
    {"/sweep/measures", array}, {"/sweep/options", array},
    {"/rows", array},
};

const char* kind_name(json::value_t kind) {
    switch (kind) {
        case object: return "an object";
        case array: return "an array";
        case string: return "a string";
        default: return "true or false";
    }
}

bool is_sweep(const json& report) { return report.contains("sweep"); }

/// The sweep's rows must match its dimensions and measures.
std::string wrong_in_rows(const json& report) {
    const auto named = [](const json& list, const char* key) {
        return std::all_of(list.begin(), list.end(), [&](const json& item) {
            return item.is_object() && item.contains(key) && item[key].is_string();
        });
    };
    const json& sweep = report["sweep"];
    if (!named(sweep["dimensions"], "key"))
        return "'/sweep/dimensions' has an element without 'key'";
    if (!named(sweep["measures"], "name")) return "'/sweep/measures' has an element without 'name'";
    if (!sweep.contains("confidence") || !sweep["confidence"].is_number()) {
        return "'/sweep/confidence' is not a number";
    }
    for (std::size_t i = 0; i < report["rows"].size(); ++i) {
        for (const auto& [kind, list, key] :
             {std::tuple("values", "dimensions", "key"), std::tuple("measures", "measures", "name"),
              std::tuple("differences", "measures", "name")}) {
            for (const json& item : sweep[list]) {
                const json::json_pointer pointer =
                    json::json_pointer("/rows") / i / kind / item[key].get<std::string>();
                if (!report.contains(pointer)) {
                    return fmt::format("'{}' is missing", pointer.to_string());
                }
            }
        }
    }
    return {};
}

result<void> check_members(const json& report, std::string_view where) {
    const auto wrong = [&](std::string what) {
        return failure(
            error_code::malformed, std::string(where),
            "expected the JSON of 'qslice-sim run --json' or 'qslice-sim sweep --json'; " +
                std::move(what));
    };
    if (!report.is_object()) return wrong("it is not an object");
    const auto format = report.find("format");
    if (format == report.end() || *format != 1) return wrong("its member 'format' is not 1");
    std::string problem;
    const auto check = [&](std::span<const member> members) {
        for (const member& m : members) {
            const json::json_pointer pointer(m.pointer);
            if (!problem.empty()) return;
            if (!report.contains(pointer)) {
                problem = fmt::format("'{}' is missing", m.pointer);
            } else if (report.at(pointer).type() != m.kind) {
                problem = fmt::format("'{}' is not {}", m.pointer, kind_name(m.kind));
            }
        }
    };
    check(common_members);
    check(is_sweep(report) ? std::span<const member>(sweep_members) : run_members);
    if (problem.empty() && is_sweep(report)) problem = wrong_in_rows(report);
    if (!problem.empty()) return wrong(problem);
    if (const auto seed = report["scenario"].find("seed");
        seed == report["scenario"].end() || !seed->is_number_integer()) {
        return wrong("'/scenario/seed' is not an integer");
    }
    return {};
}

std::string escaped(std::string_view text) {
    std::string safe;
    for (const char c : text) {
        switch (c) {
            case '&': safe += "&amp;"; break;
            case '<': safe += "&lt;"; break;
            case '>': safe += "&gt;"; break;
            case '"': safe += "&quot;"; break;
            default: safe += c;
        }
    }
    return safe;
}

/// A string of the JSON with invalid UTF-8 replaced, as in the embedded JSON.
std::string shown(const json& text) {
    const std::string quoted = text.dump(-1, ' ', false, json::error_handler_t::replace);
    return escaped(json::parse(quoted).get<std::string>());
}

/// JSON that cannot end the script element containing it.
std::string embedded(const json& report) {
    std::string safe;
    for (const char c : report.dump(-1, ' ', false, json::error_handler_t::replace)) {
        // In JSON these occur only in strings.
        switch (c) {
            case '<': safe += "\\u003c"; break;
            case '>': safe += "\\u003e"; break;
            case '&': safe += "\\u0026"; break;
            default: safe += c;
        }
    }
    return safe;
}

/// A source of the content security policy: the hash of a text.
std::string hash_source(std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
    std::array<unsigned char, EVP_MAX_MD_SIZE * 2> base64{};
    const int length = EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(size));
    return "'sha256-" + std::string(base64.begin(), base64.begin() + length) + "'";
}

/// Replaces each name in double braces by its value. Inserted text is not examined again.
std::string filled(std::string_view form, const std::map<std::string, std::string>& values) {
    std::string page;
    for (std::size_t at = 0; at < form.size();) {
        const std::size_t open = form.find("{{", at);
        const std::size_t close = open == form.npos ? form.npos : form.find("}}", open);
        if (close == form.npos) {
            page += form.substr(at);
            break;
        }
        page += form.substr(at, open - at);
        page += values.at(std::string(form.substr(open + 2, close - open - 2)));
        at = close + 2;
    }
    return page;
}

/// What differs between kinds of pages.
struct page_parts {
    std::string script;
    std::string kicker;
    std::string title;
    std::string summary;
    std::string seed;
    std::string facts;
    std::string verdict;
    std::string data;
};

std::string made_page(page_parts parts) {
    std::string style = html_assets::style();
    std::string charts = html_assets::charts();
    // A separate scope keeps its names apart from Chart.js's and the browser's.
    std::string script = "(() => {\n'use strict';\n" + parts.script + "})();\n";
    const std::string policy = fmt::format(
        "default-src 'none'; base-uri 'none'; form-action 'none'; style-src {}; script-src {} {}",
        hash_source(style), hash_source(charts), hash_source(script));
    return filled(html_assets::page(), {
                                           {"policy", policy},
                                           {"version", std::string(version_text)},
                                           {"kicker", std::move(parts.kicker)},
                                           {"title", std::move(parts.title)},
                                           {"summary", std::move(parts.summary)},
                                           {"seed", std::move(parts.seed)},
                                           {"facts", std::move(parts.facts)},
                                           {"verdict", std::move(parts.verdict)},
                                           {"style", std::move(style)},
                                           {"charts", std::move(charts)},
                                           {"script", std::move(script)},
                                           {"data", std::move(parts.data)},
                                       });
}

}  // namespace

result<std::string> report_page(const json& report, std::string_view where) {
    if (const auto checked = check_members(report, where); !checked) {
        return failure(checked.error());
    }
    const bool sweep = is_sweep(report);
    const json& scenario = report["scenario"];
    return made_page({sweep ? html_assets::sweep_script() : html_assets::run_script(),
                      sweep ? "a sweep over the scenario" : "a run of the scenario",
                      shown(scenario["name"]), shown(scenario["summary"]), scenario["seed"].dump(),
                      shown(facts_text(scenario)), sweep ? "" : shown(report["verdict"]),
                      embedded(report)});
}

result<std::string> comparison_page(const named_report& first, const named_report& second) {
    json data;
    for (const named_report* one : {&first, &second}) {
        if (const auto checked = check_members(one->report, one->name); !checked) {
            return failure(checked.error());
        }
        if (is_sweep(one->report)) {
            return failure(error_code::malformed, one->name,
                           "expected the JSON of 'qslice-sim run --json'; it is a sweep's");
        }
        data["names"].push_back(one->name);
        json& shown_of_run = data["runs"].emplace_back();
        for (const char* member :
             {"scenario", "run", "verdict", "fault", "requirements_met", "requirements", "balance",
              "deliveries", "backlogs", "measures"}) {
            shown_of_run[member] = one->report[member];
        }
        for (const char* member : {"program", "words"}) {
            if (one->report.contains(member)) shown_of_run[member] = one->report[member];
        }
    }
    const json& a = first.report["scenario"];
    const json& b = second.report["scenario"];
    data["qslice"] = first.report["qslice"];
    data["scenario"]["name"] =
        a["name"] == b["name"]
            ? a["name"]
            : json(a["name"].get<std::string>() + " and " + b["name"].get<std::string>());
    const auto of_both = [](const std::string& x, const std::string& y, const char* between) {
        return x == y ? x : x + between + y;
    };
    return made_page(
        {html_assets::compare_script(), "two runs side by side", shown(data["scenario"]["name"]),
         of_both(shown(a["summary"]), shown(b["summary"]), " | "),
         of_both(a["seed"].dump(), b["seed"].dump(), " and "),
         of_both(shown(facts_text(a)), shown(facts_text(b)), " | "),
         shown(first.report["verdict"]) + " | " + shown(second.report["verdict"]), embedded(data)});
}

std::string lab_page(const json& report) {
    json data = report;
    data["qslice"] = version_text;
    data["scenario"]["name"] = report["source"];
    add_program_words(data);
    return made_page(
        {html_assets::lab_script(), "policies side by side", shown(report["source"]),
         fmt::format("balance, movement and order of each policy on the same {}", words().items),
         report["seed"].dump(), "", "", embedded(data)});
}

}  // namespace qslice::sim
