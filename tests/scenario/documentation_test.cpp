#include "sim/scenario/scenario_keys.hpp"
#include "sim/scenario/time_text.hpp"
#include "support/reference_tables.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

using namespace qslice::sim;
using qslice::test::reference_tables;
using qslice::test::table_row;

namespace {

/// Writes down what a description says of its keys, as the reference has it: the key, its default
/// and what it may be.
template <class S>
class row_list {
public:
    explicit row_list(std::vector<table_row>& rows, S defaults, std::string before = "")
        : rows_(rows), defaults_(std::move(defaults)), before_(std::move(before)) {}

    [[nodiscard]] const S& object() const { return defaults_; }

    void text(std::string_view key, std::string S::*at, const text_check& check) {
        add(key, defaults_.*at, check.values());
    }
    void path(std::string_view key, std::string S::*at) { add(key, defaults_.*at, "file"); }

    template <std::size_t N>
    void choice(std::string_view key, std::string S::*at, const std::array<const char*, N>& names) {
        add(key, defaults_.*at, fmt::format("{}", fmt::join(names, ", ")));
    }
    template <class Member, class Row, std::size_t N>
    void choice(std::string_view key, Member S::*at, const std::array<Row, N>& table) {
        std::string chosen = "any";
        for (const Row& row : table) {
            if (defaults_.*at == row.value) chosen = row.name;
        }
        add(key, chosen, fmt::format("{}", fmt::join(names_in(table), ", ")));
    }
    template <class Member, class Table>
    void kind(std::string_view, Member S::*, const Table&) {}

    template <class Whole>
    void whole(std::string_view key, Whole S::*at, std::uint64_t least = 0,
               std::uint64_t most = most_whole) {
        add(key, fmt::format("{}", defaults_.*at), "whole number" + range_in_words(least, most));
    }
    void number(std::string_view key, double S::*at, const number_range& range) {
        add(key, fmt::format("{}", defaults_.*at), "number" + range_in_words(range));
    }
    void flag(std::string_view key, bool S::*at) {
        add(key, defaults_.*at ? "true" : "false", "true, false");
    }
    template <class Time>
    void time(std::string_view key, Time S::*at, const number_range& range) {
        double seconds = 0;
        if constexpr (std::is_same_v<Time, double>) {
            seconds = defaults_.*at;
        } else {
            seconds = to_seconds(defaults_.*at);
        }
        add(key, format_time(seconds), "time" + range_in_words(range));
    }
    void texts(std::string_view key, std::vector<std::string> S::*) { add(key, "none", "strings"); }
    void times(std::string_view key, std::vector<double> S::*) {
        add(key, "none", "ascending times");
    }
    void runners(std::string_view key, std::vector<runner_choice> S::*) {
        add(key, "none", "runners");
    }
    void moment(std::string_view key, double S::*at) {
        add(key, fmt::format("{}", defaults_.*at), "seconds since the epoch, or a date");
    }
    void requirements(std::string_view key, std::vector<requirement> S::*) {
        add(key, "none", "requirements");
    }
    void service(std::string_view key, service_time S::*at) {
        add(key, format_time((defaults_.*at).mean_s), "time of at least 0, or a service time");
    }
    template <class T, class Description>
    void table(std::string_view key, T S::*at, Description) {
        if constexpr (!std::is_same_v<S, scenario>) {
            row_list<T> inner(rows_, defaults_.*at, before_ + std::string(key) + ".");
            Description::walk(inner);
        }
    }
    template <class T, class Description>
    void tables(std::string_view, std::vector<T> S::*, Description, const T&) {}
    void unused(std::string_view, bool, std::string_view) {}

private:
    void add(std::string_view key, const std::string& standard, const std::string& values) {
        rows_.push_back({fmt::format("`{}{}`", before_, key), standard, values});
    }

    std::vector<table_row>& rows_;
    S defaults_;
    std::string before_;
};

template <class Description, class S>
std::vector<table_row> rows_of(S defaults) {
    std::vector<table_row> rows;
    row_list<S> list(rows, std::move(defaults));
    Description::walk(list);
    return rows;
}

/// "`until`, `machine`": the keys that a kind of fault has beside `kind` and `at`.
std::string keys_of(const std::vector<table_row>& rows) {
    std::vector<std::string> keys;
    for (const table_row& row : rows) {
        if (row[0] != "`at`") keys.push_back(row[0]);
    }
    return fmt::format("{}", fmt::join(keys, ", "));
}

const reference_tables& manual() {
    static const reference_tables tables(QSLICE_SOURCE_DIRECTORY "/docs/scenarios.md");
    return tables;
}

}  // namespace

TEST_CASE(
    "the reference has every key of a scenario file, its default and its values, and no other") {
    std::vector<table_row> of_synthetic = rows_of<stream_keys>(stream_choice{});
    stream_choice from_file;
    from_file.what = stream_choice::kind::mbox;
    std::vector<table_row> of_all = rows_of<stream_keys>(from_file);
    of_all[0] = of_synthetic[0];  // the default of kind
    std::erase_if(of_synthetic, [&](const table_row& row) {
        return std::find(of_all.begin(), of_all.end(), row) != of_all.end();
    });

    manual().check("Top-level keys", rows_of<scenario_keys>(scenario{}));
    manual().check("`[policy]`", rows_of<policy_keys>(policy_choice{}));
    manual().check("`[deployment]`", rows_of<deployment_keys>(deployment_choice{}));
    manual().check("`[[deployment.change]]`", rows_of<slice_change_keys>(slice_change_choice{}));
    manual().check("`[[machine]]`", rows_of<machine_keys>(machine_choice{}));
    manual().check("`[intake]`", rows_of<intake_keys>(intake_choice{}));
    manual().check("`[storage]`", rows_of<storage_keys>(storage_choice{}));
    manual().check("`[lists]` and `[[list]]`", rows_of<named_list_keys>(list_choice{}));
    manual().check("`[stream]`", of_all);
    manual().check("A synthetic stream", of_synthetic);
    manual().check("`[[stream.post]]`", rows_of<post_keys>(post_choice{}));
    manual().check("`[services]`", rows_of<service_keys>(service_choice{}));
    manual().check("A service time", rows_of<service_time_keys>(service_time{}));
    manual().check("`[[work]]`", rows_of<queue_work_keys>(queue_work{}));
    manual().check("`[digests]`", rows_of<digest_keys>(digest_choice{}));
    manual().check("`[course]`", rows_of<course_keys>(course_choice{}));
}

TEST_CASE("the reference has every kind of fault with its keys, and every key of a fault") {
    std::vector<table_row> kinds;
    std::vector<table_row> keys;
    for (const fault_row& known : fault_table) {
        fault f;
        f.what = known.value;
        const auto rows = rows_of<fault_keys>(f);
        kinds.push_back({fmt::format("`{}`", known.name), keys_of(rows)});
        for (const table_row& row : rows) {
            if (std::find(keys.begin(), keys.end(), row) == keys.end()) keys.push_back(row);
        }
    }
    manual().check("`[[fault]]`", kinds);
    manual().check("Keys of faults", keys);
}
