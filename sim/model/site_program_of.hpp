/// @file
/// Instantiates the library's headers for a spool's traits and a list of runner types, including
/// user-defined ones, as a site_program that the simulation can play.
#pragma once

#include "sim/model/entry_readers.hpp"
#include "sim/model/sim_services.hpp"
#include "sim/model/site_program.hpp"
#include "sim/model/working_runner.hpp"
#include "sim/record/policy_facts.hpp"
#include "sim/record/post_marks.hpp"

#include <qslice/codec/entry_format.hpp>
#include <qslice/handler/digest.hpp>
#include <qslice/hash/hash_policy.hpp>
#include <qslice/ownership/any_terms.hpp>
#include <qslice/ownership/deployment_guard.hpp>
#include <qslice/ownership/held_slice.hpp>
#include <qslice/ownership/leased_world.hpp>
#include <qslice/ownership/spool_terms.hpp>
#include <qslice/partition/any_partition.hpp>
#include <qslice/partition/slice_shares.hpp>
#include <qslice/runner/list_lock.hpp>
#include <qslice/runner/runner_loop.hpp>
#include <qslice/runner/runner_state.hpp>
#include <qslice/runner/site.hpp>
#include <qslice/spool/queue_writer.hpp>
#include <qslice/spool/spool_traits.hpp>
#include <qslice/topology/arriving_item.hpp>
#include <qslice/topology/configured.hpp>
#include <qslice/topology/run.hpp>
#include <qslice/topology/standby.hpp>

#include <boost/hana/for_each.hpp>
#include <boost/hana/type.hpp>
#include <boost/hana/unpack.hpp>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace qslice::sim {

/// A site of the library's own runners, whose types say all.
struct usual_site {};

/// The services of a site's simulated processes: its own, made from the simulator's, or these.
template <class Site>
struct simulated_services_of {
    using type = sim_services;
};
template <class Site>
requires requires { typename Site::template simulated_services<sim_services>; }
struct simulated_services_of<Site> {
    using type = typename Site::template simulated_services<sim_services>;
};

/// A site_program of a spool's traits and a Hana tuple of runner types.
/// @tparam Site  a topology, whose optional members it uses, or usual_site
/// @tparam MakePartition  callable: (queue, number of slices) -> result<Traits::partition_type>
template <class Traits, class RunnerTypes, class MakePartition, class Site = usual_site>
class site_program_of final : public site_program {
    using services_type = typename simulated_services_of<Site>::type;
    using site_type = site<sim_world, Traits, services_type>;

    /// A runner as simulated processes play it.
    template <class Runner>
    using played =
        typename std::conditional_t<qslice::detail::carries_mail<Traits>,
                                    std::type_identity<Runner>, working_runner_of<Runner>>::type;

public:
    site_program_of(RunnerTypes types, MakePartition make_partition,
                    typename Traits::hash_policy_type policy = {},
                    typename Traits::order order = {}, typename Traits::stamps stamps = {})
        : types_(types),
          make_partition_(std::move(make_partition)),
          policy_(std::move(policy)),
          order_(std::move(order)),
          stamps_(std::move(stamps)) {
        boost::hana::for_each(types_, [&](auto type) {
            using runner = typename decltype(type)::type;
            runners_.push_back({std::string(runner::class_name),
                                std::string(runner::queue),
                                {runner::flows_to.begin(), runner::flows_to.end()},
                                idle_sleep_s<runner>()});
        });
    }

    [[nodiscard]] const std::vector<runner_information>& runners() const override {
        return runners_;
    }

    [[nodiscard]] result<void> check(const runner_choice& choice) const override {
        const auto ranges = make_partition_(queue_of(choice.runner), choice.slices);
        if (!ranges) return failure(ranges.error());
        if (ranges->slice_count() != choice.slices || choice.slice >= choice.slices) {
            return failure(error_code::malformed, to_string(choice),
                           "expected RUNNER:SLICE:SLICES with a slice less than " +
                               std::to_string(ranges->slice_count()) +
                               ", the number of slices of the partition");
        }
        return {};
    }

