/// @file
/// A queue directory as one process sees it: enqueue, list, take, finish and recover entries.
/// Runners use it; it combines a world, an entry format, a hash policy and a partition.
#pragma once

#include <qslice/codec/item_format.hpp>
#include <qslice/core/entry_name.hpp>
#include <qslice/core/result.hpp>
#include <qslice/partition/partition.hpp>
#include <qslice/spool/detail/any_time.hpp>
#include <qslice/spool/detail/left_partials.hpp>
#include <qslice/spool/detail/other_name.hpp>
#include <qslice/spool/detail/reading_note.hpp>
#include <qslice/spool/detail/rename_new.hpp>
#include <qslice/spool/layout.hpp>
#include <qslice/spool/queue_writer.hpp>
#include <qslice/spool/snapshot.hpp>
#include <qslice/spool/spool_traits.hpp>
#include <qslice/world/detail/whole_file.hpp>
#include <qslice/world/world.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace qslice {

/// One queue directory. Entries are written so that another process sees a complete entry or none.
///
/// A file that is not an entry, or whose name cannot be parsed, is never touched: files() reports
/// it and it stays where it is. Several processes may use one directory at once if their slices do
/// not overlap; writers need no coordination.
/// @safety one object serves one thread; it keeps the hash policy's context
/// @source Mailman 2.1 Queue/Switchboard.py, Mailman 3.3 core/switchboard.py
template <world World, class Traits>
class switchboard {
public:
    using traits = Traits;
    using format = typename Traits::format;
    using text_type = text_of<format>;
    using data_type = data_of<format>;
    using item_type = item_of<format>;
    using partition_type = typename Traits::partition_type;

    static constexpr std::int64_t most_recoveries = recoveries_until_preserved;

    struct settings {
        std::string directory;            ///< the queue's directory, "qfiles/in"
        std::string preserve_directory;   ///< where .psv files go, "qfiles/bad"; empty: they stay
        owned_slice<partition_type> own;  ///< what files() and recover() look at
        durability durable = durability::file_and_directory;
    };

    switchboard(World w, settings s, typename Traits::hash_policy_type policy = {},
                typename Traits::order order = {}, typename Traits::stamps stamps = {})
        : world_(w),
          settings_(std::move(s)),
          order_(std::move(order)),
          writer_(std::move(w), settings_.directory, settings_.durable, std::move(policy),
                  std::move(stamps)) {}

    [[nodiscard]] const std::string& directory() const noexcept { return settings_.directory; }

    /// Whether runners must keep the order of entries; see stamp_policy.
    [[nodiscard]] bool keeps_order() const noexcept { return writer_.keeps_order(); }

    /// Writes an entry; see queue_writer::enqueue.
    result<std::string> enqueue(std::string_view text, data_type data) {
        return writer_.enqueue(text, std::move(data));
    }
    template <std::same_as<text_type> M>
    result<std::string> enqueue(const M& message, data_type data) {
        return writer_.enqueue(message, std::move(data));
    }

    /// Writes many entries; see queue_writer::enqueue_batch.
    std::vector<result<std::string>> enqueue_batch(std::span<const item_type> messages) {
        return writer_.enqueue_batch(messages);
    }

    /// The waiting entries of this switchboard's slice, in processing order.
    ///
    /// If stamps keep order, the directory is listed twice: a listing that takes several system
    /// calls can show an entry that arrives meanwhile and miss an earlier one.
    result<snapshot> files(entry_state state = entry_state::queued) {
        auto taken = list_own(state);
        if (keeps_order() && taken && !taken->empty()) {
            const snapshot seen = *std::exchange(taken, list_own(state));
            if (taken) leave_what_follows(seen, *taken);
        }
        if (taken) put_in_order(*taken, state);
        return taken;
    }

