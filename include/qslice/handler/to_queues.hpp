/// @file
/// The last handlers of a pipeline: they queue the post for the archive and for delivery.
/// The archive comes first, so that a crash between the two repeats work and loses none.
#pragma once

#include <qslice/handler/pipeline.hpp>
#include <qslice/message/headers.hpp>

#include <array>
#include <string_view>

namespace qslice {

namespace detail {

/// Queues a post in its next queue without this pipeline's metadata.
template <class Site>
result<verdict> pass_on(Site& s, const post& p, std::string_view queue) {
    metadata data = p.message.data;
    data.erase("pipeline");
    data.erase("_bak_count");
    return s.enqueue(queue, p.message.text, std::move(data)).transform([](const std::string&) {
        return verdict::next;
    });
}

}  // namespace detail

/// Queues in archive/, unless the list has no archive, the post is a digest or its sender asks not
/// to archive it.
/// @source Mailman 2.1 Handlers/ToArchive.py
struct to_archive {
    static constexpr std::string_view name = "ToArchive";
    static constexpr std::array<std::string_view, 1> flows_to{"archive"};

    template <class Site>
    result<verdict> operator()(Site& s, post& p) const {
        if (!p.list.archive || p.message.data.flag("isdigest") ||
            find_header(p.message.text, "X-No-Archive")) {
            return verdict::next;
        }
        return detail::pass_on(s, p, "archive");
    }
};

/// Queues in pipeline/ a post that may go to its list.
/// @source Mailman 3.3.8 chains/accept.py
struct to_pipeline {
    static constexpr std::string_view name = "ToPipeline";
    static constexpr std::array<std::string_view, 1> flows_to{"pipeline"};

    template <class Site>
    result<verdict> operator()(Site& s, post& p) const {
        return detail::pass_on(s, p, "pipeline");
    }
};

/// Queues in out/ for delivery.
/// @source Mailman 2.1 Handlers/ToOutgoing.py
struct to_outgoing {
    static constexpr std::string_view name = "ToOutgoing";
    static constexpr std::array<std::string_view, 1> flows_to{"out"};

    template <class Site>
    result<verdict> operator()(Site& s, post& p) const {
        return detail::pass_on(s, p, "out");
    }
};

}  // namespace qslice
