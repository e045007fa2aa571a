/// @file
/// The interface to the library's code for one kind of site, for simulated processes: what the
/// simulation uses. site_program_of.hpp implements it for the types of a site.
#pragma once

#include "sim/model/mailing_lists.hpp"
#include "sim/model/sim_services.hpp"
#include "sim/record/policy_facts.hpp"
#include "sim/record/scenario.hpp"
#include "sim/world/sim_world.hpp"

#include <qslice/codec/metadata.hpp>
#include <qslice/core/entry_name.hpp>
#include <qslice/core/hash_value.hpp>
#include <qslice/core/result.hpp>
#include <qslice/core/timestamp.hpp>
#include <qslice/ownership/deployment.hpp>
#include <qslice/ownership/held_slice.hpp>
#include <qslice/runner/site.hpp>
#include <qslice/topology/arriving_item.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim {

/// The interface to the runners of a site, without their types.
/// @safety const member functions may be called from any number of threads concurrently
class site_program {
public:
    /// The way of items through the site.
    struct item_way {
        bool mail = true;                     ///< Mailman's queues and formats
        std::string entry_queue = "in";       ///< where the stream's posts enter
        std::string exit_queue = "out";       ///< whose runner completes them
        std::vector<std::string> end_queues;  ///< a post is complete in these; empty: by deliveries
        bool ends_in_each = false;            ///< in each of these, rather than in any
        std::vector<std::string> effects;     ///< that its services say they report
    };
    [[nodiscard]] virtual item_way way() const = 0;

    /// Whether the site keeps the promises that its types cannot show; see check_spool().
    [[nodiscard]] virtual result<void> check_promises() const = 0;

    /// The post that an entry's bytes carry, read by the site's own format; nothing if they do not
    /// say. Null if the marks of posts stand in the bytes as they are.
    using post_reader = std::optional<std::uint32_t> (*)(std::string_view bytes);
    [[nodiscard]] virtual post_reader reads_post() const = 0;

    /// The recipients that an entry of mail is for; nothing if it does not say. Null for a site
    /// without mail.
    using recipients_reader = std::optional<std::vector<std::string>> (*)(std::string_view bytes);
    [[nodiscard]] virtual recipients_reader reads_recipients() const = 0;

    struct runner_information {
        std::string class_name;
        std::string queue;
        std::vector<std::string> flows_to;
        double sleep_s = 0;  ///< of an idle one before it looks again
    };

    virtual ~site_program() = default;

    [[nodiscard]] virtual const std::vector<runner_information>& runners() const = 0;

    /// Whether a queue can be divided into this number of slices, and this slice is one of them.
    [[nodiscard]] virtual result<void> check(const runner_choice& choice) const = 0;

    /// The machines that stand by for all slices, in order of preference; none: all for one
    /// another, in turn.
    [[nodiscard]] virtual std::span<const std::string_view> stands_by() const { return {}; }

    /// What a deployment file says of the queue of a runner that check() accepts.
    [[nodiscard]] virtual queue_terms terms(const runner_choice& choice) const = 0;

    /// The body of a runner's process: returns when asked to stop, or when its spool's deployment
    /// file does not allow it to run.
    virtual void run(sim_world world, sim_services& services, const site_settings& settings,
                     const runner_choice& choice) const = 0;

    /// The body of a runner of a slice that its process holds: returns when asked to stop, or when
    /// the lease has ended.
    virtual void run_held(sim_world world, sim_services& services, const site_settings& settings,
                          std::string_view class_name, const held_slice& held) const = 0;

    /// Errors in the protocol of owners, for tests of the search, which must find them.
    struct planted_errors {
        bool no_fence = false;            ///< runners do not learn that their lease has ended
        bool acknowledges_early = false;  ///< a lease is given back before its runner has stopped
        bool trusts_ended_lease = false;  ///< the first machine is sure of its leases for too long
    };
    [[nodiscard]] virtual planted_errors planted() const { return {}; }

    /// Makes the site's directories.
    virtual result<void> make_directories(sim_world world, sim_services& services,
                                          const site_settings& settings,
                                          const std::vector<std::string>& queues) const = 0;

    /// A process's view of the site, with its queue writers.
    class view {
    public:
        virtual ~view() = default;
        /// @param number  of the post that it is; nothing for a foreign item
        virtual result<std::string> put(std::string_view queue, arriving_item item,
                                        const mailing_list& list,
                                        std::optional<std::uint32_t> number) = 0;
        /// Puts an entry of that name into a queue, as if it had been there before.
        virtual result<void> place(std::string_view queue, const entry_name& name,
                                   std::string_view text, metadata data,
                                   const std::vector<std::string>& recipients) = 0;
    };

    /// For a process that queues posts.
    /// @param services  must outlive the view
    [[nodiscard]] virtual std::unique_ptr<view> open(sim_world world, sim_services& services,
                                                     const site_settings& settings) const = 0;

    struct hashed_item {
        hash_value hash;
        std::uint64_t bytes = 0;  ///< of its message in a file
    };
    /// Hashes an item as it is hashed when it enters the site at that time.
    /// @safety one object serves one thread
    using item_hasher = std::function<hashed_item(arriving_item item, const mailing_list& list,
                                                  std::uint64_t number, timestamp now)>;
    [[nodiscard]] virtual item_hasher hasher() const = 0;

    /// The name of its hash policy.
    [[nodiscard]] virtual std::string hash_name() const = 0;

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

}  // namespace qslice::sim
