#include "sim/text/text_table.hpp"

#include "sim/text/terminal.hpp"

#include <algorithm>
#include <string_view>

namespace qslice::sim {

namespace {

/// The width on a terminal: counts all bytes except UTF-8 continuation bytes and colour escape
/// sequences ("ESC [ ... m").
std::size_t width_of(std::string_view text) {
    std::size_t width = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\x1b') {
            i = std::min(text.find('m', i), text.size());
        } else if ((static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U) {
            ++width;
        }
    }
    return width;
}

}  // namespace

std::string text_table::to_text(std::size_t indent) const {
    std::vector<std::size_t> widths(columns_.size(), 0);
    for (const auto& row : rows_) {
        for (std::size_t c = 0; c < std::min(row.size(), widths.size()); ++c) {
            widths[c] = std::max(widths[c], width_of(row[c]));
        }
    }
    std::string text;
    const auto line = [&](const auto& cell_of) {
        std::string one(indent, ' ');
        for (std::size_t c = 0; c < columns_.size(); ++c) {
            if (widths[c] == 0) continue;
            const std::string_view cell = cell_of(c);
            const std::size_t blanks = widths[c] - std::min(widths[c], width_of(cell));
            if (columns_[c].side == align::right) one.append(blanks, ' ');
            one += cell;
            if (columns_[c].side == align::left) one.append(blanks, ' ');
            one += "  ";
        }
        one.erase(one.find_last_not_of(' ') + 1);
        text += one + '\n';
    };
    for (std::size_t c = 0; c < widths.size(); ++c) {
        if (widths[c] > 0) widths[c] = std::max(widths[c], width_of(columns_[c].heading));
    }
    line([&](std::size_t c) -> std::string_view { return columns_[c].heading; });
    for (const auto& row : rows_) {
        line([&](std::size_t c) -> std::string_view {
            return c < row.size() ? std::string_view(row[c]) : std::string_view();
        });
    }
    return text;
}

std::string wrapped(const std::string& text, const std::string& first, std::size_t indent,
                    std::size_t width) {
    if (width == 0) width = prose_width();
    std::string out = first;
    std::size_t column = width_of(first);
    bool begins = true;
    for (std::string_view rest = text; !rest.empty();) {
        const std::size_t end = std::min(rest.find(' '), rest.size());
        const std::string_view word = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (!begins && column + 1 + width_of(word) > width) {
            out += '\n' + std::string(indent, ' ');
            column = indent;
            begins = true;
        }
        if (!begins) {
            out += ' ';
            ++column;
        }
        out += word;
        column += width_of(word);
        begins = false;
    }
    return out + '\n';
}

}  // namespace qslice::sim
