#include "sim/stream/mbox.hpp"

#include "sim/stream/input_file.hpp"
#include "sim/stream/names.hpp"
#include "sim/stream/timing.hpp"

#include <qslice/hash/hash_function.hpp>
#include <qslice/message/headers.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <gmime/gmime.h>

namespace qslice::sim {

namespace {

struct unref {
    void operator()(void* object) const noexcept { g_object_unref(object); }
    void operator()(GDateTime* time) const noexcept { g_date_time_unref(time); }
};
template <class T>
using owned = std::unique_ptr<T, unref>;

void start_gmime() {
    static const bool started = (g_mime_init(), true);
    static_cast<void>(started);
}

/// GMime reads groups in groups recursively, and a list of addresses in quadratic time; so it is
/// shown no more of a field than holds any real sender, list or date.
std::string shown(std::string_view value) {
    constexpr std::size_t longest = 8192;
    return std::string(value.substr(0, longest));
}

/// Seconds since the epoch of an RFC 5322 date; dates that GMime would have to guess are rejected.
std::optional<std::int64_t> date_of(std::string_view text) {
    const owned<GDateTime> time(g_mime_utils_header_decode_date(shown(text).c_str()));
    if (!time) return {};
    const std::int64_t seconds = g_date_time_to_unix(time.get());
    constexpr std::int64_t last_second = 9'223'372'035;  // of virtual time
    if (seconds < 0 || seconds > last_second) return {};
    return seconds;
}

std::optional<std::int64_t> time_of(std::string_view text) {
    std::optional<std::int64_t> received, dated;
    for_each_header(text, [&](const header_field& field) {
        if (!received && detail::equal_ignoring_case(field.name, "Received")) {
            const std::size_t semicolon = field.value.rfind(';');
            if (semicolon != std::string_view::npos) {
                received = date_of(unfold(field.value.substr(semicolon + 1)));
            }
        } else if (!dated && detail::equal_ignoring_case(field.name, "Date")) {
            dated = date_of(unfold(field.value));
        }
    });
    return received ? received : dated;
}

std::string value_of(std::string_view text, std::string_view name) {
    const auto field = find_header(text, name);
    return field ? unfold(field->value) : std::string();
}

std::string lower(std::string text) {
    for (char& c : text) c = detail::to_lower(c);
    return text;
}

/// The first address of a field; empty if there is none.
std::string address_of(const std::string& value) {
    const owned<InternetAddressList> addresses(
        internet_address_list_parse(nullptr, shown(value).c_str()));
    if (!addresses || internet_address_list_length(addresses.get()) == 0) return {};
    InternetAddress* const first = internet_address_list_get_address(addresses.get(), 0);
    if (!INTERNET_ADDRESS_IS_MAILBOX(first)) return {};
    const char* const address = internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(first));
    const std::string found = address != nullptr ? address : "";
    return found.find('@') != std::string::npos ? lower(found) : std::string();
}

std::string sender_of(std::string_view text) {
    const std::string value = value_of(text, "From");
    const std::string address = address_of(value);
    return address.empty() ? value : address;
}

/// Empty if the message names no list or no valid list name.
std::string list_of(std::string_view text) {
    std::string post(angle_address(value_of(text, "List-Post")));
    if (lower(post).starts_with("mailto:")) post.erase(0, std::string_view("mailto:").size());
    for (const std::string& found : {std::string(angle_address(value_of(text, "List-Id"))),
                                     address_of(post), address_of(value_of(text, "X-BeenThere"))}) {
        if (is_list_name(found)) return lower(found);
    }
    return {};
}

/// The file's name up to its first dot, as far as it is a valid list name.
std::string list_of_file(const std::string& path) {
    std::string list = path.substr(path.rfind('/') + 1);
    list = list.substr(0, list.find('.', 1));
    for (char& c : list) {
        if (!is_list_letter(c)) c = '-';
    }
    return list == "-" || list.empty() ? "list" : list;
}

class reader {
public:
    reader(std::string name, std::string other_list)
        : name_(std::move(name)), other_list_(std::move(other_list)) {}

