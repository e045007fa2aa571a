#include "sim/stream/compose.hpp"

#include "sim/record/post_marks.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>

#include <fmt/format.h>

namespace qslice::sim {

namespace {

constexpr std::string_view weekdays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::string_view months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// Filler text, long enough to fill most bodies in one copy.
const std::string& filler() {
    static const std::string block = [] {
        constexpr std::string_view line =
            "The quick brown fox jumps over the lazy dog, and nobody minds the queue.\n";
        std::string text;
        while (text.size() < 16 * 1024) text += line;
        return text;
    }();
    return block;
}

// RFC 5322, 3.3.
void append_date(std::string& text, virtual_time t) {
    using namespace std::chrono;
    const sys_time<seconds> at{floor<seconds>(t.time_since_epoch())};
    const auto day = floor<days>(at);
    const year_month_day date{day};
    const hh_mm_ss clock{at - day};
    fmt::format_to(std::back_inserter(text), "{}, {} {} {:04} {:02}:{:02}:{:02} +0000",
                   weekdays[weekday{day}.c_encoding()], static_cast<unsigned>(date.day()),
                   months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                   clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

}  // namespace

std::string compose_message(const message_stream& stream, std::size_t post) {
    std::string text;
    compose_message(stream, post, text);
    return text;
}

void compose_message(const message_stream& stream, std::size_t post, std::string& text) {
    const arrival& a = stream.arrivals[post];
    text.clear();
    if (!stream.texts.empty()) {
        const std::string& own = stream.texts[post];
        text.reserve(own.size() + 32);
        fmt::format_to(std::back_inserter(text), "{}: {}\n", post_header, post);
        text += own;
        return;
    }

    constexpr std::size_t usual_head = 512;
    text.reserve(std::clamp<std::size_t>(a.size_bytes, usual_head, most_composed_bytes));
    const std::string& list = stream.lists[a.list];
    const std::uint64_t root = a.thread != 0        ? a.thread
                               : a.in_reply_to != 0 ? a.in_reply_to
                                                    : a.message_id;
    const auto out = std::back_inserter(text);
    fmt::format_to(out,
                   "{}: {}\nFrom: {}\nTo: {}{}\nSubject: {}thread {:016x}\nDate: ", post_header,
                   post, stream.senders[a.sender], list,
                   list.find('@') == std::string::npos ? "@qslice.example" : "",
                   a.in_reply_to != 0 ? "Re: " : "", root);
    append_date(text, a.time);
    fmt::format_to(out, "\nMessage-ID: <{:016x}@qslice.example>\n", a.message_id);
    if (a.in_reply_to != 0) {
        fmt::format_to(out, "In-Reply-To: <{:016x}@qslice.example>\nReferences: ", a.in_reply_to);
        if (root != a.in_reply_to) fmt::format_to(out, "<{:016x}@qslice.example>\n ", root);
        fmt::format_to(out, "<{:016x}@qslice.example>\n", a.in_reply_to);
    }
    text += "MIME-Version: 1.0\nContent-Type: text/plain; charset=us-ascii\n\n";

    const std::string& block = filler();
    const std::size_t size = std::min<std::size_t>(a.size_bytes, most_composed_bytes);
    while (text.size() < size) text.append(block, 0, size - text.size());
    if (text.back() != '\n') text.back() = '\n';
}

}  // namespace qslice::sim
