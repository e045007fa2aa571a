/// @file
/// A durable queue of anything in a directory: put, take, finish and recover, in order by key, by
/// any number of workers on any number of machines.
/// It is a switchboard for programs that have no topology; it knows no mail.
#pragma once

#include <qslice/codec/plain_format.hpp>
#include <qslice/core/caught.hpp>
#include <qslice/core/fixed_name.hpp>
#include <qslice/core/result.hpp>
#include <qslice/hash/hash_policy.hpp>
#include <qslice/hash/metadata_key.hpp>
#include <qslice/partition/equal_ranges.hpp>
#include <qslice/spool/entry_order.hpp>
#include <qslice/spool/entry_stamp.hpp>
#include <qslice/spool/switchboard.hpp>
#include <qslice/spool/watching_switchboard.hpp>
#include <qslice/world/posix_world.hpp>
#include <qslice/world/world.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qslice {

/// The spool of a queue of anything: plain items, kept together and in order by the value of one
/// metadata key.
template <fixed_name Key = "key">
using keyed_spool = spool_traits<plain_format, basic_hash_policy<metadata_key<Key>>, equal_ranges<>,
                                 strict_order, flat_layout, increasing_stamps>;

/// Where a queue is, and which part of it its taker serves.
struct work_queue_settings {
    std::string directory;
    std::uint64_t workers = 1;  ///< how many takers share the queue; the same number for each
    slice_index worker = 0;     ///< which of them this one is, from 0
    durability durable = durability::file_and_directory;
};

/// One process's end of a queue.
///
/// Items with equal keys go to the same worker, which takes them in the order in which one writer
/// put them; different writers' items are in the order of their clocks. An item is taken at least
/// once: a crash between take() and finish() leaves it to the next recover(), and a power loss may
/// bring back one that was just finished. After three such crashes it is preserved as .psv, since
/// it may be what kills its workers.
///
/// Change the number of workers only while none runs. Putting needs no worker's number.
/// @tparam Traits  a spool_traits whose partition takes any number of slices
/// @safety one object serves one thread; any number of objects and processes share a directory
template <world World, class Traits = keyed_spool<>>
class basic_work_queue {
    using board_type = switchboard_for<World, Traits>;

public:
    using item_type = typename board_type::item_type;
    using data_type = typename board_type::data_type;

    /// An item in hand.
    struct taken {
        std::string name;  ///< of its entry
        item_type item;
    };

    /// Opens a queue; makes its directory if there is none.
    /// @returns `malformed` if there is no such worker; `rejected` if the format or the layout does
    /// not keep
    ///          its promises; storage's error if the directory cannot be made
    static result<basic_work_queue> open(World w, work_queue_settings settings) {
        using partition = typename Traits::partition_type;
        if (auto kept = check_spool<Traits>(); !kept) return failure(kept.error());
        auto slices = partition::make(settings.workers);
        if (!slices) return failure(slices.error());
        if (settings.worker >= settings.workers) {
            return failure(error_code::malformed, settings.directory,
                           "worker " + std::to_string(settings.worker) + " of " +
                               std::to_string(settings.workers) + ": workers are counted from 0");
        }
        auto made = w.make_directory(settings.directory, directory_permissions);
        if (!made) return failure(made.error());
        return basic_work_queue(
            w,
            board_type(w, {settings.directory, {}, {*slices, settings.worker}, settings.durable}));
    }

    /// Puts an item.
    /// @returns the name of its entry; once it returns, the item is durable and can be taken
    result<std::string> put(std::string_view text, data_type data = {}) {
        return board_.enqueue(text, std::move(data));
    }

    /// Puts many items with as few waits for the disk as the world allows; see
    /// queue_writer::enqueue_batch.
    std::vector<result<std::string>> put_all(std::span<const item_type> items) {
        return board_.enqueue_batch(items);
    }

