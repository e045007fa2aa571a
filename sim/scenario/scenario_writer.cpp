#include "sim/scenario/scenario_file.hpp"
#include "sim/scenario/scenario_keys.hpp"
#include "sim/scenario/standard_runner_names.hpp"
#include "sim/scenario/time_text.hpp"

#include <qslice/codec/entry_format.hpp>
#include <qslice/core/detail/type_list.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace qslice::sim {

namespace {

/// A TOML basic string.
std::string toml_string(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        switch (c) {
            case '"': out += "\\\""; break;
            case '\\': out += "\\\\"; break;
            case '\n': out += "\\n"; break;
            case '\t': out += "\\t"; break;
            default:
                if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
                    out += fmt::format("\\u{:04X}", static_cast<unsigned char>(c));
                } else {
                    out += c;
                }
        }
    }
    return out + '"';
}

std::string quoted_array(const std::vector<std::string>& texts) {
    std::string out = "[";
    for (const std::string& text : texts) {
        if (out.size() > 1) out += ", ";
        out += toml_string(text);
    }
    return out + "]";
}

/// How many runners, from the first, are all those of one Mailman with the same slice; 0: they
/// are not all there.
std::size_t whole_set(std::span<const runner_choice> runners) {
    if (own_built_site() != nullptr) return 0;
    for (const char* format : name_array(qslice::detail::named_formats{})) {
        const auto names = standard_runner_names(format);
        if (names.size() <= runners.size() &&
            std::equal(names.begin(), names.end(), runners.begin(),
                       [&](const std::string& name, const runner_choice& r) {
                           return r == runner_choice{name, runners[0].slice, runners[0].slices};
                       })) {
            return names.size();
        }
    }
    return 0;
}

/// The runners as strings, all of a slice as one with a star. A scenario has only runners of its
/// format's Mailman.
std::vector<std::string> runner_texts(std::span<const runner_choice> runners) {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < runners.size();) {
        if (const std::size_t same = whole_set(runners.subspan(i)); same > 0) {
            texts.push_back(to_string(runner_choice{"*", runners[i].slice, runners[i].slices}));
            i += same;
        } else {
            texts.push_back(to_string(runners[i]));
            ++i;
        }
    }
    return texts;
}

/// Writes what differs from the defaults, one line or (inside another table) one item each.
template <class S>
class table_writer {
public:
    table_writer(const S& object, const S& defaults, bool inner)
        : object_(object), defaults_(defaults), inner_(inner) {}

    template <class Description>
    [[nodiscard]] std::string write(Description) {
        Description::walk(*this);
        std::string out;
        for (const auto& [key, text] : items_) {
            if (inner_ && !out.empty()) out += ", ";
            out += text;
        }
        return out;
    }

    [[nodiscard]] const S& object() const { return object_; }

    /// A file in which a key has no effect would not be read.
    void unused(std::string_view key, bool is_unused, std::string_view) {
        if (!is_unused) return;
        std::erase_if(items_, [key](const auto& item) { return item.first == key; });
    }

    template <class Check>
    void text(std::string_view key, std::string S::*at, Check) {
        if (differs(at)) item(key, toml_string(object_.*at));
    }

    void path(std::string_view key, std::string S::*at) {
        if (differs(at)) item(key, toml_string(object_.*at));
    }

    template <std::size_t N>
    void choice(std::string_view key, std::string S::*at, const std::array<const char*, N>&) {
        if (differs(at)) item(key, toml_string(object_.*at));
    }

    template <class Member, class Row, std::size_t N>
    void choice(std::string_view key, Member S::*at, const std::array<Row, N>& table) {
        if (differs(at)) kind(key, at, table);
    }

    template <class Member, class Row, std::size_t N>
    void kind(std::string_view key, Member S::*at, const std::array<Row, N>& table) {
        for (const Row& row : table) {
            if (object_.*at == row.value) item(key, toml_string(row.name));
        }
    }

    template <class Whole>
    void whole(std::string_view key, Whole S::*at, std::uint64_t = 0, std::uint64_t = 0) {
        if (differs(at)) item(key, fmt::format("{}", object_.*at));
    }