    result<message_stream> run(const std::string& bytes) && {
        if (!bytes.starts_with("From ")) {
            return failure(
                error_code::malformed, name_ + ":1",
                "expected an mbox, whose first line begins with 'From ', found " +
                    (bytes.empty() ? "an empty file" : quoted(bytes.substr(0, bytes.find('\n')))));
        }
        start_gmime();
        std::size_t line = 1;
        std::string_view left = bytes;  // begins with a "From " line, at line `line`
        while (!left.empty()) {
            ++messages_;
            const std::string_view whole = left.substr(0, end_of_message(left));
            if (auto wrong = read(text_of(whole), line)) return *std::move(wrong);
            line += static_cast<std::size_t>(std::count(whole.begin(), whole.end(), '\n'));
            left.remove_prefix(whole.size());
        }
        stream_.lists = std::move(lists_).names();
        stream_.senders = std::move(senders_).names();
        sort_by_time(stream_);
        spread_within_seconds(stream_);
        return std::move(stream_);
    }

private:
    /// The next message begins with a "From " line after an empty one.
    static std::size_t end_of_message(std::string_view text) {
        std::size_t at = text.find("\nFrom ");
        while (at != std::string_view::npos) {
            const std::string_view before = text.substr(0, at);
            if (before.ends_with('\n') || before.ends_with("\n\r")) return at + 1;
            at = text.find("\nFrom ", at + 1);
        }
        return text.size();
    }

    std::string place(std::size_t line) const {
        return fmt::format("{}: message {} at line {}", name_, messages_, line);
    }

    /// Without the "From " line, and without the empty line before the next one.
    static std::string text_of(std::string_view whole) {
        const std::size_t line_end = whole.find('\n');
        whole.remove_prefix(line_end == std::string_view::npos ? whole.size() : line_end + 1);
        if (whole.ends_with("\n\n")) whole.remove_suffix(1);
        if (whole.ends_with("\n\r\n")) whole.remove_suffix(2);
        return std::string(whole);
    }

    std::optional<failure> read(std::string text, std::size_t line) {
        const auto expected = [&](const char* what) {
            return failure(error_code::malformed, place(line),
                           fmt::format("expected {}, found a header that begins with {}", what,
                                       quoted(text.substr(0, text.find('\n')))));
        };
        if (!header_at(text, 0)) {
            return failure(error_code::malformed, place(line),
                           "expected header fields after the 'From ' line, found " +
                               (text.empty() ? "the end of the file"
                                             : quoted(text.substr(0, text.find('\n')))));
        }
        arrival a;
        const auto time = time_of(text);
        if (!time) return expected("a Received or Date field with a valid date");
        const std::string sender = sender_of(text);
        if (sender.empty()) return expected("a From field that names the sender");
        std::string list = list_of(text);
        if (list.empty()) list = other_list_;

        a.time = virtual_time(std::chrono::seconds(*time));
        a.list = lists_.number_of(list);
        a.sender = senders_.number_of(sender);
        a.size_bytes = static_cast<std::uint32_t>(text.size());
        const auto own = find_header(text, "Message-ID");
        a.message_id = identity(own && !own->value.empty() ? angle_address(own->value) : text);
        a.in_reply_to = parent_of(text);
        const std::string_view root = thread_root(text);
        a.thread = root.empty() ? a.message_id : identity(root);
        stream_.arrivals.push_back(a);
        stream_.texts.push_back(std::move(text));
        return std::nullopt;
    }

    std::uint64_t parent_of(std::string_view text) {
        const auto reply = find_header(text, "In-Reply-To");
        if (reply && !reply->value.empty()) return identity(angle_address(reply->value));
        const auto references = find_header(text, "References");
        if (!references || references->value.empty()) return 0;
        const std::size_t last = references->value.rfind('<');
        return identity(
            angle_address(references->value.substr(last == std::string_view::npos ? 0 : last)));
    }

    std::uint64_t identity(std::string_view text) {
        hash_.start();
        hash_.update(text);
        return std::max<std::uint64_t>(hash_.finish().high(), 1);  // 0 stands for none
    }

    std::string name_;
    std::string other_list_;
    std::size_t messages_ = 0;
    sha1 hash_;
    message_stream stream_;
    numbering<std::string> lists_;
    numbering<std::string> senders_;
};

}  // namespace

result<message_stream> read_mbox(const std::string& path, const std::string& other_list) {
    auto file = input_file::open(path);
    if (!file) return failure(file.error());
    const auto bytes = file->rest(most_mbox_bytes);
    if (!bytes) return failure(bytes.error());
    return reader(file->name(), other_list.empty() ? list_of_file(path) : other_list).run(*bytes);
}

}  // namespace qslice::sim
