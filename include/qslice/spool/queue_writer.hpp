/// @file
/// Puts items into a queue directory; all entries are created here.
/// The switchboard and the spool write through it; it needs no slices, since a writer serves all.
#pragma once

#include <qslice/codec/item_format.hpp>
#include <qslice/core/detail/real.hpp>
#include <qslice/core/entry_name.hpp>
#include <qslice/core/result.hpp>
#include <qslice/hash/hash_input.hpp>
#include <qslice/hash/hash_policy.hpp>
#include <qslice/spool/detail/rename_new.hpp>
#include <qslice/spool/durability.hpp>
#include <qslice/spool/entry_stamp.hpp>
#include <qslice/spool/layout.hpp>
#include <qslice/world/detail/whole_file.hpp>
#include <qslice/world/world.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qslice {

namespace detail {

/// Has another address for each format.
template <class Format>
inline constexpr char address_of_format = 0;

/// DIRECTORY/BASE.EXTENSION
inline std::string entry_path(std::string_view directory, std::string_view base,
                              entry_state state) {
    const std::string_view ending = extension(state);
    std::string path;
    path.reserve(directory.size() + base.size() + ending.size() + 5);
    path.append(directory).append("/").append(base).append(ending);
    return path;
}

inline std::string partial_path(std::string_view path) {
    const std::string_view ending = extension(entry_state::partial);
    std::string partial;
    partial.reserve(path.size() + ending.size());
    return partial.append(path).append(ending);
}

enum class syncs { now, later };

/// Writes PATH.tmp; on failure removes it.
/// @param bytes  left as they are if the file cannot be opened
/// @param mode  `create_exclusive` for a new name: fails with `exists` if another process writes a
///              file of that name
template <world World>
result<void> write_partial(World& w, const std::string& partial, std::string&& bytes, syncs when,
                           open_mode mode) {
    auto file = w.open(partial, mode, entry_permissions);
    if (!file) return failure(file.error());
    const auto fill = [&]() -> result<void> {
        auto written = write_whole(w, *file, std::move(bytes));
        if (!written) return written;
        if (when == syncs::now) {
            if (auto synced = w.sync(*file); !synced) return synced;
        }
        return w.close(*file);
    };
    auto written = fill();
    if (!written) (void)w.remove(partial);
    return written;
}

/// Renames PATH.tmp to PATH, which must be free; on failure removes it.
/// @returns `exists` if there is an entry of that name
template <world World>
result<void> name_partial(World& w, const std::string& partial, const std::string& path) {
    auto named = rename_new(w, partial, path);
    if (!named) (void)w.remove(partial);
    return named;
}

/// Writes PATH.tmp, makes it durable and renames it to PATH, which it replaces, so that PATH has
/// the old content or the new one.
template <world World>
result<void> write_and_rename(World& w, const std::string& path, std::string bytes) {
    const std::string partial = partial_path(path);
    auto written = write_partial(w, partial, std::move(bytes), syncs::now, open_mode::truncate);
    if (!written) return written;
    auto renamed = w.rename(partial, path);
    if (!renamed) (void)w.remove(partial);
    return renamed;
}

template <world World>
result<void> sync_directory_if(World& w, durability durable, const std::string& directory) {
    if (durable == durability::file) return {};
    return w.sync_directory(directory);
}

/// The hash that a writer gives an item.
/// @param message  a text, or an item's
/// @param bytes    of it, in its format: what message_bytes() makes of the message
/// @param data     prepared, see prepare_entry()
/// @param now      the writer's time
template <item_format Format, hash_policy HashPolicy, class Message>
hash_value hash_of(HashPolicy& policy, const Message& message, std::string_view bytes,
                   const data_of<Format>& data, timestamp now) {
    hash_input input;
    input.message = bytes;
    input.now = now;
    input.data = metadata_view(data);
    if constexpr (requires { message.begun_hash(nullptr); }) {
        input.begun = &message.begun_hash(&address_of_format<Format>);
    }
    if constexpr (requires { Format::list_name(data); }) {
        input.list_name = Format::list_name(data);
        input.list_id = input.list_name;
        if constexpr (requires { Format::list_id(data); }) {
            if (const auto id = Format::list_id(data)) input.list_id = id;
        }
    }
    // Only where it is needed: the text of a message that is passed on may not be made yet.
    if constexpr (requires { Format::sender_of(std::string_view(message)); }) {
        if (needs_sender(policy)) input.sender = Format::sender_of(std::string_view(message));
    }
    if constexpr (requires { Format::thread_of(std::string_view(message)); }) {
        if (needs_thread(policy)) input.thread = Format::thread_of(std::string_view(message));
    }
    return policy(input);
}

}  // namespace detail

/// Writes entries into one directory.
///
/// Writers in any number of processes need no coordination: names differ by what is hashed, and
/// where they do not, the later entry gets another time. No entry replaces another.
/// @tparam Stamps  the time of each new entry; by default the clock's, as in Mailman
/// @safety one object serves one thread; it keeps the hash policy's context
/// @source Mailman 2.1 and 3 Switchboard.enqueue
template <world World, item_format Format, hash_policy HashPolicy,
          queue_layout Layout = flat_layout, stamp_policy Stamps = clock_stamps>
