#include <qslice/partition/weighted_ranges.hpp>
#include <qslice/runner/standard_runners.hpp>
#include <qslice/spool/standard_spools.hpp>
#include <qslice/topology/run.hpp>
#include <qslice/topology/topology.hpp>

#include <boost/hana/equal.hpp>
#include <boost/hana/tuple.hpp>
#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace qslice;

namespace {

struct three_machines
    : topology<
          mailman21_spool,
          runners<sliced<incoming_runner, 3>, sliced<archive_runner, 3>, sliced<outgoing_runner, 3>,
                  sliced<virgin_runner, 3>, sliced<bounce_runner, 3>, sliced<retry_runner, 1>>,
          machines<machine_runs<"mx1", slice_of_each<0>>, machine_runs<"mx2", slice_of_each<1>>,
                   machine_runs<"mx3", slice_of_each<2>>>> {};

static_assert(
    boost::hana::equal(three_machines::runner_types,
                       boost::hana::tuple_t<incoming_runner, archive_runner, outgoing_runner,
                                            virgin_runner, bounce_runner, retry_runner>));
static_assert(three_machines::slice_count<outgoing_runner> == 3);
static_assert(three_machines::slice_count<retry_runner> == 1);
static_assert(three_machines::processes.size() == 16);
static_assert(three_machines::machine_names[2] == "mx3");

std::vector<std::string> texts(const std::vector<runner_slice>& slices) {
    std::vector<std::string> all;
    for (const runner_slice& s : slices) all.push_back(to_string(s));
    return all;
}

struct unequal : topology<spool_traits<mailman21_format, mailman21_policy, weighted_ranges<>>,
                          runners<weighted<archive_runner, 3, 1>>,
                          machines<machine_runs<"large", one_slice<archive_runner, 0>>,
                                   machine_runs<"small", one_slice<archive_runner, 1>>>,
                          ends_at<"attic">> {};

struct shared_with_mailman3 : topology<mailman3_spool, runners<sliced<archive_runner, 4>>,
                                       machines<machine_runs<"mx1", everything>>> {};

}  // namespace

TEST_CASE("a machine starts its slice of each runner, and the first those that have one slice") {
    CHECK(texts(processes_on<three_machines>("mx1").value()) ==
          std::vector<std::string>{"IncomingRunner:0:3", "ArchRunner:0:3", "OutgoingRunner:0:3",
                                   "VirginRunner:0:3", "BounceRunner:0:3", "RetryRunner:0:1"});
    CHECK(texts(processes_on<three_machines>("mx3").value()) ==
          std::vector<std::string>{"IncomingRunner:2:3", "ArchRunner:2:3", "OutgoingRunner:2:3",
                                   "VirginRunner:2:3", "BounceRunner:2:3"});
}

TEST_CASE("an unknown machine is an error that lists the known ones") {
    const auto none = processes_on<three_machines>("mx4");
    REQUIRE_FALSE(none);
    CHECK(none.error().to_string() ==
          "mx4: no such machine in the topology; it has mx1, mx2, mx3 (not found)");
}

TEST_CASE("a topology's queues are those of its runners and those in which messages end") {
    const std::vector<std::string_view> queues(unequal::queues.begin(), unequal::queues.end());
    CHECK(queues == std::vector<std::string_view>{"archive", "attic", "held", "shunt", "bad"});
}

TEST_CASE("a queue is divided into the slices or the weights that its line says") {
    const auto thirds = three_machines::partition_of<incoming_runner>().value();
    CHECK(thirds.slice_count() == 3);
    CHECK(thirds.slice_of(hash_value::fraction(1, 3)) == 1);
    const auto weighted = unequal::partition_of<archive_runner>().value();
    CHECK(weighted.range_of(1).lower == hash_value::fraction(3, 4));
    CHECK(shared_with_mailman3::partition_of<archive_runner>().value().slice_count() == 4);
}
