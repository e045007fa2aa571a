#include "sim/study/alternatives.hpp"

#include "sim/scenario/scenario_file.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <sstream>
#include <utility>

namespace qslice::sim {

namespace {

std::optional<std::uint64_t> whole(const std::string& text) {
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, problem] = std::from_chars(text.data(), end, number);
    if (problem != std::errc{} || stop != end || number == 0) return std::nullopt;
    return number;
}

failure expected(std::string_view key, std::string_view what, const std::string& found) {
    return failure(error_code::malformed, std::string(key),
                   fmt::format("expected {}, found '{}'", what, found));
}

/// The runner classes of a site, in order of first appearance.
std::vector<std::string> runner_classes(const scenario& s) {
    std::vector<std::string> names;
    std::set<std::string> known;
    for (const machine_choice& m : s.machines) {
        for (const runner_choice& r : m.runners) {
            if (known.insert(r.runner).second) names.push_back(r.runner);
        }
    }
    return names;
}

void divide(scenario& s, std::uint64_t slices) {
    const auto names = runner_classes(s);
    for (machine_choice& m : s.machines) m.runners.clear();
    for (std::uint64_t k = 0; k < slices; ++k) {
        auto& runners = s.machines[k % s.machines.size()].runners;
        for (const std::string& name : names) runners.push_back({name, k, slices});
    }
}

/// The text as a TOML value: a number or boolean if it parses as one, otherwise a string.
void insert_value(toml::table& table, std::string_view key, const std::string& value) {
    const std::string document = fmt::format("v = {}", value);
    try {
        auto parsed = toml::parse(document);
        if (auto* v = parsed.get("v"); v != nullptr && parsed.size() == 1) {
            v->visit([&](auto& node) { table.insert_or_assign(key, node); });
            return;
        }
    } catch (const toml::parse_error&) {
        // Then it is a string without quotes, as usual on a command line.
    }
    table.insert_or_assign(key, value);
}

result<scenario> with_key(const scenario& base, std::string_view key, const std::string& value) {
    const std::string place = fmt::format("{} = {}", key, value);
    toml::table document = toml::parse(write_scenario(base));
    toml::table* at = &document;
    std::string_view rest = key;
    for (std::size_t dot; (dot = rest.find('.')) != std::string_view::npos;) {
        const std::string_view name = rest.substr(0, dot);
        if (at->get(name) == nullptr) at->insert(name, toml::table{});
        at = at->get(name)->as_table();
        if (at == nullptr) {
            return failure(error_code::malformed, std::string(key),
                           fmt::format("'{}' is not a table of the scenario", name));
        }
        rest = rest.substr(dot + 1);
    }
    insert_value(*at, rest, value);
    std::ostringstream text;
    text << document;
    auto changed = parse_scenario(text.str(), base.name);
    if (!changed) {
        return failure(error_code::malformed, place, changed.error().what);
    }
    return changed;
}

}  // namespace

result<dimension> parse_dimension(std::string_view text) {
    const auto wrong = [&] { return expected("--vary", "KEY=VALUE,VALUE,...", std::string(text)); };
    const std::size_t equals = text.find('=');
    if (equals == 0 || equals == std::string_view::npos) return wrong();
    dimension d{std::string(text.substr(0, equals)), {}};
    std::string value;
    int depth = 0;  // bracket depth; inside brackets commas belong to the value
    for (const char c : text.substr(equals + 1)) {
        if (c == '[' || c == '{') ++depth;
        if (c == ']' || c == '}') --depth;
        if (c == ',' && depth == 0) {
            if (value.empty()) return wrong();
            d.values.push_back(std::exchange(value, {}));
        } else {
            value += c;
        }
    }
    if (value.empty()) return wrong();
    d.values.push_back(std::move(value));
    return d;
}

result<scenario> with_value(const scenario& base, std::string_view key, const std::string& value) {
    scenario s = base;
    if (key == "slices" || key == "machines") {
        const auto n = whole(value);
        if (!n || *n > 65'536) return expected(key, "a number from 1 to 65536", value);
        if (s.machines.empty()) return expected(key, "a scenario with at least one machine", value);
        if (key == "machines") {
            const machine_choice first = s.machines.front();
            const auto names = runner_classes(s);
            s.machines.clear();
            for (std::uint64_t k = 0; k < *n; ++k) {
                machine_choice m = first;
                m.name = fmt::format("machine{}", k + 1);
                m.runners.clear();
                for (const std::string& name : names) m.runners.push_back({name, k, *n});
                s.machines.push_back(std::move(m));
            }
        } else {
            divide(s, *n);
        }
    } else if (key == "load") {
        double factor = 0;
        const char* const end = value.data() + value.size();
        const auto [stop, problem] = std::from_chars(value.data(), end, factor);
        if (problem != std::errc{} || stop != end || !(factor > 0)) {
            return expected(key, "a number above 0", value);
        }
        s.stream.speedup *= factor;
    } else {
        return with_key(base, key, value);
    }
    if (auto wrong = check_scenario(s); !wrong) {
        return failure(error_code::malformed, fmt::format("{} = {}", key, value),
                       wrong.error().what);
    }
    return s;
}

result<std::vector<alternative>> all_alternatives(const scenario& base,
                                                  const std::vector<dimension>& dimensions) {
    std::vector<alternative> all{{{}, base}};
    for (const dimension& d : dimensions) {
        std::vector<alternative> next;
        for (const alternative& a : all) {
            for (const std::string& value : d.values) {
                auto changed = with_value(a.setting, d.key, value);
                if (!changed) return failure(changed.error());
                next.push_back({a.values, *std::move(changed)});
                next.back().values.push_back(value);
            }
        }
        all = std::move(next);
    }
    return all;
}

}  // namespace qslice::sim
