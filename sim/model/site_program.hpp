/// @file
/// The library's code for one kind of site, for simulated processes. The simulation uses the
/// interface site_program; site_program_of instantiates the library's headers for a spool's traits
/// and a list of runner types, including user-defined ones.
#pragma once

#include "sim/model/sim_services.hpp"
#include "sim/record/policy_facts.hpp"

#include <qslice/handler/digest.hpp>
#include <qslice/hash/hash_policy.hpp>
#include <qslice/partition/slice_shares.hpp>
#include <qslice/runner/list_lock.hpp>
#include <qslice/runner/runner_loop.hpp>
#include <qslice/runner/site.hpp>

#include <boost/hana/for_each.hpp>
#include <boost/hana/type.hpp>
#include <boost/hana/unpack.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qslice::sim {

/// The interface to the runners of a site, without their types.
/// @safety const member functions may be called from any number of threads concurrently
class site_program {
public:
    struct runner_information {
        std::string class_name;
        std::string queue;
        std::vector<std::string> flows_to;
    };

    virtual ~site_program() = default;

    [[nodiscard]] virtual const std::vector<runner_information>& runners() const = 0;

    /// Whether a queue can be divided into this number of slices, and this slice is one of them.
    [[nodiscard]] virtual result<void> check(const runner_choice& choice) const = 0;

    /// The body of a runner's process: returns when asked to stop.
    virtual void run(sim_world world, sim_services& services, const site_settings& settings,
                     const runner_choice& choice) const = 0;

    /// Makes the site's directories.
    virtual result<void> make_directories(sim_world world, sim_services& services,
                                          const site_settings& settings,
                                          const std::vector<std::string>& queues) const = 0;

    /// A process's view of the site, with its queue writers.
    class view {
    public:
        virtual ~view() = default;
        virtual result<std::string> enqueue(std::string_view queue, std::string_view text,
                                            metadata data) = 0;
        /// Puts an entry of that name into a queue, as if it had been there before.
        virtual result<void> place(std::string_view queue, const entry_name& name,
                                   std::string_view text, metadata data,
                                   const std::vector<std::string>& recipients) = 0;
    };

    /// For a process that queues posts.
    /// @param services  must outlive the view
    [[nodiscard]] virtual std::unique_ptr<view> open(sim_world world, sim_services& services,
                                                     const site_settings& settings) const = 0;

    /// Queues one message, as the mail server's program does for each post.
    result<std::string> enqueue(sim_world world, sim_services& services,
                                const site_settings& settings, std::string_view queue,
                                std::string_view text, metadata data) const {
        return open(std::move(world), services, settings)->enqueue(queue, text, std::move(data));
    }

    /// The daily job: sends the contents of each list's digest.mbox.
    virtual void send_digests(sim_world world, sim_services& services,
                              const site_settings& settings, const mailing_lists& lists) const = 0;

    /// The policy's properties, from its types.
    [[nodiscard]] virtual policy_facts facts() const = 0;

    /// How a queue is divided into this number of slices.
    struct division {
        std::function<std::uint32_t(const hash_value&)> slice_of;
        std::function<bool(std::uint64_t slice, const hash_value&)> owns;
        std::vector<double> shares;  ///< per slice, as in shares_of of the partition
        std::vector<double> wanted;  ///< per slice, as in wanted_shares_of
        bool overlaps = false;
    };
    /// @param slices  as accepted by check() for a runner of the queue
    [[nodiscard]] virtual division divide(std::string_view queue, std::uint64_t slices) const = 0;
};

/// A site_program of a spool's traits and a Hana tuple of runner types.
/// @tparam MakePartition  callable: (queue, number of slices) -> result<Traits::partition_type>
template <class Traits, class RunnerTypes, class MakePartition>
class site_program_of final : public site_program {
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
                                {runner::flows_to.begin(), runner::flows_to.end()}});
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
        site_type s = open_site(std::move(world), services, settings);
        boost::hana::for_each(types_, [&](auto type) {
            using runner = typename decltype(type)::type;
            if (runner::class_name != choice.runner) return;
            // A runner with work of its own between looks may not be skipped.
            if constexpr (!requires(runner r) { r.periodic(s); }) s.world().repeats_looks();
            runner_loop<runner, site_type> loop(s, {*make_partition_(runner::queue, choice.slices),
                                                    static_cast<slice_index>(choice.slice)});
            loop.run();
        });
    }

    result<void> make_directories(sim_world world, sim_services& services,
                                  const site_settings& settings,
                                  const std::vector<std::string>& queues) const override {
        return open_site(std::move(world), services, settings).make_directories(queues);
    }

    [[nodiscard]] std::unique_ptr<view> open(sim_world world, sim_services& services,
                                             const site_settings& settings) const override {
        return std::make_unique<own_view>(open_site(std::move(world), services, settings));
    }

    void send_digests(sim_world world, sim_services& services, const site_settings& settings,
                      const mailing_lists& lists) const override {
        site_type s = open_site(std::move(world), services, settings);
        for (const mailing_list& list : lists.all()) {
            auto lock = list_lock<sim_world>::acquire(s.world(), s.lock_directory(), list.name,
                                                      settings.identity, settings.list_locks);
            // A list that stays locked gets its digest with the next job.
            if (!lock) continue;
            if (const auto sent = send_or_request_digest(s, list); !sent) {
                s.log("error", sent.error().to_string());
            }
            lock->release();
        }
    }

    [[nodiscard]] policy_facts facts() const override {
        policy_facts facts;
        facts.keeps_together = affinity_of(policy_);
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
    using site_type = site<sim_world, Traits, sim_services>;

    [[nodiscard]] site_type open_site(sim_world world, sim_services& services,
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

    class own_view final : public view {
    public:
        explicit own_view(site_type s) : site_(std::move(s)) {}
        result<std::string> enqueue(std::string_view queue, std::string_view text,
                                    metadata data) override {
            return site_.enqueue(queue, text, std::move(data));
        }
        result<void> place(std::string_view queue, const entry_name& name, std::string_view text,
                           metadata data, const std::vector<std::string>& recipients) override {
            using format = typename Traits::format;
            format::set_recipients(data, recipients);
            format::prepare(data, name.time, message_form::text);
            std::string bytes = std::string(format::message_bytes(text));
            bytes += format::metadata_bytes(data);
            const std::string path = qslice::detail::entry_path(
                site_.queue_directory(queue), to_base_name(name), entry_state::queued);
            return qslice::detail::write_and_rename(site_.world(), path, bytes);
        }

    private:
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
