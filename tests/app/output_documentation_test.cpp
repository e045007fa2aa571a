#include "app/qslice_sim.hpp"
#include "sim/report/json.hpp"
#include "support/reference_tables.hpp"

#include <nlohmann/json.hpp>

#include <catch2/catch.hpp>

#include <filesystem>
#include <set>
#include <sstream>
#include <string>
#include <vector>

using qslice::test::qslice_sim;
using qslice::test::reference_tables;
using qslice::test::table_row;

namespace {

using ordered = nlohmann::ordered_json;

const reference_tables& manual() {
    static const reference_tables tables(QSLICE_SOURCE_DIRECTORY "/docs/output.md");
    return tables;
}

/// Members of objects, in their order, with the objects in them.
class member_list {
public:
    void add(const ordered& value) {
        if (value.is_array()) {
            for (const ordered& element : value) add(element);
        } else if (value.is_object()) {
            for (const auto& [name, inner] : value.items()) of(name).add(inner);
        }
    }

    /// A row for each member that has members itself, "`balance.test`".
    void to_rows(const std::string& path, std::vector<table_row>& rows) const {
        std::string names;
        for (const auto& [name, inner] : members_) {
            names += (names.empty() ? "`" : ", `") + name + '`';
        }
        rows.push_back({path.empty() ? "" : '`' + path + '`', names});
        for (const auto& [name, inner] : members_) {
            if (inner.members_.empty()) continue;
            inner.to_rows(path.empty() ? name : path + '.' + name, rows);
        }
    }

private:
    member_list& of(const std::string& name) {
        for (auto& [known, inner] : members_) {
            if (known == name) return inner;
        }
        return members_.emplace_back(name, member_list()).second;
    }

    std::vector<std::pair<std::string, member_list>> members_;
};

/// The rows of a document, one for each object in it.
std::vector<table_row> rows_of(const ordered& document) {
    member_list members;
    members.add(document);
    std::vector<table_row> rows;
    members.to_rows("", rows);
    return rows;
}

/// Members that are named by what was varied or measured, such as "latency.p99", as one "NAME".
ordered under_one_name(const ordered& object) {
    ordered values = ordered::array();
    for (const auto& [name, value] : object.items()) values.push_back(value);
    return {{"NAME", values}};
}

/// The columns of a file with a header line.
std::vector<table_row> columns_of(const std::filesystem::path& path) {
    std::istringstream header(qslice::test::file_text(path));
    std::string line;
    std::getline(header, line);
    std::istringstream columns(line);
    std::vector<table_row> rows;
    for (std::string column; std::getline(columns, column, ',');) {
        rows.push_back({'`' + column + '`'});
    }
    return rows;
}

}  // namespace

TEST_CASE("the reference has every member of the JSON of a run") {
    const auto run = qslice_sim({"run", "crash-storm", "--posts", "100", "--require",
                                 "guarantee.conservation = 1", "--json"});
    ordered document = ordered::parse(run.out);
    // One member for each measure, whose names have a table of their own.
    document["measures"] = ordered::array({*document["measures"].begin()});
    // Only a run of few posts has some.
    const auto few = qslice_sim({"run", "seven-posts", "--json"});
    document["batches"] = ordered::parse(few.out)["batches"];
    // Only a site of one's own has some.
    document["effects"] = ordered::array({qslice::sim::effect_json({"charged", 1, 1, 0, 0, ""})});
    manual().check("`run --json`", rows_of(document));
}

TEST_CASE("the reference has every member of the JSON of a sweep") {
    const auto swept =
        qslice_sim({"sweep", "three-machines", "--posts", "20", "--vary", "machines=1,2",
                    "--measure", "latency.p99", "--replications", "2", "--json"});
    ordered document = ordered::parse(swept.out);
    for (ordered& row : document["rows"]) {
        for (const char* named : {"values", "measures", "differences"}) {
            row[named] = under_one_name(row[named]);
        }
    }
    std::vector<table_row> rows = rows_of(document);
    for (table_row& row : rows) {
        if (row[1] == "`NAME`") {
            row[1] =
                row[0] == "`rows.values`" ? "a member for each key" : "a member for each measure";
        }
    }
    manual().check("`sweep --json`", rows);
}

TEST_CASE("the reference has every member of the JSON of a comparison of policies") {
    const auto compared = qslice_sim({"lab", "--posts", "100", "--simulate", "20", "--slices", "2",
                                      "--policy", "mailman21", "--json"});
    manual().check("`lab --json`", rows_of(ordered::parse(compared.out)));
    const auto tested = qslice_sim({"lab", "--quality", "--json"});
    manual().check("`lab --quality --json`", rows_of(ordered::parse(tested.out)));
}

TEST_CASE("the reference has every column of the records of a run") {
    const qslice::test::scratch_directory scratch;
    REQUIRE(qslice_sim({"run", "two-machines", "--quiet", "--records", scratch.path().string()})
                .status == 0);
    std::set<std::string> names;
    for (const auto& file : std::filesystem::directory_iterator(scratch.path())) {
        if (file.path().extension() != ".csv") continue;
        const std::string name = file.path().stem().string();
        names.insert(name);
        manual().check("Records: " + name, columns_of(file.path()));
    }
    CHECK(names == std::set<std::string>{"archivings", "deliveries", "entries", "faults", "posts",
                                         "processes"});
}

TEST_CASE("the reference has every exit status as help has it") {
    const std::string help = qslice_sim({"--help"}).out;
    std::istringstream lines(help.substr(help.find("Exit status:\n")));
    std::vector<table_row> rows;
    std::string line;
    std::getline(lines, line);
    while (std::getline(lines, line) && line.starts_with("  ")) {
        rows.push_back({line.substr(2, 1), line.substr(line.find_first_not_of(' ', 3))});
    }
    REQUIRE(rows.size() == 3);
    manual().check("Exit status", rows);
}
