#include "sim/explore/exhaustive.hpp"
#include "sim/model/simulation.hpp"
#include "sim/model/site_program_of.hpp"
#include "sim/own_site/own_simulation.hpp"

#include <qslice/codec/entry_format.hpp>
#include <qslice/hash/hash_policy.hpp>
#include <qslice/partition/equal_ranges.hpp>
#include <qslice/runner/standard_runners.hpp>
#include <qslice/spool/entry_order.hpp>
#include <qslice/spool/entry_stamp.hpp>
#include <qslice/spool/layout.hpp>
#include <qslice/spool/spool_traits.hpp>
#include <qslice/topology/arriving_item.hpp>
#include <qslice/topology/configured.hpp>
#include <qslice/topology/run.hpp>
#include <qslice/topology/topology.hpp>

#include <catch2/catch.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace qslice::sim {
namespace {

/// Posts enter the queue of the mail server's runner, which two machines share.
struct delivering_site
    : topology<
          spool_traits<mailman21_format, list_affinity_policy, equal_ranges<>, strict_order,
                       flat_layout, increasing_stamps>,
          runners<sliced<outgoing_runner, 2>, sliced<retry_runner, 1>, sliced<bounce_runner, 1>>,
          machines<machine_runs<"mx1", slice_of_each<0>>, machine_runs<"mx2", slice_of_each<1>>>,
          ends_at<>, enters<"out">> {
    static auto arriving(const arriving_item& arrived) {
        item_of<mailman21_format> item;
        item.text = arrived.text;
        item.data = {{"listname", arrived.group}, {"tolist", 1}};
        mailman21_format::set_recipients(item.data, {"ada@example.org"});
        return item;
    }
};

/// The program of every scenario, as long as it lives.
class own_program {
    using runner_types = std::decay_t<decltype(delivering_site::runner_types)>;

public:
    own_program() { set_own_program(&program_); }
    own_program(const own_program&) = delete;
    own_program& operator=(const own_program&) = delete;
    ~own_program() { set_own_program(nullptr); }

private:
    const site_program_of<delivering_site::spool, runner_types,
                          detail::partition_of_queue<delivering_site>, delivering_site>
        program_{delivering_site::runner_types, {}, hash_policy_of<delivering_site>()};
};

/// Two machines that own a slice each, and one list.
scenario two_owners(std::size_t posts) {
    scenario s = detail::scenario_of<delivering_site>("two-owners");
    s.policy.partition = "equal";
    s.policy.list_locks = "qslice";
    s.deployment.file = s.deployment.standby = true;
    s.intake = {intake_choice::kind::server, intake_choice::route::list};
    s.storage.kind = "memory";
    s.digests.period_s = 0;
    s.list_defaults.members = 1;
    s.list_defaults.digest_members = 0;
    s.list_defaults.archive = false;
    for (std::size_t k = 0; k < s.machines.size(); ++k) {
        s.machines[k].accepts_posts = false;
        s.machines[k].runners = {{"OutgoingRunner", k, 2}};
    }
    s.machines.emplace_back().name = "smtp";
    s.stream.what = stream_choice::kind::listed;
    s.stream.listed.resize(posts);
    for (post_choice& post : s.stream.listed) post.list = "list1";
    return s;
}

walk_result walked(const scenario& s, const walk_settings& how) {
    auto done = walk_all(s, how);
    if (!done) FAIL(done.error().to_string());
    if (done->found) FAIL(done->found->story);
    return *std::move(done);
}

/// Walks on two and on five threads what was walked on one.
void is_the_same_on_threads(const walk_result& alone, const scenario& s, walk_settings how) {
    const auto counts = [](const walk_result& r) {
        return std::tie(r.runs, r.states, r.questions, r.cut, r.unseen, r.crash_points,
                        r.crash_runs);
    };
    CHECK(alone.unseen > 0);
    for (const unsigned jobs : {2U, 5U}) {
        INFO(jobs << " threads");
        how.jobs = jobs;
        const walk_result shared = walked(s, how);
        CHECK(shared.complete);
        CHECK(counts(shared) == counts(alone));
    }
}

}  // namespace

TEST_CASE("a walk where slices have owners comes to its end without a bound on delays",
          "[unsanitized]") {
    const own_program program;
    walk_settings how;
    how.crashes = 0;
    const walk_result done = walked(two_owners(3), how);
    CHECK(done.complete);
    CHECK(done.states > 10);
    CHECK(done.cut > 0);
    // What does not matter to others is walked in one order, and it does not matter when an owner
    // that nothing can stop renews its lease: without these, there are 2,547 runs.
    CHECK(done.runs < 100);
}

TEST_CASE("a walk where slices have owners is the same on any number of threads", "[unsanitized]") {
    const own_program program;
    walk_settings how;
    how.crashes = 0;
    const walk_result done = walked(two_owners(3), how);
    CHECK(done.complete);
    CHECK(done.crash_points == 0);
    is_the_same_on_threads(done, two_owners(3), how);
}

TEST_CASE("a walk of a crash of one owner comes to its end, the same on any number of threads",
          "[unsanitized]") {
    const own_program program;
    walk_settings how;
    how.crash = crash_scope::process;
    const walk_result done = walked(two_owners(1), how);
    CHECK(done.complete);
    CHECK(done.crash_points > 10);
    CHECK(done.crash_runs > done.states);
    // A look ends all silences: without this, a state also has what a keeper had seen before it.
    CHECK(done.runs == 1108);
    is_the_same_on_threads(done, two_owners(1), how);
}

TEST_CASE("a walk of pauses goes on after each, and breaks nothing") {
    const own_program program;
    walk_settings how;
    how.crash = crash_scope::pause;
    how.most_runs = 100;
    const walk_result done = walked(two_owners(1), how);
    CHECK(done.crash_points > 0);
    CHECK(done.crash_runs > done.crash_points);
}

}  // namespace qslice::sim
