/// @file
/// What a lease's file says: who holds it, a count that each renewal changes, and who held the
/// slice before. lease_files.hpp writes it; people and inspections read it.
#pragma once

#include <qslice/core/detail/whole_number.hpp>
#include <qslice/core/timestamp.hpp>
#include <qslice/ownership/deployment_text.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qslice {

/// One owner of a slice.
struct lease_term {
    std::uint64_t number = 1;  ///< of the lease
    double since_s = 0;        ///< seconds since the epoch, by the owner's clock
    std::string owner;         ///< "mx1/IncomingRunner"
    std::string why;           ///< "took over from mx2/IncomingRunner, silent for 6 s"

    friend bool operator==(const lease_term&, const lease_term&) = default;
};

/// The content of a lease.
struct lease_content {
    std::vector<lease_term> terms;  ///< the owner's first, then those before it

    static constexpr std::size_t most_terms = 8;

    [[nodiscard]] std::string_view owner() const noexcept {
        return terms.empty() ? std::string_view() : std::string_view(terms.front().owner);
    }
    friend bool operator==(const lease_content&, const lease_content&) = default;
};

/// A line for each term: "NUMBER SINCE OWNER WHY".
inline std::string to_text(const lease_content& c) {
    std::string text;
    for (std::size_t i = 0; i < std::min(c.terms.size(), lease_content::most_terms); ++i) {
        const lease_term& t = c.terms[i];
        text += std::to_string(t.number) + ' ' + to_repr({t.since_s}) + ' ' + t.owner + ' ' +
                t.why + '\n';
    }
    return text;
}

/// @returns nothing for an incomplete text, as a crash of the file server leaves
inline std::optional<lease_content> parse_lease(std::string_view text) {
    const auto next_line = [&]() -> std::optional<std::string_view> {
        const std::size_t end = text.find('\n');
        if (end == std::string_view::npos) return std::nullopt;
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(end + 1);
        return line;
    };
    const auto word_of = [](std::string_view& line) {
        const std::size_t end = std::min(line.find(' '), line.size());
        const std::string_view word = line.substr(0, end);
        line.remove_prefix(std::min(end + 1, line.size()));
        return word;
    };
    lease_content read;
    while (auto line = next_line()) {
        lease_term term;
        const auto number = detail::whole_number<std::uint64_t>(word_of(*line));
        timestamp since;
        const std::string_view since_text = word_of(*line);
        if (!number || !try_parse_timestamp(since_text, since)) return std::nullopt;
        term.number = *number;
        term.since_s = since.seconds;
        term.owner = word_of(*line);
        term.why = *line;
        read.terms.push_back(std::move(term));
    }
    if (read.terms.empty() || !text.empty()) return std::nullopt;
    return read;
}

}  // namespace qslice
