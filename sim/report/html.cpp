#include "sim/report/html.hpp"

#include "sim/report/html_assets.hpp"

#include <qslice/version.hpp>

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <cstddef>
#include <map>
#include <utility>

namespace qslice::sim {

namespace {

using json = nlohmann::ordered_json;

/// A member that the page cannot do without.
struct member {
    const char* pointer;
    json::value_t kind;
};

constexpr auto object = json::value_t::object;
constexpr auto array = json::value_t::array;
constexpr auto string = json::value_t::string;
constexpr auto boolean = json::value_t::boolean;

constexpr member members[] = {
    {"/qslice", string},        {"/scenario", object},
    {"/scenario/name", string}, {"/scenario/summary", string},
    {"/scenario/toml", string}, {"/run", object},
    {"/verdict", string},       {"/fault", boolean},
    {"/remarks", array},        {"/requirements_met", boolean},
    {"/requirements", array},   {"/balance", array},
    {"/deliveries", object},    {"/deliveries/machines", array},
    {"/fifo", array},           {"/order", array},
    {"/conservation", object},  {"/conservation/problems", array},
    {"/times", array},          {"/backlogs", array},
    {"/processes", array},      {"/guarantees", array},
    {"/faults", array},         {"/measures", object},
};

const char* kind_name(json::value_t kind) {
    switch (kind) {
        case object: return "an object";
        case array: return "an array";
        case string: return "a string";
        default: return "true or false";
    }
}

result<void> check_members(const json& run, std::string_view where) {
    const auto wrong = [&](std::string what) {
        return failure(error_code::malformed, std::string(where),
                       "expected the JSON of 'qslice-sim run --json'; " + std::move(what));
    };
    if (!run.is_object()) return wrong("it is not an object");
    const auto format = run.find("format");
    if (format == run.end() || *format != 1) return wrong("its member 'format' is not 1");
    for (const member& m : members) {
        const json::json_pointer pointer(m.pointer);
        if (!run.contains(pointer)) return wrong(fmt::format("'{}' is missing", m.pointer));
        if (run.at(pointer).type() != m.kind) {
            return wrong(fmt::format("'{}' is not {}", m.pointer, kind_name(m.kind)));
        }
    }
    if (const auto seed = run["scenario"].find("seed");
        seed == run["scenario"].end() || !seed->is_number_integer()) {
        return wrong("'/scenario/seed' is not a whole number");
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

/// A string of the JSON with what is not UTF-8 replaced, as in the embedded JSON.
std::string shown(const json& text) {
    const std::string quoted = text.dump(-1, ' ', false, json::error_handler_t::replace);
    return escaped(json::parse(quoted).get<std::string>());
}

/// JSON that cannot end the script element that it stands in.
std::string embedded(const json& run) {
    std::string safe;
    for (const char c : run.dump(-1, ' ', false, json::error_handler_t::replace)) {
        // In JSON these stand in strings alone.
        switch (c) {
            case '<': safe += "\\u003c"; break;
            case '>': safe += "\\u003e"; break;
            case '&': safe += "\\u0026"; break;
            default: safe += c;
        }
    }
    return safe;
}

/// A source of the content security policy: text with this hash.
std::string hash_source(std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
    std::array<unsigned char, EVP_MAX_MD_SIZE * 2> base64{};
    const int length = EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(size));
    return "'sha256-" + std::string(base64.begin(), base64.begin() + length) + "'";
}

/// Puts each value where its name stands in double braces. What has been put in is not looked at
/// again.
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

}  // namespace

result<std::string> run_page(const json& run, std::string_view where) {
    if (const auto checked = check_members(run, where); !checked) return failure(checked.error());
    const json& scenario = run["scenario"];
    std::string style = html_assets::style();
    std::string charts = html_assets::charts();
    // A scope of its own keeps its names apart from Chart.js's and the browser's.
    std::string script = "(() => {\n'use strict';\n" + html_assets::script() + "})();\n";
    const std::string policy = fmt::format(
        "default-src 'none'; base-uri 'none'; form-action 'none'; style-src {}; script-src {} {}",
        hash_source(style), hash_source(charts), hash_source(script));
    return filled(html_assets::page(), {
                                           {"policy", policy},
                                           {"version", std::string(version_text)},
                                           {"title", shown(scenario["name"])},
                                           {"summary", shown(scenario["summary"])},
                                           {"seed", scenario["seed"].dump()},
                                           {"verdict", shown(run["verdict"])},
                                           {"style", std::move(style)},
                                           {"charts", std::move(charts)},
                                           {"script", std::move(script)},
                                           {"data", embedded(run)},
                                       });
}

}  // namespace qslice::sim
