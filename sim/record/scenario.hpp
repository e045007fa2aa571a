/// @file
/// The input of a simulation, as plain data: machines and their runners, policy, stream, lists,
/// service times, faults and requirements. Read from TOML; simulation.hpp plays it.
#pragma once

#include "sim/record/clock_settings.hpp"
#include "sim/record/closed_set.hpp"
#include "sim/record/crash_rules.hpp"
#include "sim/record/fault.hpp"

#include <qslice/runner/mailman_times.hpp>
#include <qslice/runner/untaken_entry.hpp>
#include <qslice/spool/durability.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim {

/// The policy of a spool.
struct policy_choice {
    std::string format = "mailman21";  ///< "mailman21" or "mailman3"
    std::string hash = "mailman21";    ///< for make_hash_policy
    /// For make_partition, with or without numbers: "equal" uses each runner's number of slices,
    /// "weighted:3,2,1" includes it.
    std::string partition = "equal";
    std::string order = "mailman";  ///< "mailman" or "strict"
    durability durable = durability::file_and_directory;
    std::string stamps = "clock";  ///< "clock" or "increasing"
    /// How list locks are waited for: "mailman", whose processes wait 0.01 to 2.01 s between
    /// attempts, load the list again under its lock and save it, or "qslice". Mailman 3 has no such
    /// locks: with its format both mean the library's.
    std::string list_locks = "mailman";
    untaken_entry untaken = untaken_entry::leave;

    friend bool operator==(const policy_choice&, const policy_choice&) = default;
};

/// A runner on a machine, as qrunner's option --runner names it: "IncomingRunner:0:3".
struct runner_choice {
    std::string runner;  ///< class name
    std::uint64_t slice = 0;
    std::uint64_t slices = 1;

    friend bool operator==(const runner_choice&, const runner_choice&) = default;
};

/// "IncomingRunner:0:3"
inline std::string to_string(const runner_choice& r) {
    return r.runner + ':' + std::to_string(r.slice) + ':' + std::to_string(r.slices);
}

/// A machine of the site.
struct machine_choice {
    std::string name;
    std::vector<runner_choice> runners;
    clock_settings clock{};
    double slowness = 1;        ///< slows its storage calls and work by this factor
    bool accepts_posts = true;  ///< the mail server sends it posts, in turn with the others
    double from_s = 0;          ///< its runners are started this long after the first post
    double until_s = 0;         ///< and are asked to stop at this time; 0: never

    friend bool operator==(const machine_choice&, const machine_choice&) = default;
};

/// The file system that the machines share.
struct storage_choice {
    std::string kind = "disk";  ///< latencies: "memory", "disk" or "network"
    double latency_spread = 0.2;
    crash_rules rules = crash_rules::unordered;
    std::uint64_t capacity_bytes = 0;  ///< 0: no limit
    bool nfs = false;                  ///< each machine sees it through an NFS client's caches
    double attribute_cache_s = 3;      ///< NFS: how long a client trusts its cache
    double lost_reply_share =
        0;  ///< NFS: fraction of calls whose reply is lost and that are repeated
    std::uint64_t watch_queue = 16'384;  ///< names that a watch holds until they are collected

    friend bool operator==(const storage_choice&, const storage_choice&) = default;
};

/// A mailing list, or the defaults for all.
struct list_choice {
    std::string name;
    std::uint64_t members = 50;         ///< recipients of each post
    std::uint64_t digest_members = 10;  ///< recipients of digests
    std::string subject_prefix;         ///< empty: "[NAME] "
    bool archive = true;
    bool hold_all = false;
    double held_share = 0;       ///< fraction of senders whose posts wait for a moderator
    double discarded_share = 0;  ///< fraction of senders whose posts are dropped
    std::vector<std::string> refused_types;
    std::uint64_t digest_threshold_kib = 30;

    friend bool operator==(const list_choice&, const list_choice&) = default;
};

