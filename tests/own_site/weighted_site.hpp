/// @file
/// A site whose two machines are of different strength: mx1 takes three quarters. Its partition is
/// the user's own and states nothing of itself.
#pragma once

#include <qslice/qslice.hpp>

#include <cstdint>
#include <span>
#include <utility>

/// Equal ranges of the upside-down hash space, by weights.
class upside_down {
public:
    static qslice::result<upside_down> make(std::span<const std::uint32_t> weights) {
        auto made = qslice::weighted_ranges<>::make(weights);
        if (!made) return qslice::failure(made.error());
        return upside_down(*std::move(made));
    }

    upside_down() = default;

    [[nodiscard]] std::uint64_t slice_count() const { return ranges_.slice_count(); }
    [[nodiscard]] qslice::slice_index slice_of(const qslice::hash_value& d) const {
        return ranges_.slice_of({~d.high(), ~d.middle(), ~d.low()});
    }
    [[nodiscard]] bool owns(qslice::slice_index slice, const qslice::hash_value& d) const {
        return slice_of(d) == slice;
    }

private:
    explicit upside_down(qslice::weighted_ranges<> ranges) : ranges_(std::move(ranges)) {}

    qslice::weighted_ranges<> ranges_;
};

struct weighted_site
    : qslice::topology<
          qslice::spool_traits<qslice::mailman21_format, qslice::mailman21_policy, upside_down>,
          qslice::runners<qslice::weighted<qslice::incoming_runner, 3, 1>,
                          qslice::weighted<qslice::archive_runner, 3, 1>,
                          qslice::weighted<qslice::outgoing_runner, 3, 1>,
                          qslice::weighted<qslice::virgin_runner, 3, 1>,
                          qslice::sliced<qslice::bounce_runner, 1>,
                          qslice::sliced<qslice::retry_runner, 1>>,
          qslice::machines<qslice::machine_runs<"mx1", qslice::slice_of_each<0>>,
                           qslice::machine_runs<"mx2", qslice::slice_of_each<1>>>> {};
