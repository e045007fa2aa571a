#include "sim/site/time_zone.hpp"

#include <qslice/partition/any_partition.hpp>

#include <date/tz.h>

#include <chrono>
#include <exception>
#include <string>

namespace qslice::sim::diagnosis {

namespace {

/// "+02:00", "-0500", "+2"
std::optional<std::int64_t> read_offset(std::string_view text) {
    if (text.empty() || (text[0] != '+' && text[0] != '-')) return std::nullopt;
    const std::int64_t sign = text[0] == '-' ? -1 : 1;
    text.remove_prefix(1);
    std::string digits(text);
    if (const std::size_t colon = digits.find(':'); colon != std::string::npos) {
        if (colon == 0 || digits.size() - colon != 3) return std::nullopt;
        digits.erase(colon, 1);
    }
    if (digits.empty() || digits.size() > 4) return std::nullopt;
    const auto number = qslice::detail::whole_number<std::uint32_t>(digits);
    if (!number) return std::nullopt;
    const std::uint32_t hours = digits.size() <= 2 ? *number : *number / 100;
    const std::uint32_t minutes = digits.size() <= 2 ? 0 : *number % 100;
    if (hours > 18 || minutes > 59) return std::nullopt;
    return sign * (std::int64_t{hours} * 3600 + std::int64_t{minutes} * 60);
}

}  // namespace

result<time_zone> time_zone::parse(std::string_view text) {
    time_zone zone;
    if (text == "UTC" || text == "Z") return zone;
    if (const auto offset = read_offset(text)) {
        zone.offset_s_ = *offset;
        return zone;
    }
    // Names of zones begin with a letter; anything else is a mistyped offset.
    if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') {
        try {
            zone.zone_ = date::locate_zone(std::string(text));
            return zone;
        } catch (const std::exception&) {
            // Reported below: not a zone of the system's tables, or there are no tables.
        }
    }
    return failure(error_code::malformed, std::string(text),
                   "expected a time zone: UTC, an offset such as +02:00, or a name from the "
                   "system's tables such as Europe/Berlin");
}

std::int64_t time_zone::to_utc(std::int64_t local_s,
                               std::optional<std::int64_t> previous_utc_s) const {
    if (zone_ == nullptr) return local_s - offset_s_;
    const date::local_seconds local{std::chrono::seconds{local_s}};
    const auto moment = [&](date::choose which) {
        return zone_->to_sys(local, which).time_since_epoch().count();
    };
    const std::int64_t first = moment(date::choose::earliest);
    if (previous_utc_s && first < *previous_utc_s) {
        const std::int64_t second = moment(date::choose::latest);
        if (second >= *previous_utc_s) return second;
    }
    return first;
}

}  // namespace qslice::sim::diagnosis
