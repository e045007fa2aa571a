/// @file
/// The tables of a page of the documentation, compared with what the program says of itself.
#pragma once

#include "support/run_program.hpp"

#include <catch2/catch.hpp>

#include <cstddef>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace qslice::test {

/// The cells of a row.
using table_row = std::vector<std::string>;

/// All tables of a Markdown file, by the headings that they stand below.
class reference_tables {
public:
    explicit reference_tables(const std::string& path) : path_(path) {
        std::istringstream lines(file_text(path));
        std::string heading;
        bool inside = false;
        bool in_block = false;
        for (std::string line; std::getline(lines, line);) {
            if (line.starts_with("```")) in_block = !in_block;
            if (in_block) continue;
            if (line.starts_with("#")) heading = line.substr(line.find(' ') + 1);
            const bool row = line.starts_with("|");
            if (row && inside && !line.starts_with("|-")) {
                tables_[heading].push_back(cells_of(line));
            }
            inside = row;  // the first row is the table's head
        }
    }

    /// The rows of all tables below a heading, without the tables' heads.
    [[nodiscard]] std::vector<table_row> below(const std::string& heading) const {
        const auto at = tables_.find(heading);
        return at == tables_.end() ? std::vector<table_row>{} : at->second;
    }

    /// Checks that the tables below a heading have these rows in this order, and no others. A row
    /// may go on with further cells, which are for people.
    void check(const std::string& heading, const std::vector<table_row>& expected) const {
        std::vector<table_row> found = below(heading);
        for (std::size_t i = 0; i < found.size() && i < expected.size(); ++i) {
            if (found[i].size() > expected[i].size()) found[i].resize(expected[i].size());
        }
        INFO(path_ << ", below '" << heading << "'");
        CHECK(text_of(found) == text_of(expected));
    }

private:
    static std::vector<std::string> cells_of(const std::string& line) {
        std::vector<std::string> cells;
        std::string cell;
        for (std::size_t i = 1; i < line.size(); ++i) {
            const bool escaped = line[i] == '\\' && i + 1 < line.size();
            if (escaped) {
                cell += line[++i];
            } else if (line[i] == '|') {
                const std::size_t first = cell.find_first_not_of(' ');
                const std::size_t last = cell.find_last_not_of(' ');
                cells.push_back(first == std::string::npos ? ""
                                                           : cell.substr(first, last - first + 1));
                cell.clear();
            } else {
                cell += line[i];
            }
        }
        return cells;
    }

    static std::string text_of(const std::vector<table_row>& rows) {
        std::string text;
        for (const table_row& row : rows) {
            for (const std::string& cell : row) text += "| " + cell + ' ';
            text += "|\n";
        }
        return text;
    }

    std::string path_;
    std::map<std::string, std::vector<table_row>> tables_;
};

}  // namespace qslice::test
