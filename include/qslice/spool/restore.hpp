/// @file
/// Looks at preserved entries (.psv) and puts those that can be read back into a queue.
/// A site's tool calls it, once the cause is removed; switchboards do the preserving.
#pragma once

#include <qslice/codec/item_format.hpp>
#include <qslice/core/entry_name.hpp>
#include <qslice/core/result.hpp>
#include <qslice/spool/detail/reading_note.hpp>
#include <qslice/spool/detail/rename_new.hpp>
#include <qslice/spool/durability.hpp>
#include <qslice/spool/queue_writer.hpp>
#include <qslice/spool/spool_traits.hpp>
#include <qslice/world/world.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qslice {

/// Why an entry was set aside, as far as its file tells.
enum class preserved_because {
    unreadable,  ///< its bytes cannot be parsed
    counted,     ///< its runner ended three times while it had the entry in hand
    /// It can be read and was recovered less often. Mailman's runners leave that if two of them
    /// serve one slice, and then the other has handled the message, or if storage failed; this
    /// library's, if it killed each process that read it.
    unknown,
};

/// A preserved entry. Of each it must be assumed that its message has been delivered, wholly or in
/// part, unless something outside the file, such as the mail server's log, shows that it was not.
struct preserved_entry {
    std::string directory;
    std::string base;
    preserved_because why = preserved_because::unknown;
    std::int64_t recoveries = 0;   ///< `_bak_count`
    std::string from;              ///< the queue that it was preserved from; empty: unknown
    std::optional<error> problem;  ///< why it cannot be restored

    [[nodiscard]] std::string path() const {
        return detail::entry_path(directory, base, entry_state::preserved);
    }
};

namespace detail {

template <world World>
result<std::string> content_of(World& w, const std::string& path) {
    auto file = w.open(path, open_mode::read, entry_permissions);
    if (!file) return failure(file.error());
    return w.read(*file);
}

template <item_format Format, world World>
preserved_entry look_at_preserved(World& w, const std::string& directory, std::string_view base) {
    preserved_entry seen;
    seen.directory = directory;
    seen.base = base;
    const auto content = content_of(w, seen.path());
    if (!content) {
        seen.problem = content.error();
        return seen;
    }
    const std::string_view bytes = split_readings(*content).first;
    if (const auto stored = Format::read_metadata(bytes)) {
        const double count = stored->data.number("_bak_count").value_or(0);
        if (count > 0 && count < 1e9) seen.recoveries = static_cast<std::int64_t>(count);
        seen.from = stored->data.text(preserved_from_key).value_or("");
    }
    if (const auto entry = Format::read(bytes); !entry) {
        seen.why = preserved_because::unreadable;
        seen.problem = entry.error();
        seen.problem->where = seen.path() + ", " + seen.problem->where;
        return seen;
    }
    if (seen.recoveries >= recoveries_until_preserved) seen.why = preserved_because::counted;
    if (auto name = parse_entry_name(base); !name) {
        seen.problem = name.error();
        seen.problem->where = seen.path();
    }
    return seen;
}

}  // namespace detail

/// The preserved entries in a directory, by name.
/// @returns an error only if the directory cannot be listed
/// @complexity reads each of them
template <item_format Format, world World>
result<std::vector<preserved_entry>> preserved_in(World& w, const std::string& directory) {
    std::vector<std::string> bases;
    auto listed = w.list(directory, [&](std::string_view name) {
        const auto [base, ending] = split_extension(name);
        if (ending == extension(entry_state::preserved)) bases.emplace_back(base);
    });
    if (!listed) return failure(listed.error());
    std::sort(bases.begin(), bases.end());
    std::vector<preserved_entry> found;
    for (const std::string& base : bases) {
        found.push_back(detail::look_at_preserved<Format>(w, directory, base));
    }
    return found;
}

/// Puts a preserved entry back into a queue: one rename, to its own name or, if that is taken, to
/// the next time that is free. It replaces nothing, and whenever it is interrupted the entry exists
/// once. Its message is handled again, so look first whether it was delivered.
///
/// Its `_bak_count` stays: this library's runners preserve the entry again at the third further
/// death of its runner, Mailman's at the next.
/// @param queue_directory  on the same file system
/// @returns the base name in the queue; `malformed` if it cannot be read; `not_found` if it is
/// gone,
///          perhaps restored by another process
template <item_format Format, world World>
result<std::string> restore(World& w, const preserved_entry& entry,
                            const std::string& queue_directory,
                            durability durable = durability::file_and_directory) {
    const auto now = detail::look_at_preserved<Format>(w, entry.directory, entry.base);
    if (now.problem) return failure(*now.problem);
    std::string base;
    auto put = detail::put_under_free_name(w, entry.path(), entry.base, [&](std::string_view free) {
        base = free;
        return detail::entry_path(queue_directory, free, entry_state::queued);
    });
    if (put) put = detail::sync_directory_if(w, durable, queue_directory);
    if (put) put = detail::sync_directory_if(w, durable, entry.directory);
    if (!put) return failure(put.error());
    return base;
}

}  // namespace qslice