    void run(sim_world world, sim_services& services, const site_settings& settings,
             const runner_choice& choice) const override {
        services_type own(services);
        site_type s = open_site(std::move(world), own, settings);
        boost::hana::for_each(types_, [&](auto type) {
            using runner = typename decltype(type)::type;
            if (runner::class_name != choice.runner) return;
            // A runner with work of its own between looks may not be skipped.
            if constexpr (!requires(runner r) { r.periodic(s); }) s.world().repeats_looks();
            deployment_guard guard(settings.queues, terms(choice));
            const auto may_go_on = [&] {
                if (!settings.reads_deployment) return true;
                const auto fits = guard.look(s.world());
                if (!fits) s.log("error", fits.error().to_string());
                return fits.has_value();
            };
            if (!may_go_on()) return;
            runner_loop<played<runner>, site_type> loop(
                s,
                {*make_partition_(runner::queue, choice.slices),
                 static_cast<slice_index>(choice.slice)},
                {make_runner<Site, runner>()});
            loop.run([](runner_state) {}, may_go_on);
        });
    }

    void run_held(sim_world world, sim_services& services, const site_settings& settings,
                  std::string_view class_name, const held_slice& held) const override {
        using leased_site = site<leased_world<sim_world>, Traits, services_type>;
        services_type own(services);
        leased_site s({std::move(world), held.fence}, own, settings, policy_, order_, stamps_);
        boost::hana::for_each(types_, [&](auto type) {
            using runner = typename decltype(type)::type;
            if (runner::class_name != class_name) return;
            auto ranges = make_partition_(runner::queue, held.of.slices);
            if (!ranges) return s.log("error", ranges.error().to_string());
            runner_loop<played<runner>, leased_site>(
                s, {*std::move(ranges), static_cast<slice_index>(held.of.slice)},
                {make_runner<Site, runner>()})
                .run();
        });
    }

    [[nodiscard]] std::span<const std::string_view> stands_by() const override {
        if constexpr (qslice::detail::owns_slices<Site>) {
            return Site::stands_by::machines;
        } else {
            return {};
        }
    }

    [[nodiscard]] queue_terms terms(const runner_choice& choice) const override {
        queue_terms found;
        boost::hana::for_each(types_, [&](auto type) {
            using runner = typename decltype(type)::type;
            if (runner::class_name != choice.runner) return;
            if constexpr (requires { Site::template weights_of<runner>(); }) {
                const std::vector<std::uint32_t> equal(choice.slices, 1);
                const std::span<const std::uint32_t> weights = Site::template weights_of<runner>();
                found = terms_of<Traits>(
                    runner::queue, weights.size() == choice.slices ? weights : std::span(equal),
                    policy_, order_.name);
            } else if constexpr (std::is_same_v<typename Traits::partition_type, any_partition>) {
                found = terms_of(runner::queue, *make_partition_(runner::queue, choice.slices),
                                 policy_, order_.name);
            } else {
                const std::vector<std::uint32_t> equal(choice.slices, 1);
                found = terms_of<Traits>(runner::queue, equal, policy_, order_.name);
            }
        });
        return found;
    }

    result<void> make_directories(sim_world world, sim_services& services,
                                  const site_settings& settings,
                                  const std::vector<std::string>& queues) const override {
        services_type own(services);
        return open_site(std::move(world), own, settings).make_directories(queues);
    }

    [[nodiscard]] std::unique_ptr<view> open(sim_world world, sim_services& services,
                                             const site_settings& settings) const override {
        return std::make_unique<own_view>(*this, std::move(world), services, settings);
    }

