/// @file
/// Puts messages into a queue directory: the one place that makes entries.
/// The switchboard and the spool write through it; it needs no slices, since a writer serves all.
#pragma once

#include <qslice/codec/entry_format.hpp>
#include <qslice/core/entry_name.hpp>
#include <qslice/core/result.hpp>
#include <qslice/hash/hash_input.hpp>
#include <qslice/hash/hash_policy.hpp>
#include <qslice/message/headers.hpp>
#include <qslice/world/world.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace qslice {

/// How much an operation on a queue makes durable before it reports success.
enum class durability {
    file,                ///< fsync of the file, as Mailman: a crash may still lose the name
    file_and_directory,  ///< fsync of the directory as well: what was enqueued stays
};

namespace detail {

/// DIRECTORY/BASE.EXTENSION
inline std::string entry_path(std::string_view directory, std::string_view base,
                              entry_state state) {
    const std::string_view ending = extension(state);
    std::string path;
    path.reserve(directory.size() + base.size() + ending.size() + 5);
    path.append(directory).append("/").append(base).append(ending);
    return path;
}

/// Writes PATH.tmp, makes it durable and renames it to PATH, so that PATH is whole or absent.
template <world World>
result<void> write_and_rename(World& w, const std::string& path, std::string_view bytes) {
    const std::string partial = path + std::string(extension(entry_state::partial));
    const auto write = [&]() -> result<void> {
        auto file = w.open(partial, open_mode::truncate, entry_permissions);
        if (!file) return failure(file.error());
        if (auto written = w.write(*file, bytes); !written) return written;
        if (auto synced = w.sync(*file); !synced) return synced;
        if (auto closed = w.close(*file); !closed) return closed;
        return w.rename(partial, path);
    };
    auto written = write();
    if (!written) (void)w.remove(partial);
    return written;
}

template <world World>
result<void> sync_directory_if(World& w, durability durable, const std::string& directory) {
    if (durable == durability::file) return {};
    return w.sync_directory(directory);
}

}  // namespace detail

/// Writes entries into one directory.
///
/// Writers in any number of processes need no agreement: names differ by what they hash.
/// @safety one object serves one thread; it keeps the hash policy's context
/// @source Mailman 2.1 and 3 Switchboard.enqueue
template <world World, entry_format Format, hash_policy HashPolicy>
class queue_writer {
public:
    queue_writer(World w, std::string directory, durability durable, HashPolicy policy)
        : world_(std::move(w)),
          directory_(std::move(directory)),
          durable_(durable),
          policy_(std::move(policy)) {}

    [[nodiscard]] const std::string& directory() const noexcept { return directory_; }

    /// Writes an entry: NAME.pck.tmp, fsync, rename to NAME.pck (and fsync of the directory).
    /// @param text  the message, headers first
    /// @param data  its metadata; volatile keys are not stored
    /// @returns the entry's base name; on failure no entry was made, except where only the
    ///          directory's fsync failed: then it may or may not last
    result<std::string> enqueue(std::string_view text, metadata data) {
        const timestamp now = world_.now();
        const timestamp stamp = Format::prepare(data, now);
        std::string bytes = Format::message_bytes(text);

        hash_input input;
        input.message = bytes;
        input.list_name = Format::list_name(data);
        input.list_id = input.list_name;
        input.now = now;
        if constexpr (HashPolicy::uses_sender) input.sender = sender_address(text);
        if constexpr (HashPolicy::uses_thread) input.thread = thread_root(text);
        std::string base = to_base_name({stamp, policy_(input)});

        bytes += Format::metadata_bytes(data);
        const std::string path = detail::entry_path(directory_, base, entry_state::queued);
        if (auto done = detail::write_and_rename(world_, path, bytes); !done) {
            return failure(done.error());
        }
        if (auto kept = detail::sync_directory_if(world_, durable_, directory_); !kept) {
            return failure(kept.error());
        }
        return base;
    }

private:
    World world_;
    std::string directory_;
    durability durable_;
    HashPolicy policy_;
};

}  // namespace qslice