    /// Takes an entry: opens it, renames it to .bak, so that a crash leaves it to recover(),
    /// and reads it.
    /// @returns the message; `not_found` if another process took it first; `malformed` if its bytes
    ///          cannot be parsed: it is then a .bak, to be preserved by finish(); any other error
    ///          if storage fails, and the entry stays in the queue
    result<item_type> dequeue(std::string_view base) {
        const std::string queued = path_of(base, entry_state::queued);
        auto opened = world_.open(queued, open_mode::read, entry_permissions);
        if (!opened) return failure(opened.error());
        auto taken = world_.rename(queued, path_of(base, entry_state::in_hand));
        if (!taken) return failure(taken.error());
        auto bytes = detail::read_whole(world_, *opened);
        if (!bytes) {
            // A temporary storage failure; as .bak, the entry would wait for the next recover().
            (void)put_back(base);
            return failure(bytes.error());
        }
        auto entry = format::read(*std::move(bytes));
        if (!entry) return unreadable(base, entry.error());
        return entry;
    }

    /// Puts an entry in hand back into the queue unchanged, with its name and so its place in the
    /// order, or with the next time that is free if another entry has got the name.
    result<void> put_back(std::string_view base) {
        return detail::put_under_free_name(
            world_, path_of(base, entry_state::in_hand), base,
            [&](std::string_view free) { return path_of(free, entry_state::queued); });
    }

    /// The same with changes to the message: the new content replaces the old atomically and the
    /// name stays, so that after a crash the entry exists exactly once and no other entry gets
    /// before it.
    result<void> put_back(std::string_view base, const item_type& message) {
        data_type data = message.data;
        (void)detail::prepare_entry<format>(message.text, data, world_.now());
        std::string bytes = format::message_bytes(message.text) + format::metadata_bytes(data);
        if (auto written = rewrite(base, std::move(bytes)); !written) return written;
        auto back = put_back(base);
        return back ? sync(directory_of(base)) : back;
    }

    /// Ends the work on an entry in hand.
    result<void> finish(std::string_view base, finish_as how = finish_as::done) {
        const std::string in_hand = path_of(base, entry_state::in_hand);
        if (how == finish_as::done) return world_.remove(in_hand);
        return preserve(base, in_hand);
    }

    /// Puts this slice's entries that a crash left in hand back into the queue. Call it once before
    /// a runner's loop, while no other runner serves the slice.
    ///
    /// The `_bak_count` of each is incremented; at each third time, or if its metadata cannot be
    /// read, the entry is preserved, with its queue in the metadata if they can be written. The
    /// message's bytes are copied unread. A new file replaces the old atomically, so that a second
    /// crash finds either count. Before an entry is read, a line behind it notes so: one that kills
    /// its reader three times is preserved unread (docs/decisions/counted-before-read.md). Once the
    /// world is asked to stop, the rest is left to the next start.
    result<recovery> recover() {
        auto left = files(entry_state::in_hand);
        if (!left) return failure(left.error());
        recovery done{.problems = left->malformed()};
        detail::clear_partials(world_, settings_.directory, left->partials(), done);
        for (std::size_t i = 0; i < left->size(); ++i) {
            if (!world_.stop_requested()) recover_one(left->base_name(i), done);
        }
        return done;
    }

protected:
    World& own_world() noexcept { return world_; }

    /// As processed in one look.
    void put_in_order(snapshot& taken, entry_state state) const {
        order_(taken);
        if constexpr (requires { order_.limit(taken); }) {
            if (state == entry_state::queued) order_.limit(taken);
        }
    }

    /// Calls visit(std::string_view) for each subdirectory that may contain entries of this slice.
    template <class Visit>
    void for_each_own_place(Visit&& visit) const {
        Traits::layout::for_each_place(settings_.own.ranges, settings_.own.slice, visit);
    }

    /// Adds this slice's entries in one place to a snapshot, in the directory's order.
    result<void> list_place(snapshot& taken, std::string_view place, entry_state state) {
        return world_.list(detail::place_path(settings_.directory, place),
                           [&](std::string_view file_name) {
                               look_at(taken, place, file_name, extension(state));
                           });
    }

