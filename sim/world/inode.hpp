/// @file
/// A file or directory of a simulated file system, without its names. Names, open files and
/// operations that are not yet durable refer to it.
#pragma once

#include "sim/record/virtual_time.hpp"
#include "sim/world/directory.hpp"
#include "sim/world/file_content.hpp"

#include <boost/intrusive/list_hook.hpp>

#include <cstdint>
#include <memory>

namespace qslice::sim {

/// Identifies a machine to a storage; 0 is the simulation itself, outside all machines.
using machine_number = std::uint32_t;

/// Reference-counted by inode_ptr; a simulation has one thread, so the count needs no lock. The
/// hook links the list of inodes with bytes that are not yet on the disk.
struct inode
    : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    std::uint32_t references = 0;
    std::uint64_t number = 0;
    std::uint32_t permission_bits = 0;
    double modified_s = 0;
    std::uint64_t change = 0;          ///< incremented by each change of content or names
    std::uint64_t last_operation = 0;  ///< on a directory's names: serial number in the log
    std::uint32_t links = 0;           ///< number of its names
    std::uint32_t open_files = 0;      ///< number of handles that refer to it
    inode* parent = nullptr;           ///< of a directory
    file_content content;              ///< of a file
    virtual_time unsynced_since{};
    machine_number unsynced_by = 0;
    std::unique_ptr<directory> names;  ///< of a directory

    [[nodiscard]] bool is_directory() const noexcept { return names != nullptr; }
};

}  // namespace qslice::sim
