#include "sim/scenario/requirement_text.hpp"
#include "sim/scenario/scenario_file.hpp"
#include "sim/scenario/scenario_keys.hpp"
#include "sim/scenario/standard_runner_names.hpp"
#include "sim/scenario/time_text.hpp"
#include "sim/text/nearest_name.hpp"

#include <qslice/topology/process.hpp>

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

namespace qslice::sim {

namespace {

/// The findings in one document: locations of values, and errors.
class document_notes {
public:
    /// @param policy  of the scenario that is being read; its table comes before those of machines
    document_notes(std::string name, const policy_choice& policy)
        : name_(std::move(name)), policy_(policy) {}

    /// The names that a runner can have.
    [[nodiscard]] std::vector<std::string> runner_names() const {
        return runner_names_for(policy_.format);
    }

    [[nodiscard]] std::string unknown_runner(std::string_view name) const {
        const auto names = runner_names();
        std::string hint = did_you_mean(name, names);
        if (hint.empty()) {
            hint =
                fmt::format("; those of format {} are {}", policy_.format, fmt::join(names, ", "));
        }
        return fmt::format("unknown runner '{}'{}", name, hint);
    }

    void place(const std::string& path, toml::source_position at) { places_[path] = at; }

    void problem(toml::source_position at, std::string what) {
        problems_.push_back({at, std::move(what)});
    }

    /// An error about the value at a path, or about the innermost existing table around it.
    void problem(std::string path, std::string what) {
        while (!places_.contains(path) && !path.empty()) {
            const std::size_t end = path.find_last_of(".[");
            path.resize(end == std::string::npos ? 0 : end);
        }
        const auto at = places_.find(path);
        problem(at == places_.end() ? toml::source_position{1, 1} : at->second, std::move(what));
    }

    [[nodiscard]] bool clean() const { return problems_.empty(); }

    /// The first error in the file.
    [[nodiscard]] failure first() const {
        const auto least = std::min_element(
            problems_.begin(), problems_.end(), [](const noted& a, const noted& b) {
                return std::pair(a.at.line, a.at.column) < std::pair(b.at.line, b.at.column);
            });
        return located(least->at, least->what);
    }

    [[nodiscard]] failure located(toml::source_position at, const std::string& what) const {
        return {error_code::malformed, fmt::format("{}:{}:{}", name_, at.line, at.column), what};
    }

private:
    struct noted {
        toml::source_position at;
        std::string what;
    };

    std::string name_;
    const policy_choice& policy_;
    std::map<std::string, toml::source_position, std::less<>> places_;
    std::vector<noted> problems_;
};

/// A value as errors name it: "the string 'abc'", "the number 3".
std::string describe(const toml::node& node) {
    switch (node.type()) {
        case toml::node_type::table: return "a table";
        case toml::node_type::array: return "an array";
        case toml::node_type::string: return "the string '" + **node.as_string() + "'";
        case toml::node_type::integer: return fmt::format("the number {}", **node.as_integer());
        case toml::node_type::floating_point:
            return fmt::format("the number {}", **node.as_floating_point());
        case toml::node_type::boolean: return **node.as_boolean() ? "true" : "false";
        default: return "a date or time";
    }
}

/// The value of a numeric node.
double number_of(const toml::node& node) {
    const auto* whole = node.as_integer();
    return whole != nullptr ? static_cast<double>(**whole) : **node.as_floating_point();
}

std::string quoted_list(const std::vector<std::string_view>& names) {
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i) {
        text += fmt::format("{}'{}'",
                            i == 0                  ? ""
                            : i + 1 == names.size() ? " or "
                                                    : ", ",
                            names[i]);
    }
    return text;
}

/// Reads a table into a struct, using the struct's keys.
template <class S>
class table_reader {
public:
    /// @param path   path of the table: "machine[1]"; empty for the document
    /// @param title  the table in errors: "[[machine]]"
    table_reader(document_notes& notes, const toml::table& table, S& object, std::string path,
                 std::string title)
        : notes_(notes),
          table_(table),
          object_(object),
          path_(std::move(path)),
          title_(std::move(title)) {}

