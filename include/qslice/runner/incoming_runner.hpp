/// @file
/// The runners of in/ and virgin/: they send a message through a pipeline of handlers.
/// They differ only in their queue and their pipeline.
#pragma once

#include <qslice/handler/pipeline.hpp>
#include <qslice/handler/standard_pipelines.hpp>
#include <qslice/runner/list_work.hpp>
#include <qslice/runner/runner_loop.hpp>
#include <qslice/runner/services.hpp>

#include <array>
#include <string_view>

namespace qslice {

/// What becomes of a message for which its pipeline ended so.
constexpr disposition disposition_after(verdict decided) {
    return decided == verdict::later ? disposition::keep_queued : disposition::done;
}

/// Mailman's IncomingRunner with a pipeline of the user's choice.
///
/// The list is locked while the message is in the pipeline. If a handler fails, the message is
/// shunted, and resumes at that handler when it is unshunted.
/// @tparam Pipeline  a pipeline<Handlers...>
/// @source Mailman 2.1 Queue/IncomingRunner.py
template <class Pipeline>
struct basic_incoming_runner {
    static constexpr std::string_view class_name = "IncomingRunner";
    static constexpr std::string_view queue = "in";
    static constexpr auto flows_to = Pipeline::flows_to;

    template <class Services>
    static constexpr bool works_with = finds_lists<Services>;

    Pipeline handlers;

    template <class Site>
    result<disposition> dispose(Site& s, queued_message& message) {
        return with_locked_list(s, message, [&](const mailing_list& list) {
            post p{message, list};
            return handlers.run(s, p).transform(disposition_after);
        });
    }
};

/// The runner of in/ with the standard pipeline.
struct incoming_runner : basic_incoming_runner<posting_pipeline> {};

/// Mailman's VirginRunner: digests and the site's own messages, which need no moderation.
/// @source Mailman 2.1 Queue/VirginRunner.py
struct virgin_runner : basic_incoming_runner<virgin_pipeline> {
    static constexpr std::string_view class_name = "VirginRunner";
    static constexpr std::string_view queue = "virgin";
};

}  // namespace qslice
