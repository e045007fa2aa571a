/// @file
/// Removes the MIME parts that a list refuses from a post.
/// A handler of the posting pipeline.
#pragma once

#include <qslice/handler/moderate.hpp>
#include <qslice/handler/pipeline.hpp>
#include <qslice/message/mime.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace qslice {

/// Removes parts by type; a post that has a refused type itself, or has no parts left, is
/// discarded.
/// @source Mailman 2.1 Handlers/MimeDel.py, filter_mime_types
struct content_filter {
    static constexpr std::string_view name = "MimeDel";
    static constexpr std::array<std::string_view, 0> flows_to{};

    template <class Site>
    result<verdict> operator()(Site& s, post& p) const {
        const auto refused = [&](std::string_view type) {
            return std::any_of(p.list.refused_types.begin(), p.list.refused_types.end(),
                               [&](const std::string& pattern) {
                                   return pattern.ends_with('/') ? type.starts_with(pattern)
                                                                 : type == pattern;
                               });
        };
        if (p.list.refused_types.empty()) return verdict::next;
        const content_type whole = content_type_of(p.message.text);
        if (refused(whole.type)) return discard(s, p);
        std::string filtered = p.message.text;
        if (remove_parts(filtered, refused) > 0) {
            if (body_parts(filtered, whole.boundary).empty()) return discard(s, p);
            set_header(filtered, "X-Content-Filtered-By", "qslice");
            p.message.text.edit() = std::move(filtered);
        }
        return verdict::next;
    }

private:
    template <class Site>
    static verdict discard(Site& s, const post& p) {
        log_discarded(s, p, name);
        return verdict::stop;
    }
};

}  // namespace qslice