    /// Reads the keys and reports unknown ones.
    template <class Description>
    void read(Description) {
        Description::walk(*this);
        for (const auto& [key, node] : table_) {
            const std::string_view name = key.str();
            if (std::find(known_.begin(), known_.end(), name) != known_.end()) continue;
            std::string hint = did_you_mean(name, known_);
            if (hint.empty()) hint = "; expected " + quoted_list(known_);
            notes_.problem(key.source().begin,
                           fmt::format("unknown key '{}' in {}{}", name, title_, hint));
        }
    }

    [[nodiscard]] const S& object() const { return object_; }

    void unused(std::string_view key, bool is_unused, std::string_view why) {
        const toml::node* const node = is_unused ? table_.get(key) : nullptr;
        if (node == nullptr) return;
        notes_.problem(node->source().begin, fmt::format("{}: has no effect here: {}", key, why));
    }

    void text(std::string_view key, std::string S::*at, const text_check& check) {
        const toml::node* node = find(key);
        if (node == nullptr) return;
        const auto* text = node->as_string();
        if (text == nullptr) return mismatch(key, *node, "a string");
        if (const std::string wrong = check.wrong(**text); !wrong.empty()) {
            return wrong_value(key, *node, wrong);
        }
        object_.*at = **text;
    }

    void path(std::string_view key, std::string S::*at) { text(key, at, some_text); }

    template <std::size_t N>
    void choice(std::string_view key, std::string S::*at, const std::array<const char*, N>& names) {
        named_values<std::string_view, N> rows;
        for (std::size_t i = 0; i < N; ++i) rows[i] = {names[i], names[i]};
        choice(key, at, rows);
    }

    template <class Member, class Row, std::size_t N>
    void choice(std::string_view key, Member S::*at, const std::array<Row, N>& table) {
        const toml::node* node = find(key);
        if (node == nullptr) return;
        const auto valid = names_in(table);
        const auto* text = node->as_string();
        if (text == nullptr) return mismatch(key, *node, quoted_list(valid));
        if (const Row* row = find_row(table, **text)) {
            object_.*at = Member(row->value);
            return;
        }
        wrong_value(key, *node,
                    fmt::format("expected {}, found '{}'{}", quoted_list(valid), **text,
                                did_you_mean(**text, valid)));
    }

    template <class Member, class Table>
    void kind(std::string_view key, Member S::*at, const Table& table) {
        choice(key, at, table);
        if (table_.contains(key)) return;
        notes_.problem(path_, fmt::format("missing '{1}' in {0}; expected {2}", title_, key,
                                          quoted_list(names_in(table))));
    }

    template <std::integral Whole>
    void whole(std::string_view key, Whole S::*at, std::uint64_t least = 0,
               std::uint64_t most = most_whole) {
        const toml::node* node = find(key);
        if (node == nullptr) return;
        const std::string expected = "a whole number" + range_in_words(least, most);
        const auto* number = node->as_integer();
        if (number == nullptr) return mismatch(key, *node, expected);
        if (**number < 0 || static_cast<std::uint64_t>(**number) < least ||
            static_cast<std::uint64_t>(**number) > most) {
            return mismatch(key, *node, expected);
        }
        object_.*at = static_cast<Whole>(**number);
    }

    void number(std::string_view key, double S::*at, const number_range& range) {
        const toml::node* node = find(key);
        if (node == nullptr) return;
        const std::string expected = "a number" + range_in_words(range);
        if (!node->is_number()) return mismatch(key, *node, expected);
        const double value = number_of(*node);
        if (!std::isfinite(value) || !range.contains(value)) {
            return mismatch(key, *node, expected);
        }
        object_.*at = value;
    }

    void flag(std::string_view key, bool S::*at) {
        const toml::node* node = find(key);
        if (node == nullptr) return;
        if (!node->is_boolean()) return mismatch(key, *node, "true or false");
        object_.*at = **node->as_boolean();
    }

    template <class Time>
    void time(std::string_view key, Time S::*at, const number_range& range) {
        const toml::node* node = find(key);
        if (node == nullptr) return;
        const auto seconds = read_time(key, *node, range);
        if (!seconds) return;
        if constexpr (std::is_same_v<Time, double>) {
            object_.*at = *seconds;
        } else {
            object_.*at = to_duration(*seconds);
        }
    }

