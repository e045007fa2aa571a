/// @file
/// Every key that a scenario file may have: its name, what it sets, what it may be.
/// The reader, the writer and the list of keys all walk through this one description.
///
/// A walker ("keys") has these member functions; `at` is a pointer to member of the struct that
/// the keys_of description is about:
/// - text(key, at, check): a string; check(text) returns what is wrong with it, or nothing
/// - choice(key, at, names): an enum (names: pairs of name and value) or one of some strings
/// - kind(key, at, names): a choice that has to be made
/// - path(key, at): a file's name
/// - whole(key, at, least, most), number(key, at, range), flag(key, at)
/// - time(key, at, range): seconds, or sim::duration
/// - texts(key, at), times(key, at): an array of strings or of seconds, which ascend
/// - runners(key, at), service(key, at), moment(key, at), requirements(key, at)
/// - table(key, at, keys), tables(key, at, keys, defaults)
/// - object(): the struct itself, as far as it has been read
#pragma once

#include "sim/record/scenario.hpp"

#include <qslice/core/hash_value.hpp>
#include <qslice/hash/any_hash_policy.hpp>
#include <qslice/partition/named_partition.hpp>

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

namespace qslice::sim {

/// What a number may be.
struct number_range {
    double least = -std::numeric_limits<double>::infinity();
    double most = std::numeric_limits<double>::infinity();
    bool above = false;  ///< `least` itself is not allowed