/// A post of a stream listed in the scenario.
struct post_choice {
    double at_s = 0;  ///< after the stream's start
    std::string list = "list1";
    std::string sender = "sender1@qslice.example";
    std::uint64_t size_bytes = 2000;  ///< minimum; no post is shorter than its header
    std::uint64_t answers = 0;        ///< index of a post of this stream, from 1; 0: none

    friend bool operator==(const post_choice&, const post_choice&) = default;
};

/// Where the posts come from.
struct stream_choice {
    enum class kind { synthetic, trace, mbox, listed };
    kind what = kind::synthetic;
    std::string path;                 ///< of a trace or an mbox
    std::vector<post_choice> listed;  ///< the posts, sorted by time
    double speedup = 1;               ///< arrivals are sped up by this factor
    double start_s = 0;  ///< seconds since the epoch of the first post; 0: as in the source
    std::uint64_t posts = 10'000;  ///< synthetic: their number; otherwise the maximum, 0: all

    // Synthetic streams. The defaults are those of busy public lists, see synthetic.hpp; for a
    // Poisson process use series_share = 0 and activity_spread = 0.
    std::vector<double> times_s;  ///< arrival times after the first post; empty: random
    std::uint64_t lists = 8;
    std::uint64_t senders = 300;
    double posts_per_hour = 3600;
    double list_popularity = 0.8;  ///< exponent of Zipf's law among lists
    double sender_activity = 0.9;  ///< exponent of Zipf's law among senders
    double activity_spread = 2.0;  ///< variance of the rate, relative to its mean's square
    double activity_posts = 10;    ///< the rate changes per this number of posts, on average
    double series_share =
        0.1;  ///< fraction of series among single posts and series, such as patch series
    double series_length = 4.5;  ///< mean length of a series, geometric from 2
    double series_gap_s = 6;     ///< mean gap within a series; pace and gaps are exponential
    double reply_share = 0.8;    ///< fraction of posts that answer an earlier post of their list
    double size_median_bytes = 7500;
    double size_sigma = 1.2;  ///< of the logarithm of the size above the minimum
    std::uint64_t size_least_bytes = 4450;
    std::uint64_t size_most_bytes = 1 << 20;

    friend bool operator==(const stream_choice&, const stream_choice&) = default;
};

/// The distribution of a service time.
struct service_time {
    enum class shape { constant, exponential, lognormal };
    shape form = shape::exponential;
    double mean_s = 0;
    double sigma = 1;  ///< of the logarithm, for lognormal

    friend bool operator==(const service_time&, const service_time&) = default;
};

/// The work outside the spool, and the behaviour of external systems.
struct service_choice {
    service_time list_load{service_time::shape::exponential, 0.02, 1};  ///< per message handled
    service_time archive{service_time::shape::exponential, 0.05, 1};
    service_time delivery{service_time::shape::exponential, 0.1, 1};  ///< per message
    double delivery_per_recipient_s = 0.0005;
    double fails_for_now = 0;   ///< share of recipients
    double fails_for_good = 0;  ///< share of recipients

    friend bool operator==(const service_choice&, const service_choice&) = default;
};

/// How long the runners of a queue of one's own work on an item, in addition to what they do in
/// storage.
struct queue_work {
    std::string queue;
    service_time each{service_time::shape::exponential, 0, 1};

    friend bool operator==(const queue_work&, const queue_work&) = default;
};

/// The site's daily job.
struct digest_choice {
    double period_s = 86400;  ///< how often collected posts are sent; 0: never

    friend bool operator==(const digest_choice&, const digest_choice&) = default;
};

/// "fifo.list.inversions = 0": a requirement on the results.
struct requirement {
    enum class relation { equal, not_equal, less, at_most, more, at_least };
    std::string measure;
    relation is = relation::equal;
    double value = 0;
    std::string text;  ///< as written

    friend bool operator==(const requirement&, const requirement&) = default;
};