    void texts(std::string_view key, std::vector<std::string> S::*at) {
        const toml::node* node = find(key);
        if (node == nullptr) return;
        const auto* array = node->as_array();
        if (array == nullptr) return mismatch(key, *node, "an array of strings");
        (object_.*at).clear();
        for (const toml::node& element : *array) {
            const auto* text = element.as_string();
            if (text == nullptr) return mismatch(key, element, "a string in this array");
            (object_.*at).push_back(**text);
        }
    }

    void times(std::string_view key, std::vector<double> S::*at) {
        const toml::node* node = find(key);
        if (node == nullptr) return;
        const auto* array = node->as_array();
        if (array == nullptr) return mismatch(key, *node, "an array of times");
        (object_.*at).clear();
        for (const toml::node& element : *array) {
            const auto seconds = read_time(key, element, not_negative);
            if (!seconds) return;
            if (!(object_.*at).empty() && *seconds < (object_.*at).back()) {
                return wrong_value(key, element,
                                   "expected ascending times, but the previous one is later");
            }
            (object_.*at).push_back(*seconds);
        }
    }

    /// ["IncomingRunner:0:3", "*:1:3"]; the star means every runner of the format's Mailman.
    void runners(std::string_view key, std::vector<runner_choice> S::*at) {
        const toml::node* node = find(key);
        if (node == nullptr) return;
        const auto* array = node->as_array();
        if (array == nullptr) return mismatch(key, *node, "an array such as [\"*:0:3\"]");
        (object_.*at).clear();
        for (const toml::node& element : *array) {
            const auto* text = element.as_string();
            if (text == nullptr) {
                return mismatch(key, element, "a runner, such as \"IncomingRunner:0:3\"");
            }
            const auto wrong = [&](const std::string& what) { wrong_value(key, element, what); };
            const auto found = parse_runner_slice(**text);
            if (!found) return wrong(found.error().what);
            const auto names = notes_.runner_names();
            if (found->class_name != "*" &&
                std::find(names.begin(), names.end(), found->class_name) == names.end()) {
                return wrong(notes_.unknown_runner(found->class_name));
            }
            for (const std::string& name : names) {
                if (found->class_name != "*" && found->class_name != name) continue;
                notes_.place(fmt::format("{}[{}]", below(key), (object_.*at).size()),
                             element.source().begin);
                (object_.*at).push_back({name, found->slice, found->slice_count});
            }
        }
    }

    /// "100ms" or { mean = "100ms", shape = "lognormal", sigma = 1.5 }.
    void service(std::string_view key, service_time S::*at) {
        const toml::node* node = find(key);
        if (node == nullptr) return;
        if (const auto* inner = node->as_table()) {
            return read_table(*inner, object_.*at, below(key), std::string(key),
                              service_time_keys{});
        }
        if (const auto seconds = read_time(key, *node, not_negative)) {
            (object_.*at).mean_s = *seconds;
        }
    }

    /// Seconds since the epoch, or a date with time and offset.
    void moment(std::string_view key, double S::*at) {
        const toml::node* node = find(key);
        if (node == nullptr) return;
        if (const auto* date = node->as_date_time()) {
            if (!date->get().offset) {
                return mismatch(key, *node, "a date with an offset, such as 2014-05-25T00:00:00Z");
            }
            object_.*at = seconds_since_epoch(date->get());
            return;
        }
        constexpr number_range until_2255{0, 9e9};  // the range of virtual time
        if (!node->is_number() || !until_2255.contains(number_of(*node))) {
            return mismatch(key, *node,
                            "seconds since the epoch, or a date such as 2014-05-25T00:00:00Z");
        }
        object_.*at = number_of(*node);
    }

    /// An array of strings "MEASURE RELATION VALUE" and of tables with MEASURE = VALUE, where a
    /// string value begins with a relation: "< 30s".
    void requirements(std::string_view key, std::vector<requirement> S::*at) {
        const toml::node* node = find(key);
        if (node == nullptr) return;
        const auto* array = node->as_array();
        if (array == nullptr) {
            return mismatch(key, *node,
                            "[[require]] tables, or an array such as [\"latency.p99 < 30s\"]");
        }
        (object_.*at).clear();
        for (const toml::node& element : *array) {
            if (const auto* inner = element.as_table()) {
                read_requirements(*inner, "", object_.*at);
            } else if (const auto* text = element.as_string()) {
                add_requirement(**text, element, object_.*at);
            } else {
                mismatch(key, element, "a requirement such as \"latency.p99 < 30s\"");
            }
        }
    }

