#include "sim/stream/trace.hpp"

#include "sim/stream/input_file.hpp"
#include "sim/stream/names.hpp"
#include "sim/stream/threads.hpp"
#include "sim/stream/timing.hpp"

#include <qslice/core/hash_value.hpp>

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace qslice::sim {

namespace {

constexpr std::size_t columns = 6;
constexpr std::array<std::string_view, columns> column_names = {
    "arrival_epoch_s", "list", "size_bytes", "message_id_sha1", "in_reply_to_sha1", "sender_sha1"};

using fields = std::array<std::string_view, columns>;

// All fields found, so that an error can state their number.
std::size_t split(std::string_view line, fields& into) {
    std::size_t count = 0;
    while (true) {
        const std::size_t comma = line.find(',');
        if (count < columns) into[count] = line.substr(0, comma);
        ++count;
        if (comma == std::string_view::npos) return count;
        line.remove_prefix(comma + 1);
    }
}

std::optional<std::uint64_t> whole_number(std::string_view text, std::uint64_t least,
                                          std::uint64_t most) {
    std::uint64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, problem] = std::from_chars(text.data(), end, value);
    if (problem != std::errc{} || stopped != end || value < least || value > most) return {};
    return value;
}

std::optional<std::uint64_t> identity(std::string_view text) {
    constexpr std::size_t digits = 16;
    std::uint64_t value = 0;
    if (text.size() != digits || !detail::parse_hex(text.data(), digits, value) || value == 0) {
        return {};
    }
    return value;
}

class reader {
public:
    explicit reader(input_file file) : file_(std::move(file)) {}

    result<message_stream> run() && {
        std::string_view line;
        auto more = file_.next_line(line);
        if (!more) return failure(more.error());
        if (!*more) return expected_header("an empty file");
        if (line != trace_columns) return expected_header(quoted(line));
        while (true) {
            more = file_.next_line(line);
            if (!more) return failure(more.error());
            if (!*more) break;
            if (auto wrong = read(line)) return *std::move(wrong);
        }
        if (stream_.arrivals.empty()) {
            return failure(error_code::malformed, file_.name(),
                           "expected at least one post after the header line, found none");
        }
        stream_.lists = std::move(lists_).names();
        stream_.senders = std::move(senders_).names();
        sort_by_time(stream_);
        spread_within_seconds(stream_);
        set_threads(stream_);
        return std::move(stream_);
    }

private:
    failure expected_header(const std::string& found) const {
        return failure(error_code::malformed, fmt::format("{}:1", file_.name()),
                       fmt::format("expected the columns '{}', found {}", trace_columns, found));
    }
    failure expected(std::size_t column, std::string_view what, std::string_view found) const {
        return failure(error_code::malformed, file_.place(),
                       fmt::format("{}: expected {}, found {}", column_names[column], what,
                                   found.empty() ? "nothing" : quoted(found)));
    }

    std::optional<failure> read(std::string_view line) {
        constexpr std::uint64_t last_second = 9'223'372'035;  // of virtual time
        constexpr std::string_view id_form = "16 hex digits, not all 0";
        fields f;
        if (const std::size_t count = split(line, f); count != columns) {
            return failure(error_code::malformed, file_.place(),
                           fmt::format("expected {} fields separated by commas, found {}: {}",
                                       columns, count, quoted(line)));
        }
        arrival a;
        const auto time = whole_number(f[0], 0, last_second);
        if (!time) {
            return expected(0, fmt::format("whole seconds since the epoch, 0 to {}", last_second),
                            f[0]);
        }
        if (!is_list_name(f[1])) {
            return expected(1, fmt::format("a list's name of {}", list_name_form), f[1]);
        }
        const auto size = whole_number(f[2], 1, 4'294'967'295);
        if (!size) return expected(2, "a number of bytes, 1 to 4294967295", f[2]);
        const auto id = identity(f[3]);
        if (!id) return expected(3, id_form, f[3]);
        const auto parent = f[4].empty() ? std::optional<std::uint64_t>(0) : identity(f[4]);
        if (!parent) return expected(4, "16 hex digits, not all 0, or an empty field", f[4]);
        const auto sender = identity(f[5]);
        if (!sender) return expected(5, id_form, f[5]);

        a.time = virtual_time(std::chrono::seconds(static_cast<std::int64_t>(*time)));
        a.list = lists_.number_of(std::string(f[1]));
        a.size_bytes = static_cast<std::uint32_t>(*size);
        a.message_id = *id;
        a.in_reply_to = *parent;
        a.sender = senders_.number_of(
            *sender, [](std::uint64_t s) { return fmt::format("{:016x}@qslice.example", s); });
        stream_.arrivals.push_back(a);
        return std::nullopt;
    }

    input_file file_;
    message_stream stream_;
    numbering<std::string> lists_;
    numbering<std::uint64_t> senders_;
};

}  // namespace

result<message_stream> read_trace(const std::string& path) {
    auto file = input_file::open(path);
    if (!file) return failure(file.error());
    return reader(*std::move(file)).run();
}

}  // namespace qslice::sim
