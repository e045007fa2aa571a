/// @file
/// What a hash policy can use when an item is queued: views of its bytes, its metadata and, for
/// mail, its list, sender and thread. The queue writer fills it in; keys choose from it.
#pragma once

#include <qslice/core/metadata_view.hpp>
#include <qslice/core/timestamp.hpp>

#include <any>
#include <optional>
#include <string_view>

namespace qslice {

/// Views that live as long as the call they are passed to.
struct hash_input {
    std::string_view message;  ///< serialized exactly as it goes into the file
    std::optional<std::string_view>
        list_name;  ///< absent if the metadata names no list; may be empty
    std::optional<std::string_view> list_id;  ///< the same for Mailman 3's list-id
    std::string_view sender;                  ///< address; empty if unknown
    std::string_view thread;                  ///< root message id of the thread; empty if unknown
    timestamp now;                            ///< the writer's time, see stamp_policy
    metadata_view data{};                     ///< everything that is known about the message
    /// Where a policy may keep the state of its hash behind `message`, and find it when the same
    /// message is hashed again; null: nowhere.
    std::any* begun = nullptr;
};

}  // namespace qslice
