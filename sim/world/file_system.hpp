/// @file
/// An in-memory file system with POSIX semantics and a disk that power losses can damage. Machines
/// use it directly as their own disk, or as the server behind nfs_client.
#pragma once

#include "sim/engine/choices.hpp"
#include "sim/world/operation_log.hpp"
#include "sim/world/storage.hpp"

#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim {

/// The options of a file system.
struct file_system_settings {
    directory_order order = directory_order::hashed;
    std::uint64_t hash_seed = 0;  ///< for directory_order::hashed; ext4 draws one per disk
    std::uint64_t capacity_bytes = std::numeric_limits<std::uint64_t>::max();
    crash_rules rules = crash_rules::unordered;
    /// Older changes have been written to the disk even without fsync; Linux: 30 s for data.
    duration written_back_after = std::chrono::seconds(30);
};

/// Inodes, directories and their operations that are not yet durable.
///
/// Permission bits are stored but not enforced: the spool's processes share one user. fail_under()
/// and set_capacity() inject faults. Paths are relative to the root.
/// @complexity linear in the depth of the path; list(): in the number of names
class file_system final : public storage {
public:
    explicit file_system(file_system_settings settings = {});

    machine_number attach() override { return ++machines_; }

    result<open_file> open(caller& by, const std::string& path, open_mode mode,
                           permissions mode_bits) override;
    result<void> write(caller& by, open_file& file, std::string_view bytes) override;
    result<void> write_owned(caller& by, open_file& file, std::string&& bytes) override;
    result<shared_bytes> read(caller& by, open_file& file) override;
    result<void> sync(caller& by, open_file& file) override;
    result<void> close(caller& by, open_file& file) override;
    void drop(open_file& file) noexcept override;
    result<void> rename(caller& by, const std::string& from, const std::string& to) override;
    result<void> rename_new(caller& by, const std::string& from, const std::string& to) override;
    [[nodiscard]] bool renames_new() const noexcept override { return true; }
    result<void> link(caller& by, const std::string& from, const std::string& to) override;
    result<void> remove(caller& by, const std::string& path) override;
    result<file_information> information(caller& by, const std::string& path) override;
    result<void> make_directory(caller& by, const std::string& path,
                                permissions mode_bits) override;
    result<void> sync_directory(caller& by, const std::string& path) override;
    result<void> list(caller& by, const std::string& path, const name_visitor& visit) override;
    [[nodiscard]] inode_ptr directory_at(const std::string& path) const override;
    result<inode_ptr> watchable(const std::string& path) override;

    /// One machine lost power: what it wrote and did not make durable may be lost, except what
    /// another machine's later operations depend on.
    void machine_crashed(machine_number machine, virtual_time now, choice_source& choices) override;

    /// The disk itself lost power: everything that is not durable may be lost.
    void power_loss(virtual_time now, choice_source& choices);

    /// What a loss of power leaves of a name or of a file's bytes is decided only when something
    /// looks for them; by these choices, which must outlive this object. For an exhaustive search:
    /// what nobody reads needs no run of its own. Not for the server of an nfs_client. (Names only
    /// under crash_rules::unordered: the state that a journal keeps is one decision.)
    void decide_late(choice_source& choices) noexcept { late_choices_ = &choices; }

    /// Decides it for all names below a directory.
    /// @param bytes  also for those of files
    void decide_below(const std::string& path, bool bytes);

    /// What is still to be decided of names.
    [[nodiscard]] const std::vector<undecided_operations>& undecided() const noexcept {
        return undecided_;
    }

    /// The number of losses of power by machines and by the disk itself.
    [[nodiscard]] std::uint64_t power_losses() const noexcept { return power_losses_; }

    /// Makes calls on the path and below it fail until stop_failing(): `io` (EIO) fails all calls,
    /// `denied` (EACCES) those by path but not those on open files, `no_space` (ENOSPC) those that
    /// need space.
    void fail_under(std::string path, error_code code) { failing_[std::move(path)] = code; }
    void stop_failing(const std::string& path) { failing_.erase(path); }

