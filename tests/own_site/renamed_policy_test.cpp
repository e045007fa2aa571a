#include "sim/check/check_run.hpp"
#include "sim/model/simulation.hpp"
#include "sim/model/site_program_of.hpp"
#include "sim/stream/make_stream.hpp"

#include <qslice/hash/any_hash_policy.hpp>
#include <qslice/partition/any_partition.hpp>
#include <qslice/runner/standard_runners.hpp>

#include <boost/hana/for_each.hpp>
#include <catch2/catch.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace qslice::sim {
namespace {

constexpr std::uint64_t slices = 4;

/// The same policy under another name.
template <class Policy>
struct renamed : Policy {
    explicit renamed(std::string other) : other_(std::move(other)) {}
    [[nodiscard]] std::string name() const { return other_; }

private:
    std::string other_;
};

/// Puts every entry into the lower half of the hash space: a split that is not chance.
struct lopsided : mailman21_policy {
    hash_value operator()(const hash_input& input) {
        const hash_value even = mailman21_policy::operator()(input);
        return {even.high() >> 1, even.middle(), even.low()};
    }
};

struct divided_by {
    any_partition partition;
    result<any_partition> operator()(std::string_view, std::uint64_t) const { return partition; }
};

/// Four machines with a slice of each queue, and clocks that do not agree.
scenario site_of(const any_hash_policy& policy, const any_partition& partition) {
    scenario s;
    s.policy.hash = policy.name();
    s.policy.partition = partition.text();
    s.intake = {intake_choice::kind::server, intake_choice::route::list};
    s.digests.period_s = 0;
    s.stream.posts = 200;
    for (std::uint64_t k = 0; k < slices; ++k) {
        machine_choice& m = s.machines.emplace_back();
        m.name = "m" + std::to_string(k + 1);
        m.clock.offset = to_duration(2.0 * static_cast<double>(k));
        boost::hana::for_each(standard_runners, [&](auto type) {
            using runner = typename decltype(type)::type;
            m.runners.push_back({std::string(runner::class_name), k, slices});
        });
    }
    return s;
}

/// A run of a site of one's own with strict order and increasing stamps.
run_results play(const scenario& s, any_hash_policy policy, const any_partition& partition) {
    using traits = spool_traits<mailman21_format, any_hash_policy, any_partition, strict_order,
                                flat_layout, increasing_stamps>;
    const site_program_of<traits, std::decay_t<decltype(standard_runners)>, divided_by> program(
        standard_runners, divided_by{partition}, std::move(policy));
    const auto run = simulate(s, make_stream(s.stream, s.seed).value(), program);
    return check_run(run.value());
}

run_results play(any_hash_policy policy, const any_partition& partition) {
    return play(site_of(policy, partition), policy, partition);
}

any_partition equal_slices() { return make_partition("equal:4").value(); }

guarantee_result found(const run_results& results, std::string_view name) {
    for (const guarantee_result& g : results.guarantees) {
        if (g.name == name) return g;
    }
    return {};
}

void check_same(const run_results& a, const run_results& b) {
    CHECK(a.verdict == b.verdict);
    CHECK(a.fault == b.fault);
    CHECK(a.deliveries.independent == b.deliveries.independent);
    REQUIRE(a.guarantees.size() == b.guarantees.size());
    for (std::size_t i = 0; i < a.guarantees.size(); ++i) {
        INFO(a.guarantees[i].name);
        CHECK(a.guarantees[i].verdict == b.guarantees[i].verdict);
        CHECK(a.guarantees[i].because == b.guarantees[i].because);
    }
}

}  // namespace

TEST_CASE("a policy with a bad split does not get off by the name of an affinity") {
    const auto plain = play(any_hash_policy(renamed<lopsided>("lopsided/sha1")), equal_slices());
    CHECK(plain.fault);
    CHECK_THAT(plain.verdict, Catch::StartsWith("PROBLEM"));
    check_same(plain,
               play(any_hash_policy(renamed<lopsided>("list_affinity/sha1")), equal_slices()));
}

TEST_CASE("a list affinity keeps its promises under any name") {
    const auto known = play(any_hash_policy(list_affinity_policy()), equal_slices());
    CHECK(found(known, "list_order").verdict == guarantee_verdict::holds);
    CHECK_FALSE(known.deliveries.independent);
    check_same(known, play(any_hash_policy(renamed<list_affinity_policy>("mailman21/sha1")),
                           equal_slices()));
}

TEST_CASE("a partition whose slices overlap is found out under any name") {
    const auto ranges = mailman3_ranges<>::make(slices).value();
    const any_partition known(ranges, "mailman3:4");
    scenario s = site_of(any_hash_policy(), known);
    fault crafted;
    crafted.what = fault::kind::crafted_entry;
    crafted.hash = known.range_of(0)->upper.hex();  // the lower end of slice 1 as well
    crafted.at_s = 10;
    s.faults.push_back(crafted);
    const auto results = play(s, any_hash_policy(), known);
    CHECK(found(results, "one_owner").verdict == guarantee_verdict::broken);
    const any_partition renamed_ranges(ranges, "equal:4");
    s.policy.partition = renamed_ranges.text();
    check_same(results, play(s, any_hash_policy(), renamed_ranges));
}

}  // namespace qslice::sim
