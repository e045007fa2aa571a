/// @file
/// The time zone of a machine's logs: converts local time to seconds since the epoch.
#pragma once

#include <qslice/core/result.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace date {
class time_zone;
}

namespace qslice::sim::diagnosis {

/// A fixed offset, or a zone from the system's tables with daylight saving time. Default: UTC.
/// @safety a plain value
class time_zone {
public:
    time_zone() = default;

    /// Reads "UTC", "+02:00", "-0500", "+2" or "Europe/Berlin".
    /// @returns `malformed` for anything else
    static result<time_zone> parse(std::string_view text);

    /// Seconds since the epoch at a local time.
    ///
    /// A local time that occurs twice in autumn is the first of the two, unless the machine's
    /// previous entry is later; one that is skipped in spring is the moment of the change.
    [[nodiscard]] std::int64_t to_utc(std::int64_t local_s,
                                      std::optional<std::int64_t> previous_utc_s) const;

private:
    std::int64_t offset_s_ = 0;
    const date::time_zone* zone_ = nullptr;
};

}  // namespace qslice::sim::diagnosis
