/// @file
/// What the handlers need to know about a mailing list.
/// A site's services provide it; the incoming runner passes it through the pipeline.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace qslice {

/// A list's settings. With the defaults a list passes everything on unchanged.
struct mailing_list {
    std::string name;            ///< "mailman-users": Mailman 2.1's name of the list
    std::string id;              ///< "mailman-users.python.org": its List-Id
    std::string language;        ///< "en": noted in its messages' metadata; empty: not noted
    std::string subject_prefix;  ///< "[Mailman-Users] "; empty for none

    std::vector<std::string> recipients;         ///< members who get each post
    std::vector<std::string> digest_recipients;  ///< members who get digests

    bool archive = true;
    bool hold_all = false;                    ///< every post waits for a moderator
    std::set<std::string> held_senders;       ///< in lower case; their posts wait for a moderator
    std::set<std::string> discarded_senders;  ///< in lower case; their posts are discarded
    std::vector<std::string> refused_types;   ///< MIME types to remove; "image/" means all images
    std::uint64_t digest_threshold_bytes =
        0;  ///< size of digest.mbox at which it is sent; 0: only periodically
};

}  // namespace qslice
