/// @file
/// The changes of names that are not yet on the disk, and those that a crash may undo. Part of
/// file_system.
#pragma once

#include "sim/engine/choices.hpp"
#include "sim/record/crash_rules.hpp"
#include "sim/record/virtual_time.hpp"
#include "sim/world/inode.hpp"

#include <boost/container/static_vector.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim {

/// A name that was added, removed or rebound.
struct name_change {
    inode_ptr where;  ///< the directory
    std::string name;
    inode_ptr before;  ///< null: the name did not exist
    directory::position stood_at;
};

/// A step that a crash undoes completely or not at all.
struct operation {
    machine_number machine = 0;
    virtual_time time{};
    std::uint64_t needs = 0;  ///< serial number of the operation that this depends on; 0: none
    boost::container::static_vector<name_change, 2> changes;

    // For the log's internal use.
    struct link {
        const inode* where;
        std::size_t hash;                  // of directory and name
        std::uint64_t older_of_name;       // the next older one in the chain of that hash
        std::uint64_t older_in_directory;  // the next older one in the directory
    };
    boost::container::static_vector<link, 2> links;
    bool durable = false;
};

/// Operations of which a crash may have lost some, and that no other operation has to do with.
struct undecided_operations {
    std::vector<operation> operations;             ///< oldest first
    std::vector<std::vector<std::size_t>> needed;  ///< by each, of those before it

    /// Whether what was lost shows in a directory's names, or in one of them.
    /// @param name  empty: any
    [[nodiscard]] bool show_in(const inode& where, std::string_view name) const;

    /// @returns the lost operations, last first
    [[nodiscard]] std::vector<operation> choose_lost(choice_source& choices) const;
};

/// The operations after the last one known to be durable.
/// @complexity adding and making durable: O(1) amortized per operation; a crash: linear in the
///             number of operations that are not durable
class operation_log {
public:
    /// @returns the operation's serial number
    std::uint64_t add(operation op);

    /// Adds an operation that is durable at once, and makes earlier ones of its names durable.
    void add_durable(operation op);

    /// Makes the operations on a directory's names durable, and those they depend on.
    void make_durable(inode& where);
    void make_all_durable();
    void make_durable_before(virtual_time t);

    [[nodiscard]] std::size_t size() const noexcept { return pending_; }

    /// Chooses what a crash loses and removes it from the log.
    /// @param only  the machine that crashed; none: everything crashed
    /// @returns the lost operations, last first
    std::vector<operation> crash(crash_rules rules, choice_source& choices,
                                 std::optional<machine_number> only);

    /// The same for crash_rules::unordered, but leaves open which are lost.
    std::vector<undecided_operations> crash_undecided(std::optional<machine_number> only);

private:
    [[nodiscard]] std::uint64_t end_serial() const noexcept {
        return first_serial_ + operations_.size();
    }
    operation& at(std::uint64_t serial) { return operations_[serial - first_serial_]; }
    std::uint64_t& head_of(std::size_t hash) { return heads_[hash & (heads_.size() - 1)]; }
    void chain_names(std::uint64_t serial, operation& op);
    void set_heads(std::size_t count);
    std::uint64_t forerunner(std::uint64_t serial, std::size_t change_index);
    void settle(std::uint64_t serial);
    void drop_settled();
    std::vector<std::vector<std::size_t>> dependencies();
    [[nodiscard]] std::vector<bool> kept_by_others(
        const std::vector<std::vector<std::size_t>>& needed, std::optional<machine_number> only);
    std::vector<bool> choose_lost(choice_source& choices, std::optional<machine_number> only);
    std::vector<bool> choose_lost_end(choice_source& choices, std::optional<machine_number> only);

    std::deque<operation> operations_;
    std::uint64_t first_serial_ = 1;
    std::size_t pending_ = 0;
    // The newest operation of each chain; a chain contains names whose hashes have the same low
    // bits.
    std::vector<std::uint64_t> heads_;
};

}  // namespace qslice::sim
