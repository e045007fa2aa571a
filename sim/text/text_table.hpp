/// @file
/// Tables with aligned columns, as wide as necessary. The console reports consist of them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace qslice::sim {

/// A table for a terminal. Widths count UTF-8 characters, not bytes or colours.
class text_table {
public:
    enum class align { left, right };

    struct column {
        std::string heading;
        align side = align::left;
    };

    explicit text_table(std::vector<column> columns) : columns_(std::move(columns)) {}

    /// @param cells  at most one per column
    void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

    [[nodiscard]] bool empty() const noexcept { return rows_.empty(); }

    /// Headings and rows, each line after `indent`, without trailing spaces. A column that is empty
    /// in every row is left out.
    [[nodiscard]] std::string to_text(std::size_t indent = 2) const;

private:
    std::vector<column> columns_;
    std::vector<std::vector<std::string>> rows_;
};

/// Breaks a text into lines at spaces.
/// @param first   beginning of the first line
/// @param indent  spaces before the other lines
/// @param width   of a line; 0: prose_width()
std::string wrapped(const std::string& text, const std::string& first, std::size_t indent,
                    std::size_t width = 0);

}  // namespace qslice::sim
