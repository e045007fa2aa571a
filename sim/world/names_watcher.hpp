/// @file
/// Tells whoever waits for it that a directory's names change. Part of directory and idle_look.
#pragma once

#include <boost/intrusive/list.hpp>

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

}  // namespace qslice::sim