    [[nodiscard]] bool contains(double x) const {
        return (above ? x > least : x >= least) && x <= most;
    }
};

inline constexpr number_range any_number{};
inline constexpr number_range not_negative{0};
inline constexpr number_range above_zero{0, std::numeric_limits<double>::infinity(), true};
inline constexpr number_range share{0, 1};

template <class E, std::size_t N>
using named_values = std::array<std::pair<std::string_view, E>, N>;

inline constexpr named_values<untaken_entry, 2> untaken_names{
    {{"leave", untaken_entry::leave}, {"preserve", untaken_entry::preserve}}};
inline constexpr named_values<durability, 2> durability_names{
    {{"file", durability::file}, {"file_and_directory", durability::file_and_directory}}};

inline constexpr named_values<crash_rules, 2> crash_rules_names{
    {{"unordered", crash_rules::unordered}, {"journaled", crash_rules::journaled}}};

inline constexpr named_values<intake_choice::kind, 2> intake_names{
    {{"program", intake_choice::kind::program}, {"server", intake_choice::kind::server}}};

inline constexpr named_values<intake_choice::route, 3> route_names{
    {{"turns", intake_choice::route::turns},
     {"list", intake_choice::route::list},
     {"sender", intake_choice::route::sender}}};

inline constexpr named_values<stream_choice::kind, 4> stream_names{
    {{"synthetic", stream_choice::kind::synthetic},
     {"trace", stream_choice::kind::trace},
     {"mbox", stream_choice::kind::mbox},
     {"listed", stream_choice::kind::listed}}};

inline constexpr named_values<service_time::shape, 3> shape_names{
    {{"constant", service_time::shape::constant},
     {"exponential", service_time::shape::exponential},
     {"lognormal", service_time::shape::lognormal}}};

inline constexpr named_values<fault::kind, 12> fault_names{
    {{"crash_process", fault::kind::crash_process},
     {"crash_machine", fault::kind::crash_machine},
     {"power_loss", fault::kind::power_loss},
     {"slow_machine", fault::kind::slow_machine},
     {"clock_step", fault::kind::clock_step},
     {"clock_drift", fault::kind::clock_drift},
     {"storage_stall", fault::kind::storage_stall},
     {"fail_calls", fault::kind::fail_calls},
     {"disk_full", fault::kind::disk_full},
     {"foreign_files", fault::kind::foreign_files},
     {"delivery_outage", fault::kind::delivery_outage},
     {"crafted_entry", fault::kind::crafted_entry}}};

inline constexpr named_values<error_code, 6> code_names{{{"io", error_code::io},
                                                         {"no_space", error_code::no_space},
                                                         {"denied", error_code::denied},
                                                         {"not_found", error_code::not_found},
                                                         {"exists", error_code::exists},
                                                         {"timed_out", error_code::timed_out}}};

namespace detail {

constexpr named_values<call_kind, call_kinds> make_call_names() {
    named_values<call_kind, call_kinds> names{};
    for (std::size_t i = 0; i < call_kinds; ++i) {
        names[i] = {to_string(static_cast<call_kind>(i)), static_cast<call_kind>(i)};
    }
    return names;
}

inline std::string check_not_empty(std::string_view text) {
    return text.empty() ? "expected a text that is not empty" : std::string();
}

inline std::string check_anything(std::string_view) { return {}; }

inline std::string check_digest(std::string_view text) {
    hash_value parsed;
    return hash_value::try_parse(text, parsed)
               ? std::string()
               : "expected the 40 hex digits of a hash, found '" + std::string(text) + "'";
}

inline std::string check_hash_policy(std::string_view text) {
    const auto made = make_hash_policy(text);
    return made ? std::string() : made.error().what;
}

/// "weighted:3,2,1", or "equal" alone; then the runners' own number of slices is the number.
inline std::string check_partition(std::string_view text) {
    const named_partition partition{std::string(text)};
    if (partition.has_own_numbers()) {
        const auto made = make_partition(text);
        return made ? std::string() : made.error().what;
    }
    for (const std::string_view kind :
         {"equal", "mailman3", "modulo", "jump", "rendezvous", "ring"}) {
        if (text == kind) return {};
    }
    return "expected a partition: equal, mailman3, modulo, jump, rendezvous or ring, or with its "
           "numbers " +
           std::string(partition_forms) + "; found '" + std::string(text) + "'";
}

}  // namespace detail

inline constexpr named_values<call_kind, call_kinds> call_names = detail::make_call_names();

struct policy_keys {
    template <class Keys>
    static void walk(Keys& k) {
        k.choice("format", &policy_choice::format, std::to_array({"mailman21", "mailman3"}));
        k.text("hash", &policy_choice::hash, detail::check_hash_policy);
        k.text("partition", &policy_choice::partition, detail::check_partition);
        k.choice("order", &policy_choice::order, std::to_array({"mailman", "strict"}));
        k.choice("durability", &policy_choice::durable, durability_names);
        k.choice("stamps", &policy_choice::stamps, std::to_array({"clock", "increasing"}));
        k.choice("list_locks", &policy_choice::list_locks, std::to_array({"qslice", "mailman"}));
        k.choice("untaken", &policy_choice::untaken, untaken_names);
    }
};

struct clock_keys {
    template <class Keys>
    static void walk(Keys& k) {
        k.time("offset", &clock_settings::offset, any_number);
        k.number("drift", &clock_settings::drift, {-1, 1, true});
        k.time("resolution", &clock_settings::resolution, not_negative);
    }
};

struct machine_keys {
    template <class Keys>
    static void walk(Keys& k) {
        k.text("name", &machine_choice::name, detail::check_not_empty);
        k.runners("runners", &machine_choice::runners);
        k.table("clock", &machine_choice::clock, clock_keys{});
        k.number("slowness", &machine_choice::slowness, above_zero);
        k.flag("accepts_posts", &machine_choice::accepts_posts);
        k.time("from", &machine_choice::from_s, not_negative);
        k.time("until", &machine_choice::until_s, not_negative);
    }
};

struct storage_keys {
    template <class Keys>
    static void walk(Keys& k) {
        k.choice("kind", &storage_choice::kind, std::to_array({"memory", "disk", "network"}));
        k.number("latency_spread", &storage_choice::latency_spread, not_negative);
        k.choice("crash_rules", &storage_choice::rules, crash_rules_names);
        k.whole("capacity_bytes", &storage_choice::capacity_bytes);
        k.flag("nfs", &storage_choice::nfs);
        k.time("attribute_cache", &storage_choice::attribute_cache_s, not_negative);
        k.number("lost_reply_share", &storage_choice::lost_reply_share, share);
    }
};

struct intake_keys {
    template <class Keys>
    static void walk(Keys& k) {
        k.choice("kind", &intake_choice::what, intake_names);
        k.choice("route", &intake_choice::by, route_names);
    }
};

/// [lists]: what holds for every list that has no [[list]] of its own.
struct list_keys {
    template <class Keys>
    static void walk(Keys& k) {
        k.whole("members", &list_choice::members, 0, 1'000'000);
        k.whole("digest_members", &list_choice::digest_members, 0, 1'000'000);
        k.text("subject_prefix", &list_choice::subject_prefix, detail::check_anything);
        k.flag("archive", &list_choice::archive);
        k.flag("hold_all", &list_choice::hold_all);
        k.number("held_share", &list_choice::held_share, share);
        k.number("discarded_share", &list_choice::discarded_share, share);
        k.texts("refused_types", &list_choice::refused_types);
        k.whole("digest_threshold_kib", &list_choice::digest_threshold_kib);
    }
};

struct named_list_keys {
    template <class Keys>
    static void walk(Keys& k) {
        k.text("name", &list_choice::name, detail::check_not_empty);
        list_keys::walk(k);
    }
};

struct post_keys {
    template <class Keys>
    static void walk(Keys& k) {
        k.time("at", &post_choice::at_s, not_negative);
        k.text("list", &post_choice::list, detail::check_not_empty);
        k.text("sender", &post_choice::sender, detail::check_not_empty);
        k.whole("size", &post_choice::size_bytes, 0, std::numeric_limits<std::uint32_t>::max());
        k.whole("answers", &post_choice::answers);
    }
};

struct stream_keys {
    template <class Keys>
    static void walk(Keys& k) {
        k.choice("kind", &stream_choice::what, stream_names);
        k.whole("posts", &stream_choice::posts);
        k.number("speedup", &stream_choice::speedup, {1e-6, 1e12});
        k.moment("start", &stream_choice::start_s);
        if (k.object().what == stream_choice::kind::listed) {
            k.tables("post", &stream_choice::listed, post_keys{}, post_choice{});
            return;
        }
        if (k.object().what != stream_choice::kind::synthetic) {
            k.path("path", &stream_choice::path);
            return;
        }
        k.times("times", &stream_choice::times_s);
        k.whole("lists", &stream_choice::lists, 1, 10'000'000);
        k.whole("senders", &stream_choice::senders, 1, 10'000'000);
        k.number("posts_per_hour", &stream_choice::posts_per_hour, {1e-6, 1e12});
        k.number("list_popularity", &stream_choice::list_popularity, {0, 20});
        k.number("sender_activity", &stream_choice::sender_activity, {0, 20});
        k.number("activity_spread", &stream_choice::activity_spread, {0, 100});
        k.number("activity_posts", &stream_choice::activity_posts, {1e-3, 1e12});
        k.number("series_share", &stream_choice::series_share, share);
        k.number("series_length", &stream_choice::series_length, {2, 1e6});
        k.time("series_gap", &stream_choice::series_gap_s, {0, 1e6});
        k.number("reply_share", &stream_choice::reply_share, share);
        k.number("size_median_bytes", &stream_choice::size_median_bytes, above_zero);
        k.number("size_sigma", &stream_choice::size_sigma, {0, 20});
        k.whole("size_least_bytes", &stream_choice::size_least_bytes, 0, most_size);
        k.whole("size_most_bytes", &stream_choice::size_most_bytes, 1, most_size);
    }

private:
    static constexpr std::uint64_t most_size = std::numeric_limits<std::uint32_t>::max();
};

struct service_time_keys {
    template <class Keys>
    static void walk(Keys& k) {
        k.time("mean", &service_time::mean_s, not_negative);
        k.choice("shape", &service_time::form, shape_names);
        k.number("sigma", &service_time::sigma, not_negative);
    }
};

struct service_keys {
    template <class Keys>
    static void walk(Keys& k) {
        k.service("list_load", &service_choice::list_load);
        k.service("archive", &service_choice::archive);
        k.service("delivery", &service_choice::delivery);
        k.time("delivery_per_recipient", &service_choice::delivery_per_recipient_s, not_negative);
        k.number("fails_for_now", &service_choice::fails_for_now, share);
        k.number("fails_for_good", &service_choice::fails_for_good, share);
    }
};

struct digest_keys {
    template <class Keys>
    static void walk(Keys& k) {
        k.time("period", &digest_choice::period_s, not_negative);
    }
};

/// Each kind of fault has the keys that mean something for it, and no other.
struct fault_keys {
    template <class Keys>
    static void walk(Keys& k) {
        using kind = fault::kind;
        k.kind("kind", &fault::what, fault_names);
        const kind what = k.object().what;
        const bool at_calls =
            what == kind::crash_process || what == kind::crash_machine || what == kind::fail_calls;
        k.time("at", &fault::at_s, not_negative);
        if (what != kind::power_loss && what != kind::clock_step && what != kind::foreign_files &&
            what != kind::crafted_entry) {
            k.time("until", &fault::until_s, not_negative);
        }
        if (at_calls || what == kind::slow_machine || what == kind::clock_step ||
            what == kind::clock_drift) {
            k.text("machine", &fault::machine, detail::check_anything);
        }
        if (at_calls || what == kind::power_loss) {
            k.text("process", &fault::process, detail::check_anything);
            k.choice("call", &fault::call, call_names);
            k.whole("count", &fault::count);
            k.number("probability", &fault::probability, share);
        }
        if (at_calls) k.flag("after_call", &fault::after_call);
        if (what == kind::crash_machine || what == kind::power_loss) {
            k.time("down", &fault::down_s, not_negative);
        }
        if (what == kind::slow_machine) k.number("factor", &fault::amount, above_zero);
        if (what == kind::clock_step) k.time("step", &fault::amount, any_number);
        if (what == kind::clock_drift) k.number("drift", &fault::amount, {-1, 1, true});
        if (what == kind::fail_calls) k.choice("error", &fault::code, code_names);
        if (what == kind::foreign_files) {
            k.text("queue", &fault::queue, detail::check_not_empty);
            k.whole("files", &fault::files, 1, 1'000'000);
        }
        if (what == kind::crafted_entry) {
            k.text("queue", &fault::queue, detail::check_not_empty);
            k.text("hash", &fault::hash, detail::check_digest);
        }
    }
};

struct course_keys {
    template <class Keys>
    static void walk(Keys& k) {
        k.flag("any_order", &course_choice::any_order);
        k.whole("delays", &course_choice::delays);
        k.whole("crashes", &course_choice::crashes);
        k.choice("crash", &course_choice::crash, std::to_array({"process", "machine", "power"}));
        k.texts("answers", &course_choice::answers);
    }
};

struct scenario_keys {
    template <class Keys>
    static void walk(Keys& k) {
        k.text("name", &scenario::name, detail::check_not_empty);
        k.text("summary", &scenario::summary, detail::check_anything);
        k.whole("seed", &scenario::seed);
        k.whole("tie_seed", &scenario::tie_seed);
        k.time("drain", &scenario::drain_s, not_negative);
        k.time("start_within", &scenario::start_within_s, not_negative);
        k.whole("restart_limit", &scenario::restart_limit, 0, 1'000'000);
        k.time("restart_after", &scenario::restart_after_s, not_negative);
        k.requirements("require", &scenario::requirements);
        k.table("policy", &scenario::policy, policy_keys{});
        k.tables("machine", &scenario::machines, machine_keys{}, machine_choice{});
        k.table("storage", &scenario::storage, storage_keys{});
        k.table("intake", &scenario::intake, intake_keys{});
        k.table("lists", &scenario::list_defaults, list_keys{});
        k.tables("list", &scenario::lists, named_list_keys{}, k.object().list_defaults);
        k.table("stream", &scenario::stream, stream_keys{});
        k.table("services", &scenario::services, service_keys{});
        k.table("digests", &scenario::digests, digest_keys{});
        k.tables("fault", &scenario::faults, fault_keys{}, fault{});
        k.table("course", &scenario::course, course_keys{});
    }
};

}  // namespace qslice::sim