    /// Adds an entry of this slice to a snapshot, or says what is wrong with its name.
    void look_at(snapshot& taken, std::string_view place, std::string_view file_name,
                 std::string_view wanted) const {
        if (!file_name.ends_with(wanted)) {
            return detail::note_other_name(taken, place, file_name, wanted, settings_.own);
        }
        const auto& [ranges, slice] = settings_.own;
        const std::string_view base = file_name.substr(0, file_name.size() - wanted.size());
        entry_name name;
        if (ranges.slice_count() == 1 && try_parse_entry_time(base, name.time)) {
            taken.add(name.time, base, place);
        } else if (try_parse_entry_name(base, name)) [[likely]] {
            if (ranges.owns(slice, name.hash)) {
                taken.add(name.time, base, place);
            } else if (!place.empty() && Traits::layout::place_of(name.hash) != place) {
                taken.add_malformed({error_code::malformed, path_to(place, base),
                                     "expected in " + Traits::layout::place_of(name.hash) +
                                         "/, where the runner of its slice looks"});
            }
        } else if (split_extension(file_name).extension == wanted) {
            look_at_unusual(taken, place, base);
        }
    }

private:
    /// The same in the directory's order.
    result<snapshot> list_own(entry_state state) {
        snapshot taken;
        if (auto listed = list_place(taken, {}, state); !listed) return failure(listed.error());
        result<void> all;
        for_each_own_place([&](std::string_view place) {
            auto listed = list_place(taken, place, state);
            // A place is made when its first entry is written.
            if (!listed && listed.error().code != error_code::not_found) all = listed;
        });
        if (!all) return failure(all.error());
        return taken;
    }

    /// Removes from a second listing every entry that is later than all that the first one saw of
    /// its affinity. No earlier entry of the rest is missing, since its writer had finished it
    /// before writing the next one: it was there before the second listing began.
    static void leave_what_follows(const snapshot& seen, snapshot& taken) {
        std::unordered_map<std::uint64_t, timestamp> latest;
        for (const listed_entry& e : seen.entries()) {
            timestamp& time = latest.try_emplace(seen.hash(e).high(), e.time).first->second;
            time = std::max(time, e.time);
        }
        std::erase_if(taken.entries(), [&](const listed_entry& e) {
            const auto at = latest.find(taken.hash(e).high());
            return at == latest.end() || at->second < e.time;
        });
    }

    std::string path_to(std::string_view place, std::string_view base) const {
        return settings_.directory + '/' + detail::placed_base(place, base);
    }

    std::string path_of(std::string_view base, entry_state state) const {
        return detail::entry_path(settings_.directory, base, state);
    }

    /// An entry whose name is not strictly TIME+HASH. As in Mailman, a single slice takes an entry
    /// without looking at its hash, and times that are not finite have a defined order.
    void look_at_unusual(snapshot& taken, std::string_view place, std::string_view base) const {
        const auto& [ranges, slice] = settings_.own;
        const auto parts = split_entry_name(base);
        entry_name name;
        const bool timed = parts && detail::read_any_time(parts->time, name.time);
        if (timed && ranges.slice_count() == 1) {
            taken.add(name.time, base, place);
        } else if (timed && hash_value::try_parse(parts->hash, name.hash)) {
            if (ranges.owns(slice, name.hash)) taken.add(name.time, base, place);
        } else {
            error problem = parse_entry_name(base).error();
            problem.where = path_to(place, base);
            taken.add_malformed(std::move(problem));
        }
    }

    failure unreadable(std::string_view base, error problem) const {
        problem.where = settings_.directory + '/' + std::string(base) + ", " + problem.where;
        return failure(std::move(problem));
    }

    result<void> preserve(std::string_view base, const std::string& in_hand) {
        const std::string directory = settings_.preserve_directory.empty()
                                          ? directory_of(base)
                                          : settings_.preserve_directory;
        const auto kept = [&](std::string_view free) {
            return detail::entry_path(directory, detail::split_place(free).base,
                                      entry_state::preserved);
        };
        auto moved = detail::put_under_free_name(world_, in_hand, base, kept);
        // An entry that could not even be opened still has its queued name.
        if (!moved && moved.error().code == error_code::not_found) {
            const std::string queued = path_of(base, entry_state::queued);
            moved = detail::put_under_free_name(world_, queued, base, kept);
        }
        if (!moved) return moved;
        if (auto synced = sync(directory); !synced) return synced;
        return sync(directory_of(base));
    }

    std::string directory_of(std::string_view base) const {
        return detail::place_path(settings_.directory, detail::split_place(base).place);
    }

