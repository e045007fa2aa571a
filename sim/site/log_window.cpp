#include "sim/site/log_window.hpp"

#include "sim/site/slice_plan.hpp"

#include <qslice/core/timestamp.hpp>

#include <date/date.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <string>
#include <utility>

namespace qslice::sim::diagnosis {

namespace {

struct named_text {
    std::string machine;
    std::string_view text;
};

/// Splits "MACHINE=TEXT"; without '=' the machine is empty.
named_text split_name(std::string_view text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) return {{}, text};
    return {std::string(text.substr(0, equals)), text.substr(equals + 1)};
}

failure wrong(std::string_view option, const error& problem) {
    return {problem.code, std::string(option), "'" + problem.where + "': " + problem.what};
}

}  // namespace

result<log_time> parse_log_time(std::string_view text) {
    // date::parse() reads a number that it has not set where seconds are followed by more.
    const std::string given(text);
    for (const char* form : {"%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M",
                             "%Y-%m-%dT%H:%M", "%Y-%m-%d"}) {
        std::tm read{};
        const char* const end = ::strptime(given.c_str(), form, &read);
        if (end != given.c_str() + given.size()) continue;
        const date::year_month_day day{date::year(read.tm_year + 1900),
                                       date::month(static_cast<unsigned>(read.tm_mon + 1)),
                                       date::day(static_cast<unsigned>(read.tm_mday))};
        if (!day.ok()) continue;
        const date::sys_seconds moment = date::sys_days(day) + std::chrono::hours(read.tm_hour) +
                                         std::chrono::minutes(read.tm_min) +
                                         std::chrono::seconds(read.tm_sec);
        return static_cast<double>(moment.time_since_epoch().count());
    }
    return failure(error_code::malformed, std::string(text),
                   "expected a time as 'YYYY-MM-DD', 'YYYY-MM-DD HH:MM' or 'YYYY-MM-DD HH:MM:SS'");
}

result<log_settings::meaning> log_settings::read() const {
    meaning m;
    for (const std::string& given : zones) {
        const named_text named = split_name(given);
        const auto zone = time_zone::parse(named.text);
        if (!zone) return wrong("--timezone", zone.error());
        if (named.machine.empty()) {
            m.clocks.zone = *zone;
        } else {
            m.clocks.zones.insert_or_assign(named.machine, *zone);
            m.machines.insert(named.machine);
        }
    }
    for (const std::string& given : clocks) {
        const named_text named = split_name(given);
        const auto seconds = parse_timestamp(named.text);
        if (named.machine.empty() || !seconds) {
            return failure(error_code::malformed, "--clock",
                           "expected MACHINE=SECONDS, found '" + given + "'");
        }
        m.clocks.ahead_s.insert_or_assign(named.machine, seconds->seconds);
        m.machines.insert(named.machine);
    }
    for (const std::string& given : running) {
        // "mx1=OutgoingRunner:0:3,BounceRunner:0:1,mx2=OutgoingRunner:1:3"
        std::string machine;
        for (std::string_view rest = given; !rest.empty();) {
            const std::string_view item = rest.substr(0, rest.find(','));
            rest.remove_prefix(std::min(item.size() + 1, rest.size()));
            const named_text named = split_name(item);
            if (!named.machine.empty()) machine = named.machine;
            if (machine.empty() || machine.find("--runner") != std::string::npos) {
                return failure(error_code::malformed, "--running",
                               "expected MACHINE=RUNNER:SLICE:SLICES,..., found '" + given + "'");
            }
            auto runners = parse_runners(named.text);
            if (!runners) return wrong("--running", runners.error());
            auto& told = m.history.told[machine];
            told.insert(told.end(), runners->begin(), runners->end());
            m.machines.insert(machine);
        }
    }
    const auto moment = [](const std::string& text, std::string_view option,
                           std::optional<log_time>& value) -> result<void> {
        if (text.empty()) return {};
        const auto parsed = parse_log_time(text);
        if (!parsed) return wrong(option, parsed.error());
        value = *parsed;
        return {};
    };
    if (auto read = moment(from, "--from", m.history.from); !read) return failure(read.error());
    if (auto read = moment(to, "--to", m.history.to); !read) return failure(read.error());
    if (m.history.from && m.history.to && *m.history.to < *m.history.from) {
        return failure(error_code::malformed, "--to",
                       "expected a time after --from, found '" + to + "'");
    }
    return m;
}

}  // namespace qslice::sim::diagnosis
