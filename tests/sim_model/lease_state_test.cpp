#include "sim/model/lease_state.hpp"

#include <qslice/ownership/keeper_memory.hpp>
#include <qslice/ownership/lease_name.hpp>
#include <qslice/ownership/lease_survey.hpp>
#include <qslice/ownership/lease_times.hpp>

#include <catch2/catch.hpp>

#include <cstdint>
#include <string>

namespace qslice::sim {
namespace {

const std::string leases = "var/qfiles/out/leases";
constexpr leased_slice first_of_two{1, 0, 2};

/// A keeper that has seen that beat of another's lease, so long ago, and may have looked since.
std::uint64_t remembers(const lease_beats& there, std::uint64_t beat, double silent_s,
                        bool has_looked = true) {
    keeper_memory m;
    m.watched.push_back({first_of_two, seen_lease{{first_of_two, 1, false}, beat}, silent_s});
    return there.hash(m, leases, lease_times{}, has_looked, {});
}

lease_beats beat_is(std::uint64_t beat) {
    const std::string lease = leases + '/' + to_string(lease_name{first_of_two, 1, false});
    lease_beats there;
    there.add(lease);
    there.add(lease + ".beat." + std::to_string(beat));
    return there;
}

}  // namespace

TEST_CASE("a paused keeper's state is the same however often others renew their leases meanwhile") {
    CHECK(remembers(beat_is(7), 6, 2) == remembers(beat_is(700), 6, 2));
    CHECK(remembers(beat_is(7), 6, 2) == remembers(beat_is(8), 3, 2));
    CHECK(remembers(beat_is(7), 7, 2) != remembers(beat_is(8), 7, 2));
    CHECK(remembers(beat_is(7), 7, 2) == remembers(beat_is(8), 8, 2));
}

TEST_CASE("of a silence that is longer than any that counts, it does not matter how long") {
    const lease_beats there = beat_is(7);
    CHECK(remembers(there, 7, 7) == remembers(there, 7, 70));
    CHECK(remembers(there, 7, 5) != remembers(there, 7, 6));
    CHECK(remembers(there, 7, 2) != remembers(there, 7, 3));
}

TEST_CASE("a silence that the next look ends does not matter to a keeper that has yet to look") {
    const lease_beats there = beat_is(7);
    CHECK(remembers(there, 6, 2, false) == remembers(there, 6, 3, false));
    CHECK(remembers(there, 6, 2, true) != remembers(there, 6, 3, true));
    CHECK(remembers(there, 7, 2, false) != remembers(there, 7, 3, false));
}

}  // namespace qslice::sim
