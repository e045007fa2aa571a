/// @file
/// The world concept: the clock, the storage and the log that the library runs on.
/// posix_world is the real one; the simulator provides a simulated one. Everything above this
/// header is written once and runs in both.
#pragma once

#include <qslice/core/result.hpp>
#include <qslice/core/timestamp.hpp>

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace qslice {

class shared_bytes;

/// How a file is opened.
enum class open_mode {
    read,              ///< an existing file, for reading
    truncate,          ///< for writing from the start; created if absent
    create_exclusive,  ///< for writing; fails with `exists` if the file exists
    append,            ///< for writing at the end; created if absent
};

/// Permission bits of a new file or directory, before the world's umask.
///
/// Mailman creates queue entries under umask 007 as rw-rw---- and directories as rwxrwx---.
struct permissions {
    std::uint32_t bits = 0660;
};
inline constexpr permissions entry_permissions{0660};
inline constexpr permissions directory_permissions{0770};

/// What is known about a file without reading it.
struct file_information {
    std::uint64_t size_bytes = 0;
    double modified_s = 0;  ///< seconds since the epoch
    bool is_directory = false;
    std::uint64_t links = 1;  ///< number of its names
    std::uint64_t inode = 0;  ///< its number in the file system; 0: unknown
};

/// The clock, storage and log of one process.
///
/// Each storage call corresponds to one of the kernel's, so each is a point at which a process may
/// be suspended or may crash; the library composes them and assumes no more than POSIX guarantees:
/// - `open`, `write`, `sync` (fsync of the file), `close`; a `file` closes itself when it
///   goes out of scope and is movable
/// - `read` returns the whole content from the start
/// - `rename` replaces its target atomically
/// - `link` atomically gives a file a second name, or fails with `exists`: of many callers, one
///   succeeds
/// - `sync_directory` makes the names in a directory durable
/// - `list` calls `visit(std::string_view name)` for each name except "." and "..", in the
///   directory's order; the view is valid only during the call
/// - `make_directory` makes a directory and its parents; it succeeds if the directory exists
/// Paths are absolute or relative to the process, with '/' between their parts.
///
/// `now` is this machine's wall clock, `sleep_for` waits that many seconds or until the process is
/// asked to stop, `stop_requested` says whether it has been. `log` writes one line to a named log
/// ("error", "smtp", ...); it does not fail.
///
/// @safety one world object serves one process (thread); copies are cheap handles
template <class W>
concept world = requires(W& w, typename W::file& file, const std::string& path,
                         std::string_view bytes, permissions mode, double seconds,
                         void (*visit)(std::string_view)) {
    requires std::movable<typename W::file>;
    { w.now() } -> std::same_as<timestamp>;
    { w.sleep_for(seconds) } -> std::same_as<void>;
    { w.stop_requested() } -> std::same_as<bool>;

    { w.open(path, open_mode::truncate, mode) } -> std::same_as<result<typename W::file>>;
    { w.write(file, bytes) } -> std::same_as<result<void>>;
    { w.read(file) } -> std::same_as<result<std::string>>;
    { w.sync(file) } -> std::same_as<result<void>>;
    { w.close(file) } -> std::same_as<result<void>>;

    { w.rename(path, path) } -> std::same_as<result<void>>;
    { w.link(path, path) } -> std::same_as<result<void>>;
    { w.remove(path) } -> std::same_as<result<void>>;
    { w.information(path) } -> std::same_as<result<file_information>>;
    { w.make_directory(path, mode) } -> std::same_as<result<void>>;
    { w.sync_directory(path) } -> std::same_as<result<void>>;
    { w.list(path, visit) } -> std::same_as<result<void>>;

    { w.log(bytes, bytes) } -> std::same_as<void>;
};

/// A world that can make durable, in one call, everything that has been written to the file system
/// of a path: syncfs(2). It guarantees what `sync` of each file and `sync_directory` of each
/// directory guarantee. Optional: without it these are called one by one.
template <class W>
concept syncs_file_systems = world<W> && requires(W& w, const std::string& path) {
    { w.sync_file_system(path) } -> std::same_as<result<void>>;
};

/// A world that keeps files in memory, in bytes that it can share: `write_owned` takes over what
/// `write` would copy, and `read_shared` gives what `read` would copy. Optional.
template <class W>
concept shares_bytes = world<W> && requires(W& w, typename W::file& file, std::string&& bytes) {
    { w.write_owned(file, std::move(bytes)) } -> std::same_as<result<void>>;
    { w.read_shared(file) } -> std::same_as<result<shared_bytes>>;
};

/// A world that can rename a file unless its target exists, in one call: renameat2(2) with
/// RENAME_NOREPLACE. `rename_new` fails with `exists` then and changes nothing. Optional: without
/// it a file gets its new name by a link and loses the old one by a removal.
template <class W>
concept renames_without_replacing = world<W> && requires(W& w, const std::string& path) {
    { w.rename_new(path, path) } -> std::same_as<result<void>>;
};

/// A world that can set the time of a file's last change: utimensat(2). Optional: a list's lock
/// then has its expiry as its time, which Mailman's programs wait for.
template <class W>
concept sets_file_times = world<W> && requires(W& w, const std::string& path, double seconds) {
    { w.set_modified(path, seconds) } -> std::same_as<result<void>>;
};

/// A world with a clock that nobody sets: seconds since some moment, the same for all calls of one
/// process. It goes on while the process or its machine is suspended. Optional: without it the wall
/// clock stands in.
template <class W>
concept has_steady_clock = world<W> && requires(const W& w) {
    { w.steady_s() } -> std::same_as<double>;
};

}  // namespace qslice