    void number(std::string_view key, double S::*at, const number_range&) {
        if (differs(at)) item(key, fmt::format("{}", object_.*at));
    }

    void flag(std::string_view key, bool S::*at) {
        if (differs(at)) item(key, object_.*at ? "true" : "false");
    }

    template <class Time>
    void time(std::string_view key, Time S::*at, const number_range&) {
        if (!differs(at)) return;
        if constexpr (std::is_same_v<Time, double>) {
            item(key, toml_string(format_time(object_.*at)));
        } else {
            item(key, toml_string(format_time(to_seconds(object_.*at))));
        }
    }

    void texts(std::string_view key, std::vector<std::string> S::*at) {
        if (differs(at)) item(key, quoted_array(object_.*at));
    }

    void times(std::string_view key, std::vector<double> S::*at) {
        if (!differs(at)) return;
        std::vector<std::string> texts;
        for (const double seconds : object_.*at) texts.push_back(format_time(seconds));
        item(key, quoted_array(texts));
    }

    void runners(std::string_view key, std::vector<runner_choice> S::*at) {
        if (differs(at)) item(key, quoted_array(runner_texts(object_.*at)));
    }

    void service(std::string_view key, service_time S::*at) {
        table_writer<service_time> w(object_.*at, defaults_.*at, true);
        const std::string items = w.write(service_time_keys{});
        if (!items.empty()) item(key, "{ " + items + " }");
    }

    void moment(std::string_view key, double S::*at) {
        if (differs(at)) item(key, fmt::format("{}", object_.*at));
    }

    void requirements(std::string_view key, std::vector<requirement> S::*at) {
        if ((object_.*at).empty()) return;
        std::string array = "[\n";
        for (const requirement& r : object_.*at) array += "    " + toml_string(r.text) + ",\n";
        item(key, array + "]");
    }

    template <class T, class Description>
    void table(std::string_view key, T S::*at, Description keys) {
        const bool inner = !std::is_same_v<S, scenario>;
        const std::string items = table_writer<T>(object_.*at, defaults_.*at, inner).write(keys);
        if (items.empty()) return;
        if (inner) {
            item(key, "{ " + items + " }");
        } else {
            items_.emplace_back(key, fmt::format("\n[{}]\n{}", key, items));
        }
    }

    template <class T, class Description>
    void tables(std::string_view key, std::vector<T> S::*at, Description keys, const T& defaults) {
        if constexpr (!std::is_same_v<S, scenario>) {
            if ((object_.*at).empty()) return;
            std::string array = "[\n";
            for (const T& one : object_.*at) {
                array += "    { " + table_writer<T>(one, defaults, true).write(keys) + " },\n";
            }
            return item(key, array + "]");
        }
        for (const T& one : object_.*at) {
            items_.emplace_back(key,
                                fmt::format("\n[[{}]]\n{}", key,
                                            table_writer<T>(one, defaults, false).write(keys)));
        }
    }

private:
    template <class Member>
    [[nodiscard]] bool differs(Member S::*at) const {
        return !(object_.*at == defaults_.*at);
    }

    void item(std::string_view key, std::string_view value) {
        items_.emplace_back(key, fmt::format("{} = {}{}", key, value, inner_ ? "" : "\n"));
    }

    const S& object_;
    const S& defaults_;
    bool inner_;
    std::vector<std::pair<std::string_view, std::string>> items_;  ///< with their keys
};

}  // namespace

std::string write_scenario(const scenario& s) {
    const built_site* const own = own_built_site();
    if (own == nullptr) {
        return table_writer<scenario>(s, scenario{}, false).write(scenario_keys{});
    }
    // What the site's types fix is not in its files.
    scenario free = s;
    free.policy = own->usual.policy;
    free.policy.durable = s.policy.durable;
    free.policy.list_locks = s.policy.list_locks;
    free.policy.untaken = s.policy.untaken;
    return table_writer<scenario>(free, own->usual, false).write(scenario_keys{});
}

}  // namespace qslice::sim
