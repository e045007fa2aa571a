/// @file
/// One process's view of a site: its directories, the queues it writes to, its services.
/// Runners and handlers get it as their only argument besides the message.
#pragma once

#include <qslice/core/result.hpp>
#include <qslice/runner/list_lock.hpp>
#include <qslice/runner/services.hpp>
#include <qslice/runner/untaken_entry.hpp>
#include <qslice/spool/queue_writer.hpp>
#include <qslice/spool/switchboard.hpp>
#include <qslice/spool/watching_switchboard.hpp>
#include <qslice/world/world.hpp>

#include <deque>
#include <string>
#include <string_view>
#include <utility>

namespace qslice {

/// Where a process works, its name, and how it treats other processes.
struct site_settings {
    std::string root;      ///< Mailman's var directory: queues, lists/ and locks/ lie below it
    std::string identity;  ///< "HOST/IncomingRunner:0:3": unique among all processes of the site
    durability durable = durability::file_and_directory;
    std::string queues{};  ///< where the queues are; empty: qfiles/ (2.1) or queue/ (3) below root
    lock_times list_locks{};
    untaken_entry untaken = untaken_entry::leave;
};

/// The directories of a site, its services, and writers for any of its queues.
///
/// @tparam Traits  a spool_traits
/// @safety one object serves one process (thread)
template <world World, class Traits, site_services Services>
class site {
public:
    using world_type = World;
    using traits = Traits;
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
        if (settings_.queues.empty()) {
            settings_.queues = settings_.root + '/';
            settings_.queues += Traits::format::queue_folder;
        }
    }

    [[nodiscard]] World& world() noexcept { return world_; }
    [[nodiscard]] Services& services() noexcept { return *services_; }
    [[nodiscard]] const site_settings& settings() const noexcept { return settings_; }

    [[nodiscard]] std::string queue_directory(std::string_view queue) const {
        return joined(settings_.queues, "/", queue);
    }
    [[nodiscard]] std::string list_directory(std::string_view list) const {
        return joined(settings_.root, "/lists/", list);
    }
    [[nodiscard]] std::string lock_directory() const { return settings_.root + "/locks"; }

    /// Puts a message into any queue of the site.
    result<std::string> enqueue(std::string_view queue, std::string_view text, metadata data) {
        return writer(queue).enqueue(text, std::move(data));
    }

    /// The same for a message that was read from a queue: unless it was changed, its bytes are
    /// copied.
    template <stored_message M>
    result<std::string> enqueue(std::string_view queue, const M& message, metadata data) {
        return writer(queue).enqueue(message, std::move(data));
    }

    /// A queue, with the slice that a runner serves.
    [[nodiscard]] switchboard_type open_queue(
        std::string_view queue, owned_slice<typename Traits::partition_type> own) const {
        return switchboard_type(
            world_,
            {queue_directory(queue), queue_directory("bad"), std::move(own), settings_.durable},
            policy_, order_, stamps_);
    }

    /// Creates the directories of these queues and of the site itself.
    template <class QueueNames>
    result<void> make_directories(const QueueNames& queues) {
        for (const std::string& path : {lock_directory(), settings_.root + "/lists"}) {
            if (auto made = world_.make_directory(path, directory_permissions); !made) return made;
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