class queue_writer {
    static_assert(
        !HashPolicy::uses_sender || detail::chooses_at_run_time<HashPolicy> ||
            requires(std::string_view text) { Format::sender_of(text); },
        "the hash policy uses the sender, and the format has no sender_of(text)");
    static_assert(
        !HashPolicy::uses_thread || detail::chooses_at_run_time<HashPolicy> ||
            requires(std::string_view text) { Format::thread_of(text); },
        "the hash policy uses the thread, and the format has no thread_of(text)");

public:
    using text_type = text_of<Format>;
    using data_type = data_of<Format>;
    using item_type = item_of<Format>;

    queue_writer(World w, std::string directory, durability durable, HashPolicy policy,
                 Stamps stamps = {})
        : world_(std::move(w)),
          directory_(std::move(directory)),
          durable_(durable),
          policy_(std::move(policy)),
          stamps_(std::move(stamps)) {}

    [[nodiscard]] const std::string& directory() const noexcept { return directory_; }

    /// Whether runners must keep the order of this writer's stamps.
    [[nodiscard]] bool keeps_order() const noexcept { return stamps_.keeps_order; }

    /// Writes an entry: NAME.pck.tmp, fsync, rename to NAME.pck (and fsync of the directory). If
    /// there is an entry of that name, the new one gets the next time that is free.
    /// @param text  the message, headers first
    /// @param data  its metadata; volatile keys are not stored
    /// @returns the entry's base name; on failure no entry was made, except if only the directory's
    ///          fsync failed: then the entry may or may not be durable
    result<std::string> enqueue(std::string_view text, data_type data) {
        return write_one(text, std::move(data), stamps_.next(world_.now()));
    }

    /// The same for a message that was read from an entry: unless it was changed, its bytes are
    /// copied.
    template <std::same_as<text_type> M>
    result<std::string> enqueue(const M& message, data_type data) {
        return write_one(message, std::move(data), stamps_.next(world_.now()));
    }

    /// Writes many entries, with enqueue()'s guarantee for each, and waits for the disk as rarely
    /// as the world allows: all are written, all made durable, then all renamed, and each directory
    /// is synced once at the end. (Group commit.)
    ///
    /// If the world can sync a whole file system, this takes two waits, however many entries there
    /// are; it also writes out what other processes have written to the same file system. Entries
    /// become visible only once all contents are durable.
    /// @param messages  any number; equal messages become separate entries
    /// @returns for each message what enqueue() would have returned
    std::vector<result<std::string>> enqueue_batch(std::span<const item_type> messages) {
        constexpr bool at_once = syncs_file_systems<World>;
        std::vector<new_entry> entries;
        std::vector<result<void>> states;
        timestamp now = stamps_.next(world_.now());
        for (const item_type& message : messages) {
            data_type data = message.data;
            entries.emplace_back();
            states.push_back(write_free(entries.back(), message.text, data, now,
                                        at_once ? detail::syncs::later : detail::syncs::now));
            entries.back().bytes.clear();
            entries.back().bytes.shrink_to_fit();
            // The clock may stand still, but the hash input must not repeat.
            now = stamps_.next(std::max(later(now), world_.now()));
        }
        if constexpr (at_once) {
            if (auto synced = world_.sync_file_system(directory_); !synced) {
                abandon(entries, states, synced.error());
            }
        }
        for (std::size_t i = 0; i < entries.size(); ++i) {
            if (!states[i]) continue;
            states[i] = detail::name_partial(world_, entries[i].partial, entries[i].path);
            if (is_taken(states[i])) {
                data_type data = messages[i].data;
                states[i] = name_free(entries[i], messages[i].text, data, now);
            }
        }
        sync_places(entries, states);

        std::vector<result<std::string>> outcomes;
        outcomes.reserve(entries.size());
        for (std::size_t i = 0; i < entries.size(); ++i) {
            if (states[i]) {
                outcomes.emplace_back(std::move(entries[i].base));
            } else {
                outcomes.emplace_back(failure(states[i].error()));
            }
        }
        return outcomes;
    }

private:
    struct new_entry {
        entry_name name;
        std::string place;
        std::string base;  ///< with its place
        std::string path;  ///< of its .pck
        std::string partial;
        std::string bytes;
    };

    static constexpr double infinity = std::numeric_limits<double>::infinity();

    static timestamp later(timestamp time) { return {detail::next_up(time.seconds)}; }

    static bool is_taken(const result<void>& made) {
        return !made && made.error().code == error_code::exists;
    }

    template <class Message>
    result<std::string> write_one(const Message& message, data_type data, timestamp now) {
        new_entry entry;
        auto named = write_free(entry, message, data, now, detail::syncs::now);
        if (named) named = detail::name_partial(world_, entry.partial, entry.path);
        if (is_taken(named)) named = name_free(entry, message, data, now);
        if (!named) return failure(named.error());
        if (auto kept = sync_place(entry); !kept) return failure(kept.error());
        return std::move(entry.base);
    }