    template <class T, class Description>
    void table(std::string_view key, T S::*at, Description keys) {
        const toml::node* node = find(key);
        if (node == nullptr) return;
        const auto* inner = node->as_table();
        const std::string title = "[" + std::string(key) + "]";
        if (inner == nullptr) return mismatch(key, *node, "a table, " + title);
        read_table(*inner, object_.*at, below(key), title, keys);
    }

    template <class T, class Description>
    void tables(std::string_view key, std::vector<T> S::*at, Description keys, const T& defaults) {
        const toml::node* node = find(key);
        if (node == nullptr) return;
        const auto* array = node->as_array();
        const std::string title = "[[" + std::string(key) + "]]";
        if (array == nullptr) return mismatch(key, *node, "tables, " + title);
        for (const toml::node& element : *array) {
            const auto* inner = element.as_table();
            if (inner == nullptr) return mismatch(key, element, "a table, " + title);
            const std::string path = fmt::format("{}[{}]", below(key), (object_.*at).size());
            T one = defaults;
            notes_.place(path, element.source().begin);
            read_table(*inner, one, path, title, keys);
            (object_.*at).push_back(std::move(one));
        }
    }

private:
    /// The value of a key allowed here.
    const toml::node* find(std::string_view key) {
        known_.push_back(key);
        const toml::node* node = table_.get(key);
        if (node != nullptr) notes_.place(below(key), node->source().begin);
        return node;
    }

    [[nodiscard]] std::string below(std::string_view key) const {
        return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
    }

    void mismatch(std::string_view key, const toml::node& node, const std::string& expected) {
        wrong_value(key, node, "expected " + expected + ", found " + describe(node));
    }

    void wrong_value(std::string_view key, const toml::node& node, const std::string& what) {
        notes_.problem(node.source().begin, fmt::format("{}: {}", key, what));
    }

    template <class T, class Description>
    void read_table(const toml::table& inner, T& object, std::string path, std::string title,
                    Description keys) {
        table_reader<T>(notes_, inner, object, std::move(path), std::move(title)).read(keys);
    }

    std::optional<double> read_time(std::string_view key, const toml::node& node,
                                    const number_range& range) {
        std::optional<double> seconds;
        if (node.is_number()) {
            seconds = number_of(node);
        } else if (const auto* text = node.as_string()) {
            const auto parsed = parse_time(**text);
            if (!parsed) {
                wrong_value(key, node, parsed.error().what);
                return std::nullopt;
            }
            seconds = *parsed;
        } else {
            mismatch(key, node, std::string(time_forms));
            return std::nullopt;
        }
        if (!std::isfinite(*seconds) || !range.contains(*seconds)) {
            mismatch(key, node, "a time" + range_in_words(range) + " seconds");
            return std::nullopt;
        }
        return seconds;
    }

    static double seconds_since_epoch(const toml::date_time& d) {
        using namespace std::chrono;
        const sys_days day = year(d.date.year) / month(d.date.month) / d.date.day;
        const auto whole = day.time_since_epoch() + hours(d.time.hour) + minutes(d.time.minute) +
                           seconds(d.time.second) - minutes(d.offset->minutes);
        return static_cast<double>(duration_cast<seconds>(whole).count()) +
               d.time.nanosecond * 1e-9;
    }

    /// Descends into "fifo.list.inversions = 0", which TOML reads as nested tables.
    void read_requirements(const toml::table& inner, const std::string& above,
                           std::vector<requirement>& to) {
        for (const auto& [key, node] : inner) {
            const std::string measure =
                above.empty() ? std::string(key.str()) : above + "." + std::string(key.str());
            if (const auto* deeper = node.as_table()) {
                read_requirements(*deeper, measure, to);
            } else if (node.is_number()) {
                add_requirement(fmt::format("{} = {}", measure, number_of(node)), node, to);
            } else if (const auto* text = node.as_string()) {
                const bool related = (**text).find_first_of("=!<>") == 0;
                add_requirement(measure + (related ? " " : " = ") + **text, node, to);
            } else {
                wrong_value(measure, node,
                            "expected a number, or a relation with a value such as \"< 30s\", "
                            "found " +
                                describe(node));
            }
        }
    }

