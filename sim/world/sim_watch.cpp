#include "sim/world/sim_watch.hpp"

#include "sim/world/sim_world.hpp"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <map>
#include <utility>

namespace qslice::sim {

struct sim_watch::events {
    struct watched final : names_listener {
        watched(events& to, std::string at, inode_ptr directory)
            : all(to), path(std::move(at)), node(std::move(directory)) {
            node->names->listen(*this);
        }
        void name_appeared(std::uint32_t machine, std::string_view name) override {
            all.appeared(*this, machine, name);
        }

        events& all;
        std::string path;
        inode_ptr node;
    };
    struct event {
        const watched* in;
        std::string name;
    };

    events(std::shared_ptr<detail::process_state> process, std::size_t most)
        : owner(std::move(process)), limit(most) {}

    void appeared(const watched& in, std::uint32_t machine, std::string_view name) {
        // What the simulation does outside all machines, it does on each of them.
        if (machine != 0 && machine != owner->on->number()) return;
        if (!queue.empty() && queue.back().in == &in && queue.back().name == name) return;
        if (queue.size() < limit) {
            queue.push_back({&in, std::string(name)});
        } else {
            is_incomplete = true;
        }
        wake();
    }

    void wake() const {
        if (waits && owner->sleeping) owner->on->simulation().wake(owner->id);
    }

    [[nodiscard]] bool has_news() const { return !queue.empty() || is_incomplete; }

    std::shared_ptr<detail::process_state> owner;
    std::size_t limit;
    std::deque<watched> directories;  // which stay in their places
    std::map<std::string, watched*, std::less<>> by_path;
    std::deque<event> queue;
    bool is_incomplete = false;
    bool waits = false;
};

sim_watch::sim_watch(std::shared_ptr<detail::process_state> owner, std::size_t queue_limit)
    : events_(std::make_unique<events>(std::move(owner), queue_limit)) {}
sim_watch::sim_watch(sim_watch&&) noexcept = default;
sim_watch& sim_watch::operator=(sim_watch&&) noexcept = default;
sim_watch::~sim_watch() = default;

result<void> sim_watch::add(const std::string& path) {
    auto at = events_->owner->on->files().watchable(path);
    if (!at) return failure(at.error());
    events::watched*& known = events_->by_path[path];
    if (known != nullptr && known->node == *at) return {};
    known = &events_->directories.emplace_back(*events_, path, *std::move(at));
    return {};
}

result<bool> sim_watch::collect_names(
    const std::function<void(std::string_view directory, std::string_view name)>& visit) {
    // A visitor may make names in what it watches.
    const auto told = std::exchange(events_->queue, {});
    const bool complete = !std::exchange(events_->is_incomplete, false);
    for (const events::event& e : told) visit(e.in->path, e.name);
    return complete;
}

bool sim_watch::wait_for(double seconds) {
    if (!events_->has_news()) {
        events_->waits = true;
        struct no_longer {
            bool& waits;
            ~no_longer() { waits = false; }
        } guard{events_->waits};
        sim_world(events_->owner).sleep_for(seconds);
    }
    return events_->has_news();
}

}  // namespace qslice::sim
