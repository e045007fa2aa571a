/// @file
/// What a machine can do with files: the calls of a kernel, without time and without faults.
/// file_system and nfs_client are such storages; sim_world lets their calls take time and fail.
#pragma once

#include "sim/engine/choices.hpp"
#include "sim/record/virtual_time.hpp"
#include "sim/world/inode.hpp"
#include "sim/world/operation_log.hpp"

#include <qslice/core/result.hpp>
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
    double clock_s = 0;                 ///< what the machine's own clock shows
    duration extra = duration::zero();  ///< set by a call that takes longer than usual
};

/// An open file. Plain data; a storage gives it its meaning.
struct open_file {
    inode_ptr node;
    open_mode mode = open_mode::read;
    std::size_t offset = 0;  ///< where the next write goes
    std::string path;        ///< by which it was opened
};

using name_visitor = std::function<void(std::string_view)>;

/// The calls of the world concept, each as one atomic step with the errors that POSIX says.
/// @safety serves one engine
class storage {
public:
    virtual ~storage() = default;

    /// A number for one more machine that uses this storage.
    virtual machine_number attach() = 0;

    virtual result<open_file> open(caller& by, const std::string& path, open_mode mode,
                                   permissions mode_bits) = 0;
    virtual result<void> write(caller& by, open_file& file, std::string_view bytes) = 0;
    virtual result<std::string> read(caller& by, open_file& file) = 0;
    virtual result<void> sync(caller& by, open_file& file) = 0;
    virtual result<void> close(caller& by, open_file& file) = 0;
    /// Forgets an open file whose machine has lost its power; it may be closed already.
    virtual void drop(open_file& file) noexcept = 0;

    virtual result<void> rename(caller& by, const std::string& from, const std::string& to) = 0;
    virtual result<void> link(caller& by, const std::string& from, const std::string& to) = 0;
    virtual result<void> remove(caller& by, const std::string& path) = 0;
    virtual result<file_information> information(caller& by, const std::string& path) = 0;
    virtual result<void> make_directory(caller& by, const std::string& path,
                                        permissions mode_bits) = 0;
    virtual result<void> sync_directory(caller& by, const std::string& path) = 0;
    virtual result<void> list(caller& by, const std::string& path, const name_visitor& visit) = 0;

    /// A machine has lost its power: what it alone held in memory may be gone.
    virtual void machine_crashed(machine_number machine, virtual_time now,
                                 choice_source& choices) = 0;

    /// Until when no call makes progress, for storage that hangs.
    [[nodiscard]] virtual virtual_time stalled_until() const noexcept { return stalled_until_; }
    void stall_until(virtual_time t) noexcept { stalled_until_ = t; }

private:
    virtual_time stalled_until_ = virtual_time::min();
};

}  // namespace qslice::sim
