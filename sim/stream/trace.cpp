#include "sim/stream/trace.hpp"

#include "sim/stream/input_file.hpp"
#include "sim/stream/names.hpp"
#include "sim/stream/threads.hpp"
#include "sim/stream/timing.hpp"

#include <qslice/core/detail/mix.hpp>
#include <qslice/core/hash_value.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace qslice::sim {

namespace {

constexpr std::size_t columns = 6;
constexpr std::array<std::string_view, columns> column_names = {
    "arrival_epoch_s", "list", "size_bytes", "message_id_sha1", "in_reply_to_sha1", "sender_sha1"};
constexpr std::int64_t nanoseconds = 1'000'000'000;
constexpr std::int64_t last_second = 9'223'372'035;  // of virtual time

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

/// "1655340899" or "1655340899.25", up to 9 decimals.
std::optional<virtual_time> time_in(std::string_view text, bool& has_decimals) {
    const std::size_t point = text.find('.');
    const auto seconds = whole_number(text.substr(0, point), 0, last_second);
    if (!seconds) return {};
    auto time = static_cast<std::int64_t>(*seconds) * nanoseconds;
    if (point != std::string_view::npos) {
        std::string decimals(text.substr(point + 1));
        constexpr std::size_t most = 9;
        if (decimals.empty() || decimals.size() > most) return {};
        decimals.resize(most, '0');
        const auto below = whole_number(decimals, 0, nanoseconds - 1);
        if (!below) return {};
        time += static_cast<std::int64_t>(*below);
        has_decimals = true;
    }
    return virtual_time(duration(time));
}

std::optional<std::uint64_t> identity(std::string_view text) {
    constexpr std::size_t digits = 16;
    std::uint64_t value = 0;
    if (text.size() != digits || !detail::parse_hex(text.data(), digits, value) || value == 0) {
        return {};
    }
    return value;
}

/// An identifier that no other post has, for one without a Message-ID.
/// @source splitmix64, S. Vigna (public domain)
std::uint64_t own_identity(std::uint64_t number) {
    const std::uint64_t drawn = qslice::detail::mix64((number + 1) * 0x9e3779b97f4a7c15);
    return std::max<std::uint64_t>(drawn, 1);
}

class reader {
public:
    explicit reader(input_file file) : file_(std::move(file)) {}

    result<std::vector<trace_post>> run() {
        std::string_view line;
        auto more = file_.next_line(line);
        if (!more) return failure(more.error());
        if (!*more) return expected_header("an empty file");
        const bool json = line.starts_with('{');
        if (!json && line != trace_columns) return expected_header(quoted(line));
        if (!json) more = file_.next_line(line);
        for (; more && *more; more = file_.next_line(line)) {
            if (auto wrong = json ? read_json(line) : read_csv(line)) return *std::move(wrong);
        }
        if (!more) return failure(more.error());
        if (posts_.empty()) {
            return failure(error_code::malformed, file_.name(),
                           "expected at least one post after the header line, found none");
        }
        return std::move(posts_);
    }

    [[nodiscard]] bool has_decimals() const noexcept { return has_decimals_; }

private:
    failure expected_header(const std::string& found) const {
        return failure(error_code::malformed, fmt::format("{}:1", file_.name()),
                       fmt::format("expected the columns '{}', or a JSON object per line, found {}",
                                   trace_columns, found));
    }
    failure expected(std::size_t column, std::string_view what, std::string_view found) const {
        return failure(error_code::malformed, file_.place(),
                       fmt::format("{}: expected {}, found {}", column_names[column], what,
                                   found.empty() ? "nothing" : quoted(found)));
    }

    std::optional<failure> read_csv(std::string_view line) {
        fields f;
        if (const std::size_t count = split(line, f); count != columns) {
            return failure(error_code::malformed, file_.place(),
                           fmt::format("expected {} fields separated by commas, found {}: {}",
                                       columns, count, quoted(line)));
        }
        return read(f);
    }

    std::optional<failure> read_json(std::string_view line) {
        const auto object = nlohmann::json::parse(line, nullptr, false);
        if (!object.is_object()) {
            return failure(error_code::malformed, file_.place(),
                           "expected a JSON object, found " + quoted(line));
        }
        std::array<std::string, columns> texts;
        fields f;
        for (std::size_t c = 0; c < columns; ++c) {
            const auto value = object.find(column_names[c]);
            if (value != object.end() && value->is_string()) {
                texts[c] = value->get<std::string>();
            } else if (value != object.end() && value->is_number_float()) {
                // A double holds a time of our days to a microsecond.
                texts[c] = fmt::format("{:.6f}", value->get<double>());
            } else if (value != object.end() && !value->is_null()) {
                texts[c] = value->dump();
            }
            f[c] = texts[c];
        }
        return read(f);
    }