    /// Takes the next item of this worker. Items that are not what they should be are preserved as
    /// .psv and logged.
    /// @returns nothing if none is waiting
    /// @complexity amortised: one listing of the directory for all items that it finds
    result<std::optional<taken>> take() {
        for (bool looked = false; !looked || next_ < found_.size();) {
            if (next_ == found_.size()) {
                if (looked) break;
                looked = true;
                auto found = board_.files();
                if (!found) return failure(found.error());
                found_ = *std::move(found);
                next_ = 0;
                held_back_.clear();
                continue;
            }
            const listed_entry& entry = found_[next_++];
            if (held_back_.contains(found_.hash(entry).high())) continue;
            std::string name(found_.base_name(entry));
            auto item = board_.dequeue(name);
            if (item) return std::optional<taken>(taken{std::move(name), *std::move(item)});
            if (item.error().code == error_code::not_found) continue;
            if (item.error().code != error_code::malformed) return failure(item.error());
            world_.log("error", item.error().to_string() + "; preserved");
            if (auto kept = board_.finish(name, finish_as::preserved); !kept) {
                return failure(kept.error());
            }
        }
        return std::optional<taken>();
    }

    /// Ends the work on an item: it is gone.
    result<void> finish(const taken& t) { return board_.finish(t.name); }

    /// Sets an item aside as .psv, for a person to inspect.
    result<void> preserve(const taken& t) { return board_.finish(t.name, finish_as::preserved); }

    /// Puts an item back into its place, with its changes; later items of its key wait for it.
    result<void> put_back(const taken& t) {
        entry_name name;
        if (try_parse_entry_name(detail::split_place(t.name).base, name)) {
            held_back_.insert(name.hash.high());
        }
        return board_.put_back(t.name, t.item);
    }

    /// Puts back what a crash left in this worker's hands. Call it once, before the first take().
    result<recovery> recover() { return board_.recover(); }

    /// Waits this many seconds, or until the world is asked to stop or, if the spool watches its
    /// directory (`watching<...>`), an item arrives.
    void wait_for_items(double seconds) {
        if constexpr (requires { board_.wait_for_entries(seconds); }) {
            board_.wait_for_entries(seconds);
        } else {
            world_.sleep_for(seconds);
        }
    }

    /// For poll(2) in a program with a loop of its own: can be read from when an item has arrived
    /// since take() returned nothing; never read from it. -1 unless the spool watches its
    /// directory.
    [[nodiscard]] int wake_descriptor() const noexcept {
        if constexpr (requires { board_.wake_descriptor(); }) {
            return board_.wake_descriptor();
        } else {
            return -1;
        }
    }

    [[nodiscard]] World& world() noexcept { return world_; }

private:
    basic_work_queue(World w, board_type board) : world_(std::move(w)), board_(std::move(board)) {}

    World world_;
    board_type board_;
    snapshot found_;
    std::size_t next_ = 0;
    std::set<std::uint64_t> held_back_;  ///< keys of items put back since the last look
};

/// The queue of anything on this machine's files.
using work_queue = basic_work_queue<posix_world>;

/// What one worker does: takes items and calls handle(item) for each, until the world is asked to
/// stop.
///
/// An item whose handle returns an error or throws is preserved as .psv, with a line in the log
/// "error"; all others are finished.
/// @param handle  result<void>(item&)
/// @param idle_s  the time between two looks at an empty queue, in seconds; 0: returns when there
///                is nothing to take
/// @returns the number of items that it finished; storage's error
template <world World, class Traits, class Handle>
result<std::size_t> work(basic_work_queue<World, Traits>& queue, Handle&& handle,
                         double idle_s = 1) {
    const auto outcome = [&](auto& item) -> result<void> {
        return caught("handler", [&]() -> result<void> { return handle(item); });
    };
    auto recovered = queue.recover();
    if (!recovered) return failure(recovered.error());
    for (const error& problem : recovered->problems)
        queue.world().log("error", problem.to_string());
    std::size_t finished = 0;
    while (!queue.world().stop_requested()) {
        auto next = queue.take();
        if (!next) return failure(next.error());
        if (!*next) {
            if (idle_s <= 0) break;
            queue.wait_for_items(idle_s);
            continue;
        }
        const auto done = outcome((*next)->item);
        if (!done) {
            queue.world().log("error",
                              (*next)->name + ": " + done.error().to_string() + "; preserved");
        }
        auto ended = done ? queue.finish(**next) : queue.preserve(**next);
        if (!ended) return failure(ended.error());
        finished += done ? 1 : 0;
    }
    return finished;
}

}  // namespace qslice
