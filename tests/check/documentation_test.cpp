#include "sim/check/guarantees.hpp"
#include "sim/check/measures.hpp"
#include "support/mentions.hpp"
#include "support/reference_tables.hpp"

#include <catch2/catch.hpp>

#include <cstddef>
#include <string>
#include <vector>

using namespace qslice::sim;
using qslice::test::reference_tables;
using qslice::test::table_row;

TEST_CASE("the reference has every measure with its unit and meaning") {
    std::vector<table_row> rows;
    for (const measure_info& kind : known_measures()) {
        rows.push_back({'`' + std::string(kind.pattern) + '`', std::string(kind.unit),
                        std::string(kind.description)});
    }
    reference_tables(QSLICE_SOURCE_DIRECTORY "/docs/output.md").check("Measures", rows);
}

namespace {

/// "a, b or c"
template <class Table>
std::string listed(const Table& table) {
    std::string text;
    for (std::size_t i = 0; i < table.size(); ++i) {
        text.append(i == 0 ? "" : i + 1 == table.size() ? " or " : ", ").append(table[i].name);
    }
    return text;
}

}  // namespace

TEST_CASE("the reference has every fate, problem, verdict and method of a test") {
    const reference_tables page(QSLICE_SOURCE_DIRECTORY "/docs/output.md");
    const auto says = [&](const std::string& heading, const std::string& first,
                          const std::string& names) {
        for (const table_row& row : page.below(heading)) {
            if (row.front() != first) continue;
            INFO(row.back());
            CHECK(mentions(row.back(), names));
            return;
        }
        FAIL("no row " << first << " below " << heading);
    };
    says("Records: entries", "`fate`", listed(fate_table));
    says("`run --json`", "`conservation.problems`", listed(problem_table));
    says("`run --json`", "`guarantees`", listed(guarantee_verdict_table));
    says("`run --json`", "`balance.test`", listed(split_method_table));
    says("`run --json`", "`fifo.earliest`", listed(cause_table));
}

TEST_CASE("the page of guarantees has each of them with its statement and its assumptions") {
    const reference_tables page(QSLICE_SOURCE_DIRECTORY "/docs/guarantees.md");
    std::vector<table_row> statements;
    std::vector<table_row> names;
    for (const guarantee_info& g : known_guarantees()) {
        names.push_back({'`' + std::string(g.name) + '`'});
        statements.push_back(
            {names.back()[0], std::string(g.statement), std::string(g.assumptions)});
    }
    page.check("Statements and assumptions", statements);
    page.check("Which policies keep which", names);
}