    std::optional<failure> read(const fields& f) {
        constexpr std::string_view id_form = "16 hex digits, not all 0";
        constexpr std::string_view id_or_none = "16 hex digits, not all 0, or an empty field";
        const auto time = time_in(f[0], has_decimals_);
        if (!time) {
            return expected(
                0,
                fmt::format("seconds since the epoch, 0 to {}, with up to 9 decimals", last_second),
                f[0]);
        }
        if (!is_list_name(f[1])) {
            return expected(1, fmt::format("a list's name of {}", list_name_form), f[1]);
        }
        const auto size = whole_number(f[2], 1, 4'294'967'295);
        if (!size) return expected(2, "a number of bytes, 1 to 4294967295", f[2]);
        const auto id = f[3].empty() ? std::optional<std::uint64_t>(0) : identity(f[3]);
        if (!id) return expected(3, id_or_none, f[3]);
        const auto parent = f[4].empty() ? std::optional<std::uint64_t>(0) : identity(f[4]);
        if (!parent) return expected(4, id_or_none, f[4]);
        const auto sender = identity(f[5]);
        if (!sender) return expected(5, id_form, f[5]);
        posts_.push_back(
            {*time, std::string(f[1]), static_cast<std::uint32_t>(*size), *id, *parent, *sender});
        return std::nullopt;
    }

    input_file file_;
    std::vector<trace_post> posts_;
    bool has_decimals_ = false;
};

message_stream stream_of(const std::vector<trace_post>& posts) {
    message_stream stream;
    numbering<std::string> lists;
    numbering<std::uint64_t> senders;
    for (const trace_post& post : posts) {
        arrival a;
        a.time = post.time;
        a.list = lists.number_of(post.list);
        a.size_bytes = post.size_bytes;
        a.message_id =
            post.message_id != 0 ? post.message_id : own_identity(stream.arrivals.size());
        a.in_reply_to = post.in_reply_to;
        a.sender = senders.number_of(
            post.sender, [](std::uint64_t s) { return fmt::format("{:016x}@qslice.example", s); });
        stream.arrivals.push_back(a);
    }
    stream.lists = std::move(lists).names();
    stream.senders = std::move(senders).names();
    return stream;
}

std::string id_text(std::uint64_t id) { return id == 0 ? "" : fmt::format("{:016x}", id); }

}  // namespace

result<std::vector<trace_post>> read_trace_posts(const std::string& path) {
    auto file = input_file::open(path);
    if (!file) return failure(file.error());
    return reader(*std::move(file)).run();
}

result<message_stream> read_trace(const std::string& path) {
    auto file = input_file::open(path);
    if (!file) return failure(file.error());
    reader r(*std::move(file));
    const auto posts = r.run();
    if (!posts) return failure(posts.error());
    message_stream stream = stream_of(*posts);
    sort_by_time(stream);
    if (!r.has_decimals()) spread_within_seconds(stream);
    set_threads(stream);
    return stream;
}

std::string trace_line(const trace_post& post, bool json) {
    const std::int64_t time = post.time.time_since_epoch().count();
    std::string seconds = std::to_string(time / nanoseconds);
    if (time % nanoseconds != 0) {
        seconds += fmt::format(".{:09}", time % nanoseconds);
        seconds.erase(seconds.find_last_not_of('0') + 1);
    }
    if (!json) {
        return fmt::format("{},{},{},{},{},{}", seconds, post.list, post.size_bytes,
                           id_text(post.message_id), id_text(post.in_reply_to),
                           id_text(post.sender));
    }
    const auto or_null = [](std::uint64_t id) {
        return id == 0 ? std::string("null") : '"' + id_text(id) + '"';
    };
    return fmt::format(
        R"({{"arrival_epoch_s":{},"list":"{}","size_bytes":{},"message_id_sha1":{},"in_reply_to_sha1":{},"sender_sha1":{}}})",
        seconds, post.list, post.size_bytes, or_null(post.message_id), or_null(post.in_reply_to),
        or_null(post.sender));
}

}  // namespace qslice::sim
