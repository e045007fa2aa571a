/// @file
/// An in-memory file system with POSIX's semantics and a disk that power losses damage.
/// Machines use it directly as their own disk, or as the server behind nfs_client.
#pragma once

#include "sim/engine/choices.hpp"
#include "sim/world/operation_log.hpp"
#include "sim/world/storage.hpp"

#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace qslice::sim {

/// What a file system is made with.
struct file_system_settings {
    directory_order order = directory_order::hashed;
    std::uint64_t hash_seed = 0;  ///< of directory_order::hashed; ext4 draws one for each disk
    std::uint64_t capacity_bytes = std::numeric_limits<std::uint64_t>::max();
    crash_rules rules = crash_rules::unordered;
    /// What is older has been written to the disk even without fsync; Linux: 30 s for data.
    duration written_back_after = std::chrono::seconds(30);
};

/// Inodes, directories and the operations on them that are not yet durable.
///
/// Permission bits are kept and not enforced: the spool's processes share one user. Faults
/// are asked for by fail_under() and set_capacity(). Paths are relative to the root.
/// @complexity a call costs the depth of its path; list() the number of names
class file_system final : public storage {
public:
    explicit file_system(file_system_settings settings = {});

    machine_number attach() override { return ++machines_; }

    result<open_file> open(caller& by, const std::string& path, open_mode mode,
                           permissions mode_bits) override;
    result<void> write(caller& by, open_file& file, std::string_view bytes) override;
    result<std::string> read(caller& by, open_file& file) override;
    result<void> sync(caller& by, open_file& file) override;
    result<void> close(caller& by, open_file& file) override;
    void drop(open_file& file) noexcept override;
    result<void> rename(caller& by, const std::string& from, const std::string& to) override;
    result<void> link(caller& by, const std::string& from, const std::string& to) override;
    result<void> remove(caller& by, const std::string& path) override;
    result<file_information> information(caller& by, const std::string& path) override;
    result<void> make_directory(caller& by, const std::string& path,
                                permissions mode_bits) override;
    result<void> sync_directory(caller& by, const std::string& path) override;
    result<void> list(caller& by, const std::string& path, const name_visitor& visit) override;

    /// One machine lost its power: what that machine wrote and did not make durable may be
    /// gone, but not what another machine's later operations build on.
    void machine_crashed(machine_number machine, virtual_time now, choice_source& choices) override;

    /// The power of the disk itself is lost: everything that is not durable may be gone.
    void power_loss(virtual_time now, choice_source& choices);

    /// Makes calls on the path, and on all below it, fail until lifted by stop_failing():
    /// with `io` (EIO) all of them, with `denied` (EACCES) those by path and not those on open
    /// files, with `no_space` (ENOSPC) those that need room.
    void fail_under(std::string path, error_code code) { failing_[std::move(path)] = code; }
    void stop_failing(const std::string& path) { failing_.erase(path); }

    /// Files may hold so many bytes together; a write that exceeds it is cut short and fails.
    void set_capacity(std::uint64_t bytes) noexcept { settings_.capacity_bytes = bytes; }
    [[nodiscard]] std::uint64_t used_bytes() const noexcept { return used_bytes_; }

    /// Operations on names and files with written bytes that a power loss now could undo.
    [[nodiscard]] std::size_t not_durable(virtual_time now);

    /// Every file by its path, with its content, directories by a path that ends in '/'.
    [[nodiscard]] std::map<std::string, std::string> content() const;

private:
    friend class nfs_client;

    // What stands at a path, and where a new name would go.
    struct place {
        inode_ptr parent;
        std::string_view name;  // empty when the path ends in a directory by itself: "/", "."
        inode_ptr node;         // null when there is none
        bool trailing_slash = false;
        int problem = 0;  // an errno
    };

    [[nodiscard]] place find(std::string_view path) const;
    // What a call asks of the path it is on.
    enum class needs { path, open_file, space };

    [[nodiscard]] int problem_of(std::string_view path, needs what) const;
    static int open_problem(const place& p, open_mode mode);
    inode_ptr new_inode(const caller& by, permissions mode_bits, bool is_directory);
    int make_one_directory(caller& by, const std::string& path, permissions mode_bits);
    int link_place(caller& by, const place& from, const place& to);
    int remove_place(caller& by, const place& p);
    [[nodiscard]] int rename_problem(const place& from, const place& to) const;
    void rename_place(caller& by, const place& from, const place& to);
    void make_names_durable(inode& where);

    void change_name(operation& op, const caller& by, const place& p, inode_ptr after);
    std::uint64_t log(const caller& by, operation op);
    void set_name(const inode_ptr& where, std::string_view name, inode_ptr node,
                  const directory::position* at);
    // The same where it is known what stands there before.
    void replace_name(const inode_ptr& where, std::string_view name, const inode_ptr& before,
                      inode_ptr node, const directory::position* at);
    void note_unsynced(const caller& by, const inode_ptr& node);
    void write_back(virtual_time now);
    void crash(virtual_time now, choice_source& choices, std::optional<machine_number> only);

    file_system_settings settings_;
    machine_number machines_ = 0;
    inode_ptr root_;
    std::uint64_t inodes_made_ = 0;
    std::uint64_t used_bytes_ = 0;
    operation_log log_;
    boost::intrusive::list<inode, boost::intrusive::constant_time_size<false>> unsynced_;
    std::map<std::string, error_code, std::less<>> failing_;
};

}  // namespace qslice::sim
