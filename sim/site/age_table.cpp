#include "sim/site/age_table.hpp"

#include "sim/site/entry_view.hpp"
#include "sim/site/quiet_file.hpp"
#include "sim/text/plain_words.hpp"
#include "sim/text/text_table.hpp"

#include <qslice/core/entry_name.hpp>
#include <qslice/world/detail/posix_list.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include <fcntl.h>

namespace qslice::sim::diagnosis {

namespace {

constexpr std::size_t most_tabulated = 20'000;
constexpr std::size_t most_rows = 20;

std::string domain_in(std::string_view from) {
    const std::size_t at = from.rfind('@');
    if (at == std::string_view::npos) return "?";
    const std::string_view domain = from.substr(at + 1);
    return std::string(domain.substr(0, domain.find_first_of("> \t\r\n,;\"")));
}

std::string row_name(const entry_view& entry, age_rows rows) {
    if (rows == age_rows::list) {
        for (const std::string_view key : {"listid", "listname"}) {
            if (const value* name = entry.data.find(key);
                name != nullptr && name->text() != nullptr) {
                return *name->text();
            }
        }
        return "?";
    }
    for (const auto& [name, field] : entry.head) {
        if (name == "From" || name == "from" || name == "FROM") return domain_in(field);
    }
    return "?";
}

std::size_t class_of(double age_s) {
    std::size_t c = 0;
    while (c < age_classes_min.size() && age_s >= static_cast<double>(age_classes_min[c]) * 60) ++c;
    return c;
}

}  // namespace

std::vector<age_table> tabulate_ages(const inspection& seen, age_rows rows) {
    std::vector<age_table> tables;
    for (const queue_survey& q : seen.queues) {
        if (q.waiting == 0) continue;
        std::vector<std::string> names;
        auto see = [&](std::string_view name) {
            if (name.ends_with(".pck")) names.emplace_back(name);
        };
        const auto opened = open_quietly(q.directory, O_DIRECTORY);
        if (!opened) continue;
        if (!qslice::detail::list_open_directory(opened->descriptor, q.directory, see)) continue;
        // A part of a long queue: evenly spread, since names begin with times.
        std::sort(names.begin(), names.end());
        const std::size_t step = (names.size() + most_tabulated - 1) / most_tabulated;
        age_table table;
        table.queue = q.queue;
        table.waiting = q.waiting;
        std::map<std::string, age_table::row> by_name;
        for (std::size_t i = 0; i < names.size(); i += step) {
            const auto entry = view_entry(q.directory + '/' + names[i], seen.version);
            if (!entry || !entry->name) continue;  // taken meanwhile, or no entry
            const std::string name = row_name(*entry, rows);
            age_table::row& row = by_name[name];
            row.name = name;
            ++row.total;
            ++row.by_age[class_of(seen.now_s - entry->name->time.seconds)];
            ++table.opened;
        }
        for (auto& [name, row] : by_name) table.rows.push_back(std::move(row));
        std::stable_sort(
            table.rows.begin(), table.rows.end(),
            [](const age_table::row& a, const age_table::row& b) { return a.total > b.total; });
        tables.push_back(std::move(table));
    }
    return tables;
}

std::string to_text(const std::vector<age_table>& tables) {
    using enum text_table::align;
    std::string text;
    for (const age_table& t : tables) {
        text_table table({{t.queue + '/'},
                          {"total", right},
                          {"<5", right},
                          {"<10", right},
                          {"<20", right},
                          {"<40", right},
                          {"<80", right},
                          {"<160", right},
                          {"<320", right},
                          {"<640", right},
                          {"<1280", right},
                          {"1280+ min", right}});
        static_assert(age_classes_min.size() == 9);
        const auto add = [&](const std::string& name, const age_table::row& row) {
            const auto cell = [&](std::size_t c) {
                return row.by_age[c] == 0 ? std::string(".") : grouped(row.by_age[c]);
            };
            table.add({name, grouped(row.total), cell(0), cell(1), cell(2), cell(3), cell(4),
                       cell(5), cell(6), cell(7), cell(8), cell(9)});
        };
        age_table::row all;
        for (const age_table::row& row : t.rows) {
            all.total += row.total;
            for (std::size_t c = 0; c < all.by_age.size(); ++c) all.by_age[c] += row.by_age[c];
        }
        add("all", all);
        for (std::size_t i = 0; i < std::min(most_rows, t.rows.size()); ++i) {
            add(printable(t.rows[i].name), t.rows[i]);
        }
        text += '\n' + table.to_text();
        if (t.rows.size() > most_rows) {
            text += fmt::format("  and {} more\n", grouped(t.rows.size() - most_rows));
        }
        if (t.opened < t.waiting) {
            text += fmt::format("  ({} of {} entries were opened)\n", grouped(t.opened),
                                grouped(t.waiting));
        }
    }
    return text;
}

nlohmann::ordered_json to_json(const std::vector<age_table>& tables) {
    auto list = nlohmann::ordered_json::array();
    for (const age_table& t : tables) {
        auto rows = nlohmann::ordered_json::array();
        for (const age_table::row& row : t.rows) {
            rows.push_back(
                {{"name", printable(row.name)}, {"total", row.total}, {"by_age", row.by_age}});
        }
        list.push_back({{"queue", printable(t.queue)},
                        {"opened", t.opened},
                        {"waiting", t.waiting},
                        {"classes_min", age_classes_min},
                        {"rows", std::move(rows)}});
    }
    return list;
}

}  // namespace qslice::sim::diagnosis
