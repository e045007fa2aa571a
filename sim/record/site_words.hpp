/// @file
/// The words for items in all texts of a simulator: those of mail, or of the site of one's own that
/// the program is built for. JSON, CSV, options and scenario keys have the same names everywhere.
#pragma once

#include "sim/record/built_site.hpp"

#include <qslice/hash/affinity_kind.hpp>

#include <string_view>

namespace qslice::sim {

/// The words of one kind of site.
struct site_words {
    bool mail = true;  ///< items are mail: recipients, archives and digests have a meaning
    std::string_view item = "post";
    std::string_view items = "posts";
    std::string_view message = "message";  ///< where a text is about more than posts
    std::string_view messages = "messages";
    std::string_view group = "list";
    std::string_view groups = "lists";
    std::string_view delivered = "delivered";                   ///< by its last runner
    std::string_view delivered_and = "delivered and archived";  ///< all that is to be done is done
    std::string_view delivered_or = "delivered or archived";    ///< a part of it is
    std::string_view delivery = "delivery";
    std::string_view deliveries = "deliveries";
    std::string_view to = "to";  ///< "post 3 to dev": how an item is related to its group
};

/// Those of a site that is not about mail.
constexpr site_words words_for(const item_words& own) {
    return {false,        own.item,      own.items,   own.item,    own.items,
            own.group,    own.groups,    "completed", "completed", "completed",
            "completion", "completions", "of"};
}

/// The words of this program.
/// @safety may be called from any thread
inline const site_words& words() {
    static const site_words chosen = [] {
        const built_site* const own = own_built_site();
        return own == nullptr || own->mail ? site_words{} : words_for(own->words);
    }();
    return chosen;
}

/// One and several of what a policy keeps together.
struct kept_words {
    std::string_view one;
    std::string_view many;
};

/// For a text that says what is kept together: of this program's own site its kind, otherwise all
/// that there is.
/// @param kind  not `none`
inline kept_words words_for(affinity_kind kind) {
    if (own_built_site() == nullptr) return {"list, sender or thread", "lists, senders or threads"};
    switch (kind) {
        case affinity_kind::list: return {words().group, words().groups};
        case affinity_kind::sender: return {"sender", "senders"};
        case affinity_kind::thread: return {"thread", "threads"};
        case affinity_kind::none:
        case affinity_kind::other: break;
    }
    return {"key", "keys"};
}

}  // namespace qslice::sim