    /// Writes an entry's .tmp under the first name, from `now` on, that nobody else is writing.
    template <class Message>
    result<void> write_free(new_entry& entry, const Message& message, data_type& data,
                            timestamp& now, detail::syncs when) {
        entry = prepare(message, data, now, any_time);
        auto written = write(entry, when);
        timestamp earliest = any_time;
        for (int names = 1; is_taken(written) && names < detail::most_names; ++names) {
            prepare_next(entry, message, data, now, earliest);
            written = write(entry, when);
        }
        return written;
    }

    /// Writes an entry whose name is taken under the next one that is free.
    template <class Message>
    result<void> name_free(new_entry& entry, const Message& message, data_type& data,
                           timestamp& now) {
        result<void> named = failure(error_code::exists, entry.path, "rename");
        timestamp earliest = any_time;
        for (int names = 1; is_taken(named) && names < detail::most_names; ++names) {
            prepare_next(entry, message, data, now, earliest);
            named = write(entry, detail::syncs::now);
            if (named) named = detail::name_partial(world_, entry.partial, entry.path);
        }
        return named;
    }

    /// Another name for an entry whose name is taken. A message that was stamped before keeps its
    /// stamp if a later time gives it another hash: with a later stamp it could pass others of its
    /// list, if the name is only taken by what a writer left that ended in the middle.
    /// @param earliest  of the time in the name; moved on if the hash stays the same
    template <class Message>
    void prepare_next(new_entry& entry, const Message& message, data_type& data, timestamp& now,
                      timestamp& earliest) {
        const entry_name taken = entry.name;
        now = stamps_.next(later(now));
        entry = prepare(message, data, now, earliest);
        if (entry.name != taken) return;
        earliest = detail::name_after(taken).time;
        entry = prepare(message, data, now, earliest);
    }

    static constexpr timestamp any_time{-infinity};

    /// @param message  a text, or an item's
    /// @param earliest  of the time in the name: a message that was stamped before keeps that stamp
    template <class Message>
    new_entry prepare(const Message& message, data_type& data, timestamp now, timestamp earliest) {
        const timestamp stamp =
            std::max(detail::prepare_entry<Format>(message, data, now), earliest);
        new_entry entry;
        const std::string data_bytes = Format::metadata_bytes(data);
        if constexpr (requires { Format::message_bytes(message, data_bytes.size()); }) {
            entry.bytes = Format::message_bytes(message, data_bytes.size());
        } else {
            entry.bytes = Format::message_bytes(message);
        }
        entry.name = {stamp, detail::hash_of<Format>(policy_, message, entry.bytes, data, now)};

        entry.bytes += data_bytes;
        entry.place = Layout::place_of(entry.name.hash);
        entry.base = detail::placed_base(entry.place, to_base_name(entry.name));
        entry.path = detail::entry_path(directory_, entry.base, entry_state::queued);
        entry.partial = detail::partial_path(entry.path);
        return entry;
    }

    result<void> write_new(new_entry& entry, detail::syncs when) {
        return detail::write_partial(world_, entry.partial, std::move(entry.bytes), when,
                                     open_mode::create_exclusive);
    }

    /// Writes an entry's .tmp; makes its place if it is the first entry there.
    result<void> write(new_entry& entry, detail::syncs when) {
        auto written = write_new(entry, when);
        if constexpr (Layout::has_places) {
            // What could be opened had its place, and its bytes may have been taken over.
            const bool is_unwritten = !entry.bytes.empty();
            if (!written && written.error().code == error_code::not_found && is_unwritten) {
                const std::string place = detail::place_path(directory_, entry.place);
                auto made = world_.make_directory(place, directory_permissions);
                if (made) made = detail::sync_directory_if(world_, durable_, directory_);
                if (!made) return made;
                written = write_new(entry, when);
            }
        }
        return written;
    }

    result<void> sync_place(const new_entry& entry) {
        if constexpr (!Layout::has_places) {
            return detail::sync_directory_if(world_, durable_, directory_);
        }
        return detail::sync_directory_if(world_, durable_,
                                         detail::place_path(directory_, entry.place));
    }

    void abandon(const std::vector<new_entry>& entries, std::vector<result<void>>& states,
                 const error& problem) {
        for (std::size_t i = 0; i < entries.size(); ++i) {
            if (!states[i]) continue;
            (void)world_.remove(entries[i].partial);
            states[i] = failure(problem);
        }
    }

    void sync_places(const std::vector<new_entry>& entries, std::vector<result<void>>& states) {
        std::map<std::string_view, result<void>> synced;
        for (std::size_t i = 0; i < entries.size(); ++i) {
            if (!states[i]) continue;
            const auto [place, is_first] = synced.try_emplace(entries[i].place);
            if (is_first) place->second = sync_place(entries[i]);
            states[i] = place->second;
        }
    }

    World world_;
    std::string directory_;
    durability durable_;
    HashPolicy policy_;
    Stamps stamps_;
};

}  // namespace qslice