    void send_digests(sim_world world, sim_services& services, const site_settings& settings,
                      const mailing_lists& lists) const override {
        if constexpr (qslice::detail::carries_mail<Traits>) {
            services_type own(services);
            site_type s = open_site(std::move(world), own, settings);
            for (const mailing_list& list : lists.all()) {
                auto lock = lock_list(s, list);
                // A list that stays locked gets its digest with the next job.
                if (!lock) continue;
                if (const auto sent = send_or_request_digest(s, list); !sent) {
                    s.log("error", sent.error().to_string());
                }
                lock->release();
            }
        }
    }

    [[nodiscard]] item_way way() const override {
        item_way found;
        found.mail = qslice::detail::carries_mail<Traits>;
        if constexpr (requires { Site::entry_queue; }) {
            if (!Site::entry_queue.empty()) found.entry_queue = Site::entry_queue;
            if (!found.mail) {
                found.end_queues.assign(Site::stated_ends.begin(), Site::stated_ends.end());
            }
        }
        if constexpr (requires { bool(Site::ends_in_each); }) {
            found.ends_in_each = Site::ends_in_each;
        }
        if constexpr (requires { services_type::effects; }) {
            found.effects.assign(std::begin(services_type::effects),
                                 std::end(services_type::effects));
        }
        const auto& ends = found.end_queues;
        for (const runner_information& r : runners_) {
            for (const std::string& to : r.flows_to) {
                if (std::find(ends.begin(), ends.end(), to) != ends.end()) {
                    found.exit_queue = r.queue;
                }
            }
        }
        return found;
    }

    [[nodiscard]] result<void> check_promises() const override { return check_spool<Traits>(); }

    [[nodiscard]] post_reader reads_post() const override { return post_reader_of<Traits>(); }

    [[nodiscard]] recipients_reader reads_recipients() const override {
        return recipients_reader_of<Traits>();
    }

    [[nodiscard]] item_hasher hasher() const override {
        return [policy = policy_](arriving_item arrived, const mailing_list& list,
                                  std::uint64_t number, timestamp now) mutable -> hashed_item {
            auto item = item_for(std::move(arrived), list);
            item.data.set(post_key, static_cast<std::int64_t>(number));
            using format = typename Traits::format;
            (void)qslice::detail::prepare_entry<format>(item.text, item.data, now);
            const auto bytes = format::message_bytes(item.text);
            return {qslice::detail::hash_of<format>(policy, item.text, bytes, item.data, now),
                    std::string_view(bytes).size()};
        };
    }

    [[nodiscard]] std::string hash_name() const override { return policy_.name(); }

    [[nodiscard]] policy_facts facts() const override {
        policy_facts facts;
        facts.mail = qslice::detail::carries_mail<Traits>;
        facts.keeps_together = facts.mail ? affinity_of(policy_) : kept_together();
        if constexpr (requires { order_.is_strict; }) facts.strict_order = order_.is_strict;
        if constexpr (requires { order_.is_strict_by_key; }) {
            facts.strict_by_key = order_.is_strict_by_key;
        }
        if constexpr (requires { order_.bump_s; }) facts.bump_s = order_.bump_s;
        facts.increasing_stamps = stamps_.keeps_order;
        facts.first_stamps = false;
        if constexpr (requires { Traits::format::keeps_first_stamp; }) {
            facts.first_stamps = Traits::format::keeps_first_stamp;
        }
        return facts;
    }

    [[nodiscard]] division divide(std::string_view queue, std::uint64_t slices) const override {
        const auto ranges = *make_partition_(queue, slices);
        return {[ranges](const hash_value& d) -> std::uint32_t { return ranges.slice_of(d); },
                [ranges](std::uint64_t slice, const hash_value& d) {
                    // A single slice takes every entry regardless of its hash.
                    return ranges.slice_count() == 1 ||
                           ranges.owns(static_cast<slice_index>(slice), d);
                },
                shares_of(ranges), wanted_shares_of(ranges), slices > 1 && slices_overlap(ranges)};
    }

private:
    [[nodiscard]] site_type open_site(sim_world world, services_type& services,
                                      const site_settings& settings) const {
        return site_type(std::move(world), services, settings, policy_, order_, stamps_);
    }

