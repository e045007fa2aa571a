/// @file
/// A switchboard that is notified of new entries instead of listing its directory at every look.
/// For queues on a local file system; choose it with `watching<Traits>`.
#pragma once

#include <qslice/core/result.hpp>
#include <qslice/spool/layout.hpp>
#include <qslice/spool/switchboard.hpp>
#include <qslice/world/world.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

namespace qslice {

/// A spool whose runners watch their queues.
template <class Traits>
struct watching : Traits {
    static constexpr bool watches = true;
};

/// A world that reports names as they appear:
/// - `watch()`: a watch, which watches nothing yet
/// - `watch.add(directory)`: from now on sees names that appear in a directory, by creation or by a
///   rename
/// - `watch.collect(visit)`: calls visit(directory, name) for each name since the last call; false
///   if some may have been missed
/// - `watch.wait_for(seconds)`: waits for a name or until the world is asked to stop; false if none
///   appeared
/// - `watch.descriptor()`, optional: for poll(2), can be read from when a name has appeared
template <class W>
concept watching_world = world<W> && requires(W& w) {
    w.watch().value();
};

/// A switchboard with the same guarantees, in which the cost of files() depends only on the slice's
/// own new and waiting entries, not on those of other slices.
///
/// It knows the waiting entries from one listing at the start and from the world's notifications
/// since. It does not rely on notifications alone: it lists again whenever some may have been
/// missed, and every `rescan_s` seconds in any case. In a world that cannot watch, every look is a
/// listing, as with switchboard.
///
/// Entries with equal times come in order of arrival instead of the directory's order; under
/// strict_order there is no difference.
/// @safety one object serves one thread
template <world World, class Traits>
class watching_switchboard : public switchboard<World, Traits> {
    using base_type = switchboard<World, Traits>;

public:
    using base_type::base_type;

    /// The maximum time for which an entry stays unseen if the world does not report it, such as
    /// one that another machine writes to a network file system.
    static constexpr double rescan_s = 30;

    result<snapshot> files(entry_state state = entry_state::queued) {
        if constexpr (watching_world<World>) {
            if (state == entry_state::queued) return look();
        }
        return base_type::files(state);
    }

    result<typename base_type::item_type> dequeue(std::string_view base) {
        auto message = base_type::dequeue(base);
        // After a read failure the entry is still there, unless it is gone.
        if (message || message.error().code == error_code::not_found ||
            message.error().code == error_code::malformed) {
            forget(base);
        }
        return message;
    }

    result<void> finish(std::string_view base, finish_as how = finish_as::done) {
        if (how == finish_as::preserved) forget(base);
        return base_type::finish(base, how);
    }

    /// Waits until an entry arrives, the world is asked to stop, or this many seconds have passed.
    void wait_for_entries(double seconds) {
        World& w = this->own_world();
        if constexpr (watching_world<World>) {
            if (watch_) return (void)watch_->wait_for(seconds);
        }
        w.sleep_for(seconds);
    }

    /// For poll(2): can be read from when an entry has arrived since the last look; -1 before the
    /// first look and where nothing reports entries.
    [[nodiscard]] int wake_descriptor() const noexcept {
        if constexpr (requires { watch_->descriptor(); }) {
            if (watch_) return watch_->descriptor();
        }
        return -1;
    }

private:
    template <class W>
    struct watch_of {
        using type = int;
    };
    template <watching_world W>
    struct watch_of<W> {
        using type = std::remove_cvref_t<decltype(std::declval<W&>().watch().value())>;
    };

    result<snapshot> look() {
        if (!std::exchange(has_tried_, true)) begin_to_watch();
        const double now = this->own_world().now().seconds;
        bool complete = watch_.has_value() && now >= scanned_at_ && now < scanned_at_ + rescan_s;
        if (watch_) {
            auto told = watch_->collect([&](std::string_view directory, std::string_view name) {
                if (!hear(directory, name)) complete = false;
            });
            complete = complete && told && *told;
        }
        if (!complete) {
            if (auto listed = scan(); !listed) return failure(listed.error());
            scanned_at_ = now;
        }
        snapshot taken;
        for (const auto& [number, waiting] : waiting_) add(taken, *waiting);
        for (const error& problem : malformed_) taken.add_malformed(problem);
        this->put_in_order(taken, entry_state::queued);
        return taken;
    }

    void begin_to_watch() {
        auto made = this->own_world().watch();
        if (!made) return complain(made.error());
        watch_.emplace(*std::move(made));
    }

    /// Watches, then lists, so that an entry in between is seen twice rather than never.
    result<void> scan() {
        if (watch_) watch_places();
        snapshot taken;
        auto listed = base_type::files(entry_state::queued);
        if (!listed) return failure(listed.error());
        waiting_.clear();
        numbers_.clear();
        // In the directory's order, which decides between equal times.
        auto& entries = listed->entries();
        std::sort(entries.begin(), entries.end(),
                  [](const auto& a, const auto& b) { return a.name_place < b.name_place; });
        for (const auto& e : entries) remember(std::string(listed->base_name(e)));
        malformed_ = listed->malformed();
        return {};
    }

    void watch_places() {
        auto watched = watch_->add(this->directory());
        // If the queue itself is missing, the listing reports it.
        if (!watched && watched.error().code == error_code::not_found) watched = {};
        this->for_each_own_place([&](std::string_view place) {
            auto added = watch_->add(detail::place_path(this->directory(), place));
            if (!added && added.error().code != error_code::not_found) watched = added;
        });
        if (!watched) {
            complain(watched.error());
            watch_.reset();
        }
    }

    /// @returns false if a new place requires a listing
    bool hear(std::string_view directory, std::string_view name) {
        const bool at_top = directory == this->directory();
        if (at_top && detail::is_place_of<typename Traits::layout>(name)) return false;
        const std::string_view place =
            at_top ? std::string_view() : directory.substr(this->directory().size() + 1);
        snapshot one;
        this->look_at(one, place, name, extension(entry_state::queued));
        for (std::size_t i = 0; i < one.size(); ++i) remember(std::string(one.base_name(i)));
        for (const error& problem : one.malformed()) malformed_.push_back(problem);
        return true;
    }

    void add(snapshot& taken, const std::string& placed) const {
        const auto [place, base] = detail::split_place(placed);
        this->look_at(taken, place, std::string(base) + std::string(extension(entry_state::queued)),
                      extension(entry_state::queued));
    }

    void remember(std::string placed) {
        const auto [at, is_new] = numbers_.try_emplace(std::move(placed), next_number_);
        if (is_new) waiting_.emplace(next_number_++, &at->first);
    }

    void forget(std::string_view placed) {
        const auto at = numbers_.find(std::string(placed));
        if (at == numbers_.end()) return;
        waiting_.erase(at->second);
        numbers_.erase(at);
    }

    void complain(const error& problem) {
        this->own_world().log("error", problem.to_string() + "; the queue is listed instead");
    }

    std::optional<typename watch_of<World>::type> watch_;
    bool has_tried_ = false;
    double scanned_at_ = -rescan_s;
    std::uint64_t next_number_ = 0;
    std::unordered_map<std::string, std::uint64_t> numbers_;
    std::map<std::uint64_t, const std::string*> waiting_;  // in the order in which they were found
    std::vector<error> malformed_;
};

/// The switchboard that a spool's traits ask for.
template <world World, class Traits>
using switchboard_for = std::conditional_t < requires {
    requires Traits::watches;
}
, watching_switchboard<World, Traits>, switchboard < World, Traits >> ;

}  // namespace qslice
