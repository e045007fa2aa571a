/// @file
/// What a hash policy keeps together: nothing, or all messages of a list, a sender or a thread.
/// Keys and policies state it; reports and simulations judge a site by it.
#pragma once

#include <string_view>

namespace qslice {

enum class affinity_kind {
    none,    ///< hashes are spread independently of one another
    list,    ///< of a list
    sender,  ///< of a sender
    thread,  ///< of a thread
    other,   ///< of something that a user's own key knows
};

/// "none", "list", "sender", "thread" or "other"
constexpr std::string_view to_string(affinity_kind kind) noexcept {
    switch (kind) {
        case affinity_kind::none: return "none";
        case affinity_kind::list: return "list";
        case affinity_kind::sender: return "sender";
        case affinity_kind::thread: return "thread";
        case affinity_kind::other: break;
    }
    return "other";
}

}  // namespace qslice
