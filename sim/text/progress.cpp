#include "sim/text/progress.hpp"

#include "sim/text/plain_words.hpp"
#include "sim/text/terminal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <utility>

namespace qslice::sim {

namespace {

constexpr std::int64_t draw_every_ms = 100;
constexpr std::size_t bar_columns = 24;

/// A bar of so many columns, filled to `share`.
std::string bar(double share, bool utf8) {
    const auto filled = static_cast<std::size_t>(std::lround(share * bar_columns));
    std::string text;
    for (std::size_t column = 0; column < bar_columns; ++column) {
        if (utf8) {
            text += column < filled ? "█" : "░";
        } else {
            text += column < filled ? '#' : '.';
        }
    }
    return text;
}

}  // namespace

std::string short_count(double count) {
    if (count >= 1e9) return fmt::format("{:.3g} billion", count / 1e9);
    if (count >= 1e6) return fmt::format("{:.3g} million", count / 1e6);
    if (count >= 1000) {
        return grouped(static_cast<std::uint64_t>(std::llround(count)));
    }
    if (count >= 10 || count == std::floor(count)) return fmt::format("{:.0f}", count);
    return fmt::format("{:.1f}", count);
}

progress::progress(std::string label, std::string unit, std::uint64_t total, bool shown)
    : label_(std::move(label)),
      unit_(std::move(unit)),
      total_(total),
      shown_(shown && is_terminal(stderr)),
      utf8_(locale_is_utf8()) {}

progress::~progress() {
    if (drawn_) std::fputs("\r\x1b[K", stderr);
}

std::string progress::line(std::uint64_t done, double seconds, unsigned columns) const {
    const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
    std::string text = label_;
    if (total_ > 0) {
        const double share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total_));
        text += fmt::format("  {} {:3.0f}%", bar(share, utf8_), share * 100);
    }
    text += fmt::format("  {} {}  {}/s", short_count(static_cast<double>(done)), unit_,
                        short_count(rate));
    if (total_ > done && rate > 0) {
        text += fmt::format("  {} left", age_text(static_cast<double>(total_ - done) / rate));
    }
    // Cut to the terminal's width, or the line would wrap and not be redrawn in place.
    std::size_t end = 0;
    for (unsigned column = 0; end < text.size(); ++end) {
        const bool begins_character = (static_cast<unsigned char>(text[end]) & 0xc0) != 0x80;
        if (begins_character && ++column >= columns) break;
    }
    text.resize(end);
    return text;
}

void progress::maybe_draw(std::uint64_t done) {
    const auto elapsed = clock::now() - started_;
    const auto now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(elapsed).count();
    std::int64_t due = next_draw_ms_.load(std::memory_order_relaxed);
    if (now_ms < due || !next_draw_ms_.compare_exchange_strong(due, now_ms + draw_every_ms)) return;
    const std::lock_guard lock(drawing_);
    const std::string text = line(done, static_cast<double>(now_ms) / 1000, terminal_width(stderr));
    std::fprintf(stderr, "\r%s\x1b[K", text.c_str());
    std::fflush(stderr);
    drawn_ = true;
}

}  // namespace qslice::sim
