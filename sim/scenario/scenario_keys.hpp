/// @file
/// All keys of a scenario file: name, member and allowed values. The reader, the writer and the
/// list of keys all visit this one description.
///
/// A walker ("keys") has these member functions; `at` is a pointer to a member of the struct that
/// keys_of describes:
/// - text(key, at, check): a string, see text_check
/// - choice(key, at, table): an enum (rows with name and value) or one of some strings
/// - kind(key, at, table): a required choice
/// - path(key, at): a file's name
/// - whole(key, at, least, most), number(key, at, range), flag(key, at)
/// - time(key, at, range): seconds, or sim::duration
/// - texts(key, at), times(key, at): an array of strings, or of ascending seconds
/// - runners(key, at), service(key, at), moment(key, at), requirements(key, at)
/// - table(key, at, keys), tables(key, at, keys, defaults)
/// - unused(key, is_unused, why): after all keys: whether others make this one without effect
/// - object(): the struct itself, as far as it has been read
#pragma once

#include "sim/record/built_site.hpp"
#include "sim/record/closed_set.hpp"
#include "sim/record/scenario.hpp"
#include "sim/scenario/key_values.hpp"

#include <qslice/codec/entry_format.hpp>
#include <qslice/spool/any_order.hpp>
#include <qslice/spool/entry_stamp.hpp>

#include <array>
#include <cstdint>
#include <limits>
#include <string_view>
#include <variant>

