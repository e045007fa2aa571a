/// @file
/// The text of a deployment file: a small part of TOML, which people and other programs can read.
/// deployment_file.hpp uses it.
#pragma once

#include <qslice/core/detail/whole_number.hpp>
#include <qslice/core/result.hpp>
#include <qslice/ownership/deployment.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace qslice {

namespace detail {

/// The version of the file's form: a reader refuses any other.
inline constexpr std::uint64_t deployment_format = 1;

inline std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out += '"';
}

inline std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r";
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

inline std::optional<std::string> unquoted(std::string_view text) {
    if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::nullopt;
    text = text.substr(1, text.size() - 2);
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"' || (text[i] == '\\' && ++i == text.size())) return std::nullopt;
        out += text[i];
    }
    return out;
}

/// Reads the lines of a deployment file into a deployment.
class deployment_reader {
public:
    /// @returns what was expected of the line; nothing if it is right
    std::optional<std::string> take(std::string_view line) {
        line = trimmed(line);
        if (line.empty() || line.front() == '#') return std::nullopt;
        if (line == "[[queue]]") {
            if (auto missing = end_of_queue()) return missing;
            read_.queues.emplace_back();
            seen_ = 0;
            return std::nullopt;
        }
        const std::size_t equals = line.find('=');
        if (equals == std::string_view::npos) return "expected KEY = VALUE or [[queue]]";
        const std::string_view key = trimmed(line.substr(0, equals));
        const std::string_view value = trimmed(line.substr(equals + 1));
        return read_.queues.empty() ? take_head(key, value) : take_queue(key, value);
    }

    /// @returns what the whole lacks; nothing if it is complete
    std::optional<std::string> end() {
        if (!has_format_) return "expected format = 1";
        if (!has_epoch_) return "expected an epoch";
        if (read_.queues.empty()) return "expected at least one [[queue]]";
        return end_of_queue();
    }

    deployment take_read() { return std::move(read_); }

private:
    std::optional<std::string> take_head(std::string_view key, std::string_view value) {
        const auto number = whole_number<std::uint64_t>(value);
        if (key == "format") {
            has_format_ = true;
            if (number == deployment_format) return std::nullopt;
            return "expected format = 1: the file is another version's";
        }
        if (key != "epoch") return "expected format, epoch or [[queue]]";
        if (!number || *number == 0) return "expected a whole number from 1";
        has_epoch_ = true;
        read_.epoch = *number;
        return std::nullopt;
    }

    std::optional<std::string> take_queue(std::string_view key, std::string_view value) {
        queue_terms& terms = read_.queues.back();
        if (key == "slices") {
            const auto number = whole_number<std::uint64_t>(value);
            if (!number || *number == 0) return "expected a whole number from 1";
            terms.slices = *number;
            seen_ |= 1U;
            return std::nullopt;
        }
        const std::pair<std::string_view, std::string*> texts[] = {{"name", &terms.queue},
                                                                   {"partition", &terms.partition},
                                                                   {"hash", &terms.hash},
                                                                   {"order", &terms.order}};
        unsigned bit = 2;
        for (const auto& [name, at] : texts) {
            if (name == key) {
                auto text = unquoted(value);
                if (!text || text->empty()) return "expected a string in quotes";
                *at = *std::move(text);
                seen_ |= bit;
                return std::nullopt;
            }
            bit <<= 1U;
        }
        return "expected name, slices, partition, hash or order";
    }

    [[nodiscard]] std::optional<std::string> end_of_queue() const {
        constexpr unsigned all = 31;
        if (read_.queues.empty() || seen_ == all) return std::nullopt;
        return "expected name, slices, partition, hash and order of each queue";
    }

    deployment read_;
    unsigned seen_ = 0;  ///< which keys of the last queue
    bool has_format_ = false;
    bool has_epoch_ = false;
};

}  // namespace detail

/// The text of a deployment file.
inline std::string to_text(const deployment& d) {
    std::string text =
        "# How these queues are divided among runners. Runners compare it with what they are "
        "built\n"
        "# for at each look, and refuse to run if it differs. Change it with qslice-sim reslice.\n"
        "format = " +
        std::to_string(detail::deployment_format) + "\nepoch = " + std::to_string(d.epoch) + '\n';
    for (const queue_terms& t : d.queues) {
        text += "\n[[queue]]\nname = " + detail::quoted(t.queue) +
                "\nslices = " + std::to_string(t.slices) +
                "\npartition = " + detail::quoted(t.partition) +
                "\nhash = " + detail::quoted(t.hash) + "\norder = " + detail::quoted(t.order) +
                '\n';
    }
    return text;
}

/// Parses a deployment file.
/// @param where  names the file in errors
/// @returns `malformed`, with the line and what was expected
/// @complexity linear
inline result<deployment> parse_deployment(std::string_view text, const std::string& where) {
    detail::deployment_reader reader;
    std::size_t number = 0;
    while (!text.empty()) {
        ++number;
        const std::size_t end = text.find('\n');
        if (const auto expected = reader.take(text.substr(0, end))) {
            return failure(error_code::malformed, where + ", line " + std::to_string(number),
                           *expected);
        }
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    if (const auto expected = reader.end()) return failure(error_code::malformed, where, *expected);
    deployment read = reader.take_read();
    for (std::size_t i = 0; i < read.queues.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            if (read.queues[i].queue == read.queues[j].queue) {
                return failure(
                    error_code::malformed, where,
                    "expected each queue once, found " + read.queues[i].queue + " twice");
            }
        }
    }
    return read;
}

}  // namespace qslice