    /// A site with a runner of digest/ leaves the digest to it.
    result<void> send_or_request_digest(site_type& s, const mailing_list& list) const {
        constexpr bool has_digest_queue = boost::hana::unpack(RunnerTypes{}, [](auto... types) {
            return ((decltype(types)::type::queue == "digest") || ...);
        });
        if constexpr (has_digest_queue) {
            return digest_by_queue::send(s, list);
        } else {
            return digest_at_once::send(s, list);
        }
    }

    [[nodiscard]] std::string_view queue_of(std::string_view class_name) const {
        for (const runner_information& r : runners_) {
            if (r.class_name == class_name) return r.queue;
        }
        return {};
    }

    /// The item that enters for a post.
    static item_of<typename Traits::format> item_for(arriving_item item, const mailing_list& list) {
        if constexpr (requires { Site::arriving(item); }) {
            return Site::arriving(item);
        } else {
            item_of<typename Traits::format> made;
            made.text = std::move(item.text);
            if constexpr (qslice::detail::carries_mail<Traits>) {
                made.data = {{"listname", list.name}, {"listid", list.id}, {"tolist", 1}};
            } else {
                made.data.set("key", item.group);
                made.data.set("sender", item.sender);
            }
            return made;
        }
    }

    /// What items with something in common share of their hash, found by hashing some: a policy of
    /// one's own does not know the stream's lists and senders.
    [[nodiscard]] affinity_kind kept_together() const {
        const item_hasher hash = hasher();
        const auto leading = [&](const char* group, const char* sender, std::uint64_t number) {
            mailing_list list;
            list.name = group;
            return hash({number, group, sender, "N: " + std::to_string(number) + "\n\n"}, list,
                        number, {1e9 + static_cast<double>(number)})
                .hash.high();
        };
        const auto first = leading("list1", "ada@example.org", 1);
        if (first == leading("list1", "bob@example.org", 2)) return affinity_kind::list;
        if (first == leading("list2", "ada@example.org", 3)) return affinity_kind::sender;
        return affinity_of(policy_);
    }

    class own_view final : public view {
    public:
        own_view(const site_program_of& program, sim_world world, sim_services& services,
                 const site_settings& settings)
            : services_(services),
              site_(program.open_site(std::move(world), services_, settings)) {}
        result<std::string> put(std::string_view queue, arriving_item item,
                                const mailing_list& list,
                                std::optional<std::uint32_t> number) override {
            auto made = item_for(std::move(item), list);
            if (number) made.data.set(post_key, static_cast<std::int64_t>(*number));
            return site_.enqueue(queue, made.text, std::move(made.data));
        }
        result<void> place(std::string_view queue, const entry_name& name, std::string_view text,
                           metadata data, const std::vector<std::string>& recipients) override {
            using format = typename Traits::format;
            if constexpr (entry_format<format>) {
                format::set_recipients(data, recipients);
                format::prepare(data, name.time, message_form::text);
                std::string bytes = std::string(format::message_bytes(text));
                bytes += format::metadata_bytes(data);
                const std::string path = qslice::detail::entry_path(
                    site_.queue_directory(queue), to_base_name(name), entry_state::queued);
                return qslice::detail::write_and_rename(site_.world(), path, std::move(bytes));
            } else {
                return failure(error_code::rejected, std::string(queue),
                               "entries that stand in a queue when a run starts are mail");
            }
        }

    private:
        services_type services_;
        site_type site_;
    };

    RunnerTypes types_;
    MakePartition make_partition_;
    typename Traits::hash_policy_type policy_;
    typename Traits::order order_;
    typename Traits::stamps stamps_;
    std::vector<runner_information> runners_;
};

}  // namespace qslice::sim
