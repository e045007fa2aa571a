/// @file
/// The names in a simulated directory, found by name and listed in a file system's order.
/// Part of file_system.
#pragma once

#include "sim/world/names_watcher.hpp"

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>

namespace qslice::sim {

struct inode;
void intrusive_ptr_add_ref(inode* node) noexcept;
void intrusive_ptr_release(inode* node) noexcept;
using inode_ptr = boost::intrusive_ptr<inode>;

/// The order in which a directory lists its names.
enum class directory_order {
    hashed,        ///< by a hash of the name, as ext4: looks random, but is stable
    insertion,     ///< oldest first
    newest_first,  ///< as tmpfs
};

/// A directory's names.
///
/// Names may be added and removed while the directory is visited, as readdir(3) allows: those that
/// remain are visited once.
class directory {
public:
    /// The position of a name in the listing.
    using position = std::pair<std::uint64_t, std::uint64_t>;

    explicit directory(directory_order order = directory_order::hashed, std::uint64_t seed = 0);
    directory(const directory&) = delete;
    directory& operator=(const directory&) = delete;
    ~directory();

    [[nodiscard]] std::size_t size() const noexcept;

    /// @returns null if the name does not exist
    [[nodiscard]] inode_ptr find(std::string_view name) const;

    /// Binds a name to a node; an existing name keeps its position.
    void set(std::string_view name, inode_ptr node);

    /// Restores a removed name at its former position.
    void restore(std::string_view name, inode_ptr node, position at);

    /// @returns its former position
    position remove(std::string_view name);

    [[nodiscard]] position position_of(std::string_view name) const;

    void visit(const std::function<void(std::string_view)>& visit) const;

    /// Changes whenever a name is added or removed.
    [[nodiscard]] std::uint64_t version() const noexcept { return version_; }

    /// Tells the watcher of the next such change, before it is made.
    void watch(names_watcher& watcher) { watchers_.push_back(watcher); }

    /// From now on the listener hears of names that tell() reports.
    void listen(names_listener& listener) { listeners_.push_back(listener); }
    /// A process of that machine has made this name.
    void tell(std::uint32_t machine, std::string_view name) {
        for (names_listener& l : listeners_) l.name_appeared(machine, name);
    }

private:
    struct table;

    position next_position(std::string_view name);
    void names_will_change();

    directory_order order_;
    std::uint64_t seed_;
    std::uint64_t inserted_ = 0;
    std::uint64_t version_ = 0;
    names_watchers watchers_;
    names_listeners listeners_;
    std::unique_ptr<table> table_;
};

}  // namespace qslice::sim
