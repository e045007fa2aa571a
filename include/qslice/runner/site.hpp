/// @file
/// One process's view of a site: its directories, the queues it writes to, its services.
/// Runners and handlers get it as their only argument besides the message.
#pragma once

#include <qslice/codec/item_format.hpp>
#include <qslice/core/result.hpp>
#include <qslice/runner/list_lock.hpp>
#include <qslice/runner/untaken_entry.hpp>
#include <qslice/spool/mailman_order.hpp>
#include <qslice/spool/queue_writer.hpp>
#include <qslice/spool/switchboard.hpp>
#include <qslice/spool/watching_switchboard.hpp>
#include <qslice/world/world.hpp>

#include <concepts>
#include <deque>
#include <string>
#include <string_view>
#include <utility>

namespace qslice {

/// Where a process works, its name, and how it treats other processes.
struct site_settings {
    std::string root;  ///< queues lie below it; for mail Mailman's var directory
    /// "HOST/IncomingRunner:0:3": unique among all processes of the site. The lease of a slice that
    /// the process owns is added.
    std::string identity;
    durability durable = durability::file_and_directory;
    /// Where the queues are; empty: root, for mail qfiles/ (2.1) or queue/ (3) below it.
    std::string queues{};
    lock_times list_locks{};
    untaken_entry untaken = untaken_entry::leave;
    /// Whether runners hold themselves to the spool's deployment file, if it has one.
    bool reads_deployment = true;
};

/// The services of a site whose runners need none.
struct no_services {};

/// The directories of a site, its services, and writers for any of its queues.
///
/// Services are whatever the site's runners require of them, nothing by default: each runner type
/// states what it needs (see runner_loop).
/// @tparam Traits  a spool_traits
/// @safety one object serves one process (thread)
template <world World, class Traits, class Services = no_services>
class site {
public:
    using world_type = World;
    using traits = Traits;
    using item_type = item_of<typename Traits::format>;
    using text_type = text_of<typename Traits::format>;
    using data_type = data_of<typename Traits::format>;
    using services_type = Services;
    using switchboard_type = switchboard_for<World, Traits>;
    using hash_policy_type = typename Traits::hash_policy_type;
    using order_type = typename Traits::order;
    using stamps_type = typename Traits::stamps;

    site(World w, Services& services, site_settings settings, hash_policy_type policy = {},
         order_type order = {}, stamps_type stamps = {})
        : world_(std::move(w)),
          services_(&services),
          settings_(std::move(settings)),
          policy_(std::move(policy)),
          order_(std::move(order)),
          stamps_(std::move(stamps)) {
        if constexpr (requires { world_.identity_mark(); }) {
            settings_.identity += world_.identity_mark();
        }
        if (!settings_.queues.empty()) return;
        settings_.queues = settings_.root;
        if constexpr (requires { Traits::format::queue_folder; }) {
            settings_.queues += '/';
            settings_.queues += Traits::format::queue_folder;
        }
    }

    /// A site whose runners need no services.
    site(World w, site_settings settings, hash_policy_type policy = {}, order_type order = {},
         stamps_type stamps = {}) requires std::same_as<Services, no_services>
        : site(std::move(w), none_needed, std::move(settings), std::move(policy), std::move(order),
               std::move(stamps)) {}

    [[nodiscard]] World& world() noexcept { return world_; }
    [[nodiscard]] Services& services() noexcept { return *services_; }
    [[nodiscard]] const site_settings& settings() const noexcept { return settings_; }
    [[nodiscard]] const hash_policy_type& hash_policy() const noexcept { return policy_; }
    [[nodiscard]] const order_type& order() const noexcept { return order_; }

    [[nodiscard]] std::string queue_directory(std::string_view queue) const {
        return joined(settings_.queues, "/", queue);
    }
    [[nodiscard]] std::string list_directory(std::string_view list) const {
        return joined(settings_.root, "/lists/", list);
    }
    [[nodiscard]] std::string lock_directory() const { return settings_.root + "/locks"; }

    /// Puts a message into any queue of the site.
    result<std::string> enqueue(std::string_view queue, std::string_view text, data_type data) {
        return writer(queue).enqueue(text, std::move(data));
    }

    /// The same for a message that was read from a queue: unless it was changed, its bytes are
    /// copied.
    template <std::same_as<text_type> M>
    result<std::string> enqueue(std::string_view queue, const M& message, data_type data) {
        return writer(queue).enqueue(message, std::move(data));
    }

    /// A queue, with the slice that a runner serves.
    [[nodiscard]] switchboard_type open_queue(
        std::string_view queue, owned_slice<typename Traits::partition_type> own) const {
        return switchboard_type(
            world_,
            {queue_directory(queue), detail::carries_mail<Traits> ? queue_directory("bad") : "",
             std::move(own), settings_.durable},
            policy_, order_, stamps_);
    }

    /// Creates the directories of these queues and of the site itself.
    template <class QueueNames>
    result<void> make_directories(const QueueNames& queues) {
        if constexpr (detail::carries_mail<Traits>) {
            for (const std::string& path : {lock_directory(), settings_.root + "/lists"}) {
                auto made = world_.make_directory(path, directory_permissions);
                if (!made) return made;
            }
        }
        for (const auto& queue : queues) {
            auto made = world_.make_directory(queue_directory(queue), directory_permissions);
            if (!made) return made;
        }
        if (auto kept = sync_directory(queue_directory("")); !kept) return kept;
        return sync_directory(settings_.root);
    }

    /// Makes the names in a directory durable, if the site's durability requires it.
    result<void> sync_directory(const std::string& directory) {
        return detail::sync_directory_if(world_, settings_.durable, directory);
    }

    void log(std::string_view log_name, std::string_view line) { world_.log(log_name, line); }

private:
    using writer_type = queue_writer<World, typename Traits::format, hash_policy_type,
                                     typename Traits::layout, stamps_type>;

    static inline no_services none_needed{};

    static std::string joined(const std::string& directory, std::string_view part,
                              std::string_view name) {
        std::string path = directory;
        path.append(part).append(name);
        return path;
    }

    /// A site has about ten queues, so a linear search is as fast as a map.
    writer_type& writer(std::string_view queue) {
        for (auto& [name, w] : writers_) {
            if (name == queue) return w;
        }
        writers_.emplace_back(std::string(queue), writer_type(world_, queue_directory(queue),
                                                              settings_.durable, policy_, stamps_));
        return writers_.back().second;
    }

    World world_;
    Services* services_;
    site_settings settings_;
    hash_policy_type policy_;
    [[no_unique_address]] order_type order_;
    [[no_unique_address]] stamps_type stamps_;  ///< from which each writer starts
    std::deque<std::pair<std::string, writer_type>> writers_;
};

}  // namespace qslice