namespace qslice::sim {

struct policy_keys {
    template <class Keys>
    static void walk(Keys& k) {
        using namespace qslice::detail;
        k.choice("format", &policy_choice::format, name_array(named_formats{}));
        k.text("hash", &policy_choice::hash, hash_policy_text);
        k.text("partition", &policy_choice::partition, partition_text);
        k.choice("order", &policy_choice::order, name_array(named_orders{}));
        k.choice("durability", &policy_choice::durable, durability_names);
        k.choice("stamps", &policy_choice::stamps, name_array(named_stamps{}));
        k.choice("list_locks", &policy_choice::list_locks, std::to_array({"mailman", "qslice"}));
        k.choice("untaken", &policy_choice::untaken, untaken_names);
        k.unused("list_locks", k.object().format == "mailman3",
                 "Mailman 3 does not wait for its lists");
    }
};

struct slice_change_keys {
    template <class Keys>
    static void walk(Keys& k) {
        k.time("at", &slice_change_choice::at_s, not_negative);
        k.text("queue", &slice_change_choice::queue, any_text);
        k.whole("slices", &slice_change_choice::slices, 1, 65536);
    }
};

struct deployment_keys {
    template <class Keys>
    static void walk(Keys& k) {
        k.flag("file", &deployment_choice::file);
        k.flag("standby", &deployment_choice::standby);
        k.time("takeover", &deployment_choice::takeover_s, {0.1, 86400});
        k.tables("change", &deployment_choice::changes, slice_change_keys{}, slice_change_choice{});
        k.unused("takeover", !k.object().standby, "it needs standby = true");
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
        k.text("name", &machine_choice::name, some_text);
        k.runners("runners", &machine_choice::runners);
        k.table("clock", &machine_choice::clock, clock_keys{});
        k.number("slowness", &machine_choice::slowness, above_zero);
        k.flag("accepts_posts", &machine_choice::accepts_posts);
        k.time("from", &machine_choice::from_s, not_negative);
        k.time("until", &machine_choice::until_s, not_negative);
        for (const char* key : {"from", "until"}) {
            k.unused(key, k.object().runners.empty(), "this machine has no runners");
        }
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
        for (const char* key : {"attribute_cache", "lost_reply_share"}) {
            k.unused(key, !k.object().nfs, "it needs nfs = true");
        }
        k.whole("watch_queue", &storage_choice::watch_queue, 1, 1'000'000);
        k.unused("watch_queue", own_built_site() == nullptr || !own_built_site()->watches,
                 "no runner of this site watches its queue");
    }
};

struct intake_keys {
    template <class Keys>
    static void walk(Keys& k) {
        k.choice("kind", &intake_choice::what, intake_names);
        k.choice("route", &intake_choice::by, route_names);
    }
};

/// [lists]: the defaults for every list without its own [[list]].
struct list_keys {
    template <class Keys>
    static void walk(Keys& k) {
        k.whole("members", &list_choice::members, 0, 1'000'000);
        k.whole("digest_members", &list_choice::digest_members, 0, 1'000'000);
        k.text("subject_prefix", &list_choice::subject_prefix, any_text);
        k.flag("archive", &list_choice::archive);
        k.flag("hold_all", &list_choice::hold_all);
        k.number("held_share", &list_choice::held_share, share);
        k.number("discarded_share", &list_choice::discarded_share, share);
        k.texts("refused_types", &list_choice::refused_types);
        k.whole("digest_threshold_kib", &list_choice::digest_threshold_kib);
        k.unused("held_share", k.object().hold_all, "hold_all holds the posts of all senders");
    }
};

struct named_list_keys {
    template <class Keys>
    static void walk(Keys& k) {
        k.text("name", &list_choice::name, some_text);
        list_keys::walk(k);
    }
};

struct post_keys {
    template <class Keys>
    static void walk(Keys& k) {
        k.time("at", &post_choice::at_s, not_negative);
        k.text("list", &post_choice::list, some_text);
        k.text("sender", &post_choice::sender, some_text);
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
            k.unused("posts", true, "the stream lists its posts");
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
        const stream_choice& c = k.object();
        for (const char* key :
             {"posts", "posts_per_hour", "activity_spread", "activity_posts", "series_gap"}) {
            k.unused(key, !c.times_s.empty(), "'times' says when each post arrives");
        }
        k.unused("activity_posts", c.activity_spread == 0, "activity_spread = 0: a constant rate");
        for (const char* key : {"series_length", "series_gap"}) {
            k.unused(key, c.series_share == 0, "series_share = 0: there are no series");
        }
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
        k.unused("sigma", k.object().form != service_time::shape::lognormal,
                 "it needs shape = \"lognormal\"");
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

struct queue_work_keys {
    template <class Keys>
    static void walk(Keys& k) {
        k.text("queue", &queue_work::queue, some_text);
        k.service("each", &queue_work::each);
    }
};

struct digest_keys {
    template <class Keys>
    static void walk(Keys& k) {
        k.time("period", &digest_choice::period_s, not_negative);
    }
};

/// Each kind of fault accepts only its own keys.
struct fault_keys {
    template <class Keys>
    static void walk(Keys& k) {
        k.kind("kind", &fault::what, fault_table);
        k.time("at", &fault::at_s, not_negative);
        const fault_row& kind = row_of(fault_table, k.object().what);
        for (const fault_key_row& key : fault_key_table) {
            if (!kind.keys.contains(key.value)) continue;
            std::visit([&](const auto& form) { form.walk(k, key.name); }, key.form);
        }
        if (!kind.keys.contains(fault_key::call)) return;
        const fault& f = k.object();
        const bool once = !f.call && f.probability == 0;
        constexpr const char* at_a_time = "it needs 'call' or 'probability'";
        k.unused("until", once, at_a_time);
        k.unused(
            "process",
            once && f.what != fault::kind::crash_process && f.what != fault::kind::pause_process,
            at_a_time);
        k.unused("after_call", once, at_a_time);
        k.unused("after_call", f.probability > 0, "with 'probability' chance decides");
    }
};

struct course_keys {
    template <class Keys>
    static void walk(Keys& k) {
        k.flag("any_order", &course_choice::any_order);
        k.whole("delays", &course_choice::delays);
        k.whole("crashes", &course_choice::crashes);
        k.choice("crash", &course_choice::crash, crash_scope_names);
        k.texts("answers", &course_choice::answers);
        k.unused("delays", k.object().any_order, "with any_order any number may be late");
        k.unused("crash", k.object().crashes == 0, "crashes = 0: nothing crashes");
    }
};

struct scenario_keys {
    template <class Keys>
    static void walk(Keys& k) {
        k.text("name", &scenario::name, some_text);
        k.text("summary", &scenario::summary, any_text);
        k.whole("seed", &scenario::seed);
        k.whole("tie_seed", &scenario::tie_seed);
        k.time("drain", &scenario::drain_s, not_negative);
        k.time("start_within", &scenario::start_within_s, not_negative);
        k.whole("restart_limit", &scenario::restart_limit, 0, 1'000'000);
        k.time("restart_after", &scenario::restart_after_s, not_negative);
        k.requirements("require", &scenario::requirements);
        k.table("policy", &scenario::policy, policy_keys{});
        k.table("deployment", &scenario::deployment, deployment_keys{});
        k.tables("machine", &scenario::machines, machine_keys{}, machine_choice{});
        k.table("storage", &scenario::storage, storage_keys{});
        k.table("intake", &scenario::intake, intake_keys{});
        k.table("lists", &scenario::list_defaults, list_keys{});
        k.tables("list", &scenario::lists, named_list_keys{}, k.object().list_defaults);
        k.table("stream", &scenario::stream, stream_keys{});
        k.table("services", &scenario::services, service_keys{});
        k.tables("work", &scenario::work, queue_work_keys{}, queue_work{});
        k.table("digests", &scenario::digests, digest_keys{});
        k.tables("fault", &scenario::faults, fault_keys{}, fault{});
        k.table("course", &scenario::course, course_keys{});
        k.unused("restart_after", k.object().restart_limit == 0,
                 "restart_limit = 0: nothing is restarted");
    }
};

}  // namespace qslice::sim
