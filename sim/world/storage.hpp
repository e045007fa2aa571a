/// @file
/// The file operations of a machine: a kernel's calls, without durations or faults. file_system and
/// nfs_client implement it; sim_world adds durations and faults.
#pragma once

#include "sim/engine/choices.hpp"
#include "sim/record/virtual_time.hpp"
#include "sim/world/inode.hpp"
#include "sim/world/operation_log.hpp"

#include <qslice/core/result.hpp>
#include <qslice/core/shared_bytes.hpp>
#include <qslice/world/world.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace qslice::sim {

/// Who makes a call, and when.
struct caller {
    machine_number machine = 0;
    virtual_time now{};                 ///< true time
    double clock_s = 0;                 ///< time shown by the machine's clock
    duration extra = duration::zero();  ///< set by a call that takes longer than usual
    bool took_effect = false;           ///< set by a call whose effect stays although it fails
    machine_number client = 0;          ///< of a server's call: the machine that asked for it
};

/// An open file. Plain data, interpreted by the storage.
struct open_file {
    inode_ptr node;
    open_mode mode = open_mode::read;
    std::size_t offset = 0;  ///< position of the next write
    std::string path;        ///< path by which it was opened
};

using name_visitor = std::function<void(std::string_view)>;

/// The calls of the world concept, each as one atomic step with the errors that POSIX specifies.
/// @safety for use by one engine
class storage {
public:
    virtual ~storage() = default;

    /// Returns a number for a new machine that uses this storage.
    virtual machine_number attach() = 0;

    virtual result<open_file> open(caller& by, const std::string& path, open_mode mode,
                                   permissions mode_bits) = 0;
    virtual result<void> write(caller& by, open_file& file, std::string_view bytes) = 0;
    /// The same for bytes that the caller does not need any more. Where it takes them over, their
    /// bytes stay in their place until the file changes.
    virtual result<void> write_owned(caller& by, open_file& file, std::string&& bytes) {
        return write(by, file, bytes);
    }
    virtual result<shared_bytes> read(caller& by, open_file& file) = 0;
    virtual result<void> sync(caller& by, open_file& file) = 0;
    virtual result<void> close(caller& by, open_file& file) = 0;
    /// Discards an open file whose machine has lost power; it may already be closed.
    virtual void drop(open_file& file) noexcept = 0;

    virtual result<void> rename(caller& by, const std::string& from, const std::string& to) = 0;
    /// As rename, but fails with `exists` if the target exists; only if renames_new().
    virtual result<void> rename_new(caller& by, const std::string& from, const std::string& to) = 0;
    /// Whether there is such a call: NFS has none.
    [[nodiscard]] virtual bool renames_new() const noexcept = 0;
    virtual result<void> link(caller& by, const std::string& from, const std::string& to) = 0;
    virtual result<void> remove(caller& by, const std::string& path) = 0;
    virtual result<file_information> information(caller& by, const std::string& path) = 0;
    virtual result<void> make_directory(caller& by, const std::string& path,
                                        permissions mode_bits) = 0;
    virtual result<void> sync_directory(caller& by, const std::string& path) = 0;
    virtual result<void> list(caller& by, const std::string& path, const name_visitor& visit) = 0;

    /// The directory at a path, for storage whose list() has no other effect and depends on nothing
    /// but the directory's names; otherwise null.
    [[nodiscard]] virtual inode_ptr directory_at(const std::string&) const { return {}; }

    /// The directory at a path, for a machine that watches its names.
    /// @returns `not_found` if there is none
    virtual result<inode_ptr> watchable(const std::string& path) = 0;

    /// A machine has lost power: what only it held in memory may be lost.
    virtual void machine_crashed(machine_number machine, virtual_time now,
                                 choice_source& choices) = 0;

    /// The time until which no call makes progress, for storage that hangs.
    [[nodiscard]] virtual virtual_time stalled_until() const noexcept { return stalled_until_; }
    void stall_until(virtual_time t) noexcept { stalled_until_ = t; }

private:
    virtual_time stalled_until_ = virtual_time::min();
};

}  // namespace qslice::sim