    /// The maximum total size of all files; a write that exceeds it is truncated and fails.
    void set_capacity(std::uint64_t bytes) noexcept { settings_.capacity_bytes = bytes; }
    [[nodiscard]] std::uint64_t used_bytes() const noexcept { return used_bytes_; }

    /// The number of operations on names, and of files with written bytes, that a power loss now
    /// could undo.
    [[nodiscard]] std::size_t not_durable(virtual_time now);

    /// Every file by its path, with its content; the paths of directories end in '/'.
    [[nodiscard]] std::map<std::string, std::string> content() const;

    /// The files that a power loss left with other bytes than were written last.
    [[nodiscard]] std::set<std::string> damaged_files() const;

    /// Visits each file and directory with its path, in the order of listings, without copies.
    void visit(const std::function<void(std::string_view path, const inode& node)>& visit) const;

private:
    friend class nfs_client;

    // The node at a path, and where a new name would be added.
    struct place {
        inode_ptr parent;
        std::string_view name;  // empty if the path is a directory itself: "/", "."
        inode_ptr node;         // null if there is none
        bool trailing_slash = false;
        int problem = 0;  // an errno
    };

    // A directory that a path, which ends in '/', has led to since directories changed last.
    struct known_directory {
        std::string path;
        inode_ptr node;
    };

    [[nodiscard]] place find(std::string_view path);
    [[nodiscard]] place find_decided(std::string_view path) const;
    void note_known(std::string_view path, const inode_ptr& node) const;
    // The requirements of a call on its path.
    enum class needs { path, open_file, space };

    [[nodiscard]] int problem_of(std::string_view path, needs what) const;
    result<void> write_at(caller& by, open_file& file, std::string_view bytes, std::string* owned);
    static int open_problem(const place& p, open_mode mode);
    inode_ptr new_inode(const caller& by, permissions mode_bits, bool is_directory);
    int make_one_directory(caller& by, const std::string& path, permissions mode_bits);
    int link_place(caller& by, const place& from, const place& to);
    int remove_place(caller& by, const place& p);
    result<void> rename_if(caller& by, const std::string& from, const std::string& to,
                           bool may_replace);
    [[nodiscard]] int rename_problem(const place& from, const place& to) const;
    void rename_place(caller& by, const place& from, const place& to);
    void make_names_durable(inode& where);

    void change_name(operation& op, const caller& by, const place& p, inode_ptr after);
    std::uint64_t log(const caller& by, operation op);
    void set_name(const inode_ptr& where, std::string_view name, inode_ptr node,
                  const directory::position* at);
    // The same if the existing node is known.
    void replace_name(const inode_ptr& where, std::string_view name, const inode_ptr& before,
                      inode_ptr node, const directory::position* at);
    void note_unsynced(const caller& by, const inode_ptr& node);
    void write_back(virtual_time now);
    void undo(const std::vector<operation>& lost);
    void decide_names(const inode& where, std::string_view name);
    void decide(inode& node);
    void decide(inode& node, choice_source& choices);
    void visit_below(const inode& where, const std::string& prefix,
                     const std::function<void(std::string_view, inode&)>& visit) const;
    void crash(virtual_time now, choice_source& choices, std::optional<machine_number> only);

    file_system_settings settings_;
    machine_number machines_ = 0;
    inode_ptr root_;
    std::uint64_t inodes_made_ = 0;
    std::uint64_t used_bytes_ = 0;
    operation_log log_;
    choice_source* late_choices_ = nullptr;
    std::vector<undecided_operations> undecided_;
    std::uint64_t power_losses_ = 0;
    boost::intrusive::list<inode, boost::intrusive::constant_time_size<false>> unsynced_;
    std::map<std::string, error_code, std::less<>> failing_;
    mutable std::vector<known_directory> known_;  // so that each path is not followed from the root
    mutable std::size_t next_known_ = 0;
};

}  // namespace qslice::sim
