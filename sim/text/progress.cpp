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
constexpr std::size_t longest_bar = 24;
constexpr std::size_t shortest_bar = 6;

/// A bar of this many columns, filled to `share`.
std::string bar(double share, std::size_t columns, bool utf8) {
    const auto filled = static_cast<std::size_t>(std::lround(share * static_cast<double>(columns)));
    std::string text;
    for (std::size_t column = 0; column < columns; ++column) {
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
    const std::uint64_t total = total_.load(std::memory_order_relaxed);
    const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
    const double share =
        total > 0 ? std::min(1.0, static_cast<double>(done) / static_cast<double>(total)) : 0;
    const std::string percent = total > 0 ? fmt::format(" {:3.0f}%", share * 100) : "";
    const std::string count = fmt::format("  {} {}", short_count(static_cast<double>(done)), unit_);
    const std::string speed = fmt::format("  {}/s", short_count(rate));
    const std::string left =
        total > done && rate > 0
            ? fmt::format("  {} left", age_text(static_cast<double>(total - done) / rate))
            : "";
    // If the line is too long, the bar is shortened first; then the count, the rate and the bar are
    // left out. A wrapped line could not be redrawn in place.
    const std::size_t room = columns > 0 ? columns - 1 : 0;
    for (const std::string& told : {count + speed, speed, std::string()}) {
        const std::size_t taken = label_.size() + percent.size() + told.size() + left.size() + 2;
        if (total > 0 && taken + shortest_bar <= room) {
            return label_ + "  " + bar(share, std::min(longest_bar, room - taken), utf8_) +
                   percent + told + left;
        }
        if (total == 0 && taken <= room + 2) return label_ + told;
    }
    return (label_ + percent + left).substr(0, room);
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