    void add_requirement(std::string_view text, const toml::node& node,
                         std::vector<requirement>& to) {
        auto parsed = parse_requirement(text);
        if (!parsed) return wrong_value("require", node, parsed.error().what);
        notes_.place(fmt::format("require[{}]", to.size()), node.source().begin);
        to.push_back(std::move(*parsed));
    }

    document_notes& notes_;
    const toml::table& table_;
    S& object_;
    std::string path_;
    std::string title_;
    std::vector<std::string_view> known_;
};

/// What the types of the program's own site fix cannot be chosen.
void reject_fixed(const toml::table& document, document_notes& notes) {
    const auto* policy = document["policy"].as_table();
    if (policy == nullptr) return;
    for (const char* key : {"format", "hash", "partition", "order", "stamps"}) {
        const toml::node* const node = policy->get(key);
        if (node == nullptr) continue;
        notes.problem(
            node->source().begin,
            fmt::format("{}: fixed by the topology that {} is built with", key, program_name()));
    }
}

/// Reads and checks a TOML document.
/// @param directory  base of relative paths in it
result<scenario> read_document(const toml::table& document, const std::string& name,
                               const std::filesystem::path& directory) {
    const built_site* const own = own_built_site();
    scenario s = own == nullptr ? scenario{} : own->usual;
    document_notes notes(name, s.policy);
    s.name = std::filesystem::path(name).stem().string();
    if (own != nullptr) {
        reject_fixed(document, notes);
        if (document.contains("machine")) s.machines.clear();
    }
    table_reader<scenario>(notes, document, s, "", "a scenario").read(scenario_keys{});
    if (notes.clean()) {
        find_contradictions(s, [&](const std::string& path, std::string what) {
            notes.problem(path, std::move(what));
        });
    }
    if (!notes.clean()) return notes.first();
    if (!s.stream.path.empty()) s.stream.path = (directory / s.stream.path).string();
    return s;
}

/// Whether there is a key of so many parts, "a.a.a...": toml++ limits how deep values are nested,
/// but not how deep keys make them, and goes through tables recursively.
/// @returns the line, from 1, of the first one
std::optional<toml::source_index> line_of_deep_key(std::string_view text) {
    constexpr int most_parts = 200;
    toml::source_index line = 1;
    int parts = 0;
    bool after_dot = true;
    for (const char c : text) {
        if (c == '.') {
            parts = after_dot ? 0 : parts + 1;
            if (parts >= most_parts) return line;
            after_dot = true;
        } else if (std::string_view("=[]{},#\n").find(c) != std::string_view::npos) {
            line += c == '\n' ? 1 : 0;
            parts = 0;
            after_dot = true;
        } else if (c != ' ' && c != '\t') {
            after_dot = false;
        }
    }
    return std::nullopt;
}

result<scenario> parse(std::string_view text, const std::string& name,
                       const std::filesystem::path& directory) {
    if (const auto line = line_of_deep_key(text)) {
        return document_notes(name, {}).located({*line, 1}, "a key has too many parts");
    }
    try {
        return read_document(toml::parse(text, name), name, directory);
    } catch (const toml::parse_error& problem) {
        std::string what(problem.description());
        if (what.ends_with('.')) what.pop_back();
        return document_notes(name, {}).located(problem.source().begin, "invalid TOML: " + what);
    }
}

}  // namespace

result<scenario> parse_scenario(std::string_view text, std::string_view name) {
    return parse(text, std::string(name), {});
}

result<scenario> read_scenario(const std::string& path) {
    const auto unreadable = [&](int reason) {
        const error_code code = reason == ENOENT   ? error_code::not_found
                                : reason == EACCES ? error_code::denied
                                                   : error_code::io;
        return failure(code, path, std::string("cannot be read: ") + std::strerror(reason));
    };
    // A file stream can open a directory, but throws when reading it.
    if (std::error_code ignored; std::filesystem::is_directory(path, ignored)) {
        return unreadable(EISDIR);
    }
    std::ifstream in(path, std::ios::binary);
    if (!in) return unreadable(errno);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    if (in.bad()) return unreadable(EIO);
    return parse(text, path, std::filesystem::path(path).parent_path());
}

result<void> check_scenario(const scenario& s) {
    result<void> first;
    find_contradictions(s, [&](const std::string& path, std::string what) {
        if (first) first = failure(error_code::malformed, s.name + ": " + path, std::move(what));
    });
    return first;
}

}  // namespace qslice::sim