    result<void> sync(const std::string& directory) {
        return detail::sync_directory_if(world_, settings_.durable, directory);
    }

    /// Replaces the content of an entry in hand.
    result<void> rewrite(std::string_view base, std::string bytes) {
        return detail::write_and_rename(world_, path_of(base, entry_state::in_hand),
                                        std::move(bytes));
    }

    void recover_one(std::string_view base, recovery& done) {
        auto outcome = try_recover(base);
        if (!outcome) {
            done.problems.push_back(outcome.error());
        } else if (*outcome == finish_as::done) {
            ++done.requeued;
        } else {
            ++done.preserved;
            done.problems.push_back({error_code::malformed, path_of(base, entry_state::in_hand),
                                     "preserved: unreadable, or recovered " +
                                         std::to_string(most_recoveries) + " times"});
        }
    }

    /// @returns `done` if the entry is queued again, `preserved` if it was set aside
    result<finish_as> try_recover(std::string_view base) {
        const std::string in_hand = path_of(base, entry_state::in_hand);
        auto opened = world_.open(in_hand, open_mode::read, entry_permissions);
        if (!opened) return failure(opened.error());
        const auto content = world_.read(*opened);
        if (!content) return failure(content.error());
        const auto [bytes, readings] = detail::split_readings(*content);
        // The first death was that of the runner that had the entry in hand.
        if (readings + 1 >= most_recoveries) return preserve_as_it_was(base, bytes);
        auto noted = append_note(in_hand, detail::reading_note);
        if (!noted) return failure(noted.error());
        auto entry = format::read_metadata(bytes);
        if (!entry) return preserve_as_it_was(base, bytes);
        const auto count = recoveries_of(entry->data) + 1;
        const bool is_to_stay = count % most_recoveries == 0;
        entry->data.set("_bak_count", count);
        if (is_to_stay) entry->data.set(preserved_from_key, last_part(settings_.directory));
        std::string counted(bytes.substr(0, entry->message_size));
        counted += format::metadata_bytes(entry->data);
        if (auto written = rewrite(base, std::move(counted)); !written) {
            (void)append_note(in_hand, detail::was_read_note);
            return failure(written.error());
        }
        if (is_to_stay) {
            if (auto kept = preserve(base, in_hand); !kept) return failure(kept.error());
            return finish_as::preserved;
        }
        auto back = put_back(base);
        if (back) back = sync(directory_of(base));
        if (!back) return failure(back.error());
        return finish_as::done;
    }

    static std::string_view last_part(std::string_view path) {
        return path.substr(path.rfind('/') + 1);
    }

    /// From a file that anyone may have written: a number that is none counts as 0, and one that is
    /// out of all bounds leads to the next time that the entry is preserved.
    static std::int64_t recoveries_of(const data_type& data) {
        constexpr std::int64_t bound = most_recoveries * 1'000'000;
        const double before = data.number("_bak_count").value_or(0);
        if (before >= static_cast<double>(bound)) return bound - 1;
        return before > 0 ? static_cast<std::int64_t>(before) : 0;
    }

    /// Without the notes of readings, so that it can be put back by hand.
    result<finish_as> preserve_as_it_was(std::string_view base, std::string_view bytes) {
        if (auto made = rewrite(base, std::string(bytes)); !made) return failure(made.error());
        auto kept = preserve(base, path_of(base, entry_state::in_hand));
        if (!kept) return failure(kept.error());
        return finish_as::preserved;
    }

    /// Notes something durably behind an entry in hand.
    result<void> append_note(const std::string& in_hand, std::string_view note) {
        auto file = world_.open(in_hand, open_mode::append, entry_permissions);
        if (!file) return failure(file.error());
        if (auto written = world_.write(*file, note); !written) return written;
        if (auto synced = world_.sync(*file); !synced) return synced;
        return world_.close(*file);
    }

    World world_;
    settings settings_;
    [[no_unique_address]] typename Traits::order order_;
    queue_writer<World, format, typename Traits::hash_policy_type, typename Traits::layout,
                 typename Traits::stamps>
        writer_;
};

}  // namespace qslice