struct relation_row {
    std::string_view name;  ///< its sign
    requirement::relation value{};
    bool (*holds)(double found, double wanted) = nullptr;
};

inline constexpr std::array<relation_row, 6> relation_table{{
    {"=", requirement::relation::equal,
     [](double found, double wanted) { return found == wanted; }},
    {"!=", requirement::relation::not_equal,
     [](double found, double wanted) { return found != wanted; }},
    {"<", requirement::relation::less, [](double found, double wanted) { return found < wanted; }},
    {"<=", requirement::relation::at_most,
     [](double found, double wanted) { return found <= wanted; }},
    {">", requirement::relation::more, [](double found, double wanted) { return found > wanted; }},
    {">=", requirement::relation::at_least,
     [](double found, double wanted) { return found >= wanted; }},
}};
static_assert(is_whole<relation_table>);

/// Whether a value is as required.
constexpr bool meets(double found, const requirement& wanted) {
    return row_of(relation_table, wanted.is).holds(found, wanted.value);
}

/// Where a run deviates from its usual course, as found by an exhaustive search. See
/// guided_course.hpp.
struct course_choice {
    bool any_order = false;     ///< any step may be passed over, any number of times
    std::uint64_t delays = 0;   ///< otherwise: maximum number of steps passed over
    std::uint64_t crashes = 0;  ///< maximum number of crashes
    crash_scope crash = crash_scope::process;
    std::vector<std::string> answers;  ///< "17:1": answer 1 to question 17; all others are 0

    friend bool operator==(const course_choice&, const course_choice&) = default;
};

/// How posts get from the mail server into in/.
struct intake_choice {
    enum class kind {
        program,  ///< one process per post, as Mailman 2.1's mail program; they may overlap
        server,   ///< one process per machine takes one post after another, as Mailman 3's LMTP
                  ///< runner
    };
    /// How the machine that accepts a post is chosen.
    enum class route {
        turns,   ///< the next one that is up
        list,    ///< always the same per list, even if it is down
        sender,  ///< always the same per sender
    };
    kind what = kind::program;
    route by = route::turns;

    friend bool operator==(const intake_choice&, const intake_choice&) = default;
};

/// A change of a queue's slices while its runners run.
struct slice_change_choice {
    double at_s = 0;           ///< after the first post
    std::string queue;         ///< empty: every queue that has runners
    std::uint64_t slices = 1;  ///< the new number

    friend bool operator==(const slice_change_choice&, const slice_change_choice&) = default;
};

/// The spool's deployment file, and what runners do with it.
struct deployment_choice {
    bool file = false;       ///< the spool has one, to which each runner is held
    bool standby = false;    ///< machines own slices by leases, and stand by for each other's
    double takeover_s = 10;  ///< an owner that is gone is followed within this time
    std::vector<slice_change_choice> changes;

    friend bool operator==(const deployment_choice&, const deployment_choice&) = default;
};

/// A whole scenario. The results depend only on it and its seed.
struct scenario {
    std::string name;
    std::string summary;
    std::uint64_t seed = 1;
    std::uint64_t tie_seed = 0;  ///< order of simultaneous events; 0: order of scheduling
    policy_choice policy;
    deployment_choice deployment;
    std::vector<machine_choice> machines;
    storage_choice storage;
    intake_choice intake;
    list_choice list_defaults;
    std::vector<list_choice> lists;  ///< lists with their own settings
    stream_choice stream;
    service_choice services;
    std::vector<queue_work> work;
    digest_choice digests;
    std::vector<fault> faults;
    course_choice course;
    std::vector<requirement> requirements;
    double drain_s = 3600;  ///< the run ends at most this long after the last post
    /// The period in which a machine's runners start, each at a random time: mailmanctl starts one
    /// after another.
    double start_within_s = 1;
    int restart_limit = mailman_times::restart_limit;  ///< of the master, per runner
    double restart_after_s = 0.5;

    friend bool operator==(const scenario&, const scenario&) = default;
};

}  // namespace qslice::sim
