/// @file
/// Tells whoever waits for it that a directory's names change, and which appear. Part of directory,
/// idle_look and sim_watch.
#pragma once

#include <boost/intrusive/list.hpp>

#include <cstdint>
#include <string_view>

namespace qslice::sim {

/// Waits for a change of a directory's names; leaves the directory when it is destroyed.
class names_watcher : public boost::intrusive::list_base_hook<
                          boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    /// A name is about to be added or removed. Called once: the watcher has left the directory.
    virtual void names_will_change() = 0;

protected:
    names_watcher() = default;
    ~names_watcher() = default;
};

using names_watchers =
    boost::intrusive::list<names_watcher, boost::intrusive::constant_time_size<false>>;

/// Hears of the names that appear in a directory, as the kernel of the machine that made them does;
/// leaves the directory when it is destroyed.
class names_listener : public boost::intrusive::list_base_hook<
                           boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    /// A name has appeared, by creation or by a rename.
    /// @param machine  whose process made it; see machine_number
    virtual void name_appeared(std::uint32_t machine, std::string_view name) = 0;

protected:
    names_listener() = default;
    ~names_listener() = default;
};

using names_listeners =
    boost::intrusive::list<names_listener, boost::intrusive::constant_time_size<false>>;

}  // namespace qslice::sim
