/// @file
/// The runners of a Mailman 3 site: the decision about a post and its preparation are two runners
/// with a queue between them, and digests have a runner of their own.
#pragma once

#include <qslice/handler/digest.hpp>
#include <qslice/handler/standard_pipelines.hpp>
#include <qslice/runner/incoming_runner.hpp>
#include <qslice/runner/list_work.hpp>
#include <qslice/runner/outgoing_runner.hpp>
#include <qslice/runner/services.hpp>

#include <array>
#include <string>
#include <string_view>

namespace qslice {

/// Sends a message through a pipeline without a lock of its list.
/// @tparam Pipeline  a pipeline<Handlers...>
template <class Pipeline>
struct unlocked_pipeline_runner {
    static constexpr auto flows_to = Pipeline::flows_to;

    template <class Services>
    static constexpr bool works_with = finds_lists<Services>;

    Pipeline handlers;

    template <class Site>
    result<disposition> dispose(Site& s, queued_message& message) {
        const auto list = list_of(s, message);
        if (!list) return failure(list.error());
        post p{message, **list};
        return handlers.run(s, p).transform(disposition_after);
    }
};

/// in/: whether a post may go to its list.
/// @source Mailman 3.3.8 runners/incoming.py
struct mailman3_incoming_runner : unlocked_pipeline_runner<mailman3_posting_chain> {
    static constexpr std::string_view class_name = "IncomingRunner";
    static constexpr std::string_view queue = "in";
};

/// pipeline/: prepares a post and queues it for archive, digest and delivery. No list is locked
/// for it but while a post is added to the list's digest.mbox.
/// @source Mailman 3.3.8 runners/pipeline.py
struct mailman3_pipeline_runner : unlocked_pipeline_runner<mailman3_posting_pipeline> {
    static constexpr std::string_view class_name = "PipelineRunner";
    static constexpr std::string_view queue = "pipeline";
};

/// archive/: no list is locked for it, so with several slices the services archive messages of
/// one list at the same time.
/// @source Mailman 3.3.8 runners/archive.py
struct mailman3_archive_runner {
    static constexpr std::string_view class_name = "ArchiveRunner";
    static constexpr std::string_view queue = "archive";
    static constexpr std::array<std::string_view, 0> flows_to{};

    template <class Services>
    static constexpr bool works_with = archives_mail<Services>;

    template <class Site>
    result<disposition> dispose(Site& s, queued_message& message) {
        const auto list = list_of(s, message);
        if (!list) return failure(list.error());
        return s.services().archive(**list, message).transform([] { return disposition::done; });
    }
};

/// out/: Mailman 3 notes addresses that do not take mail without a queue between.
/// @source Mailman 3.3.8 runners/outgoing.py
struct mailman3_outgoing_runner : basic_outgoing_runner<bounces_at_once> {};

/// digest/: sends what a list has collected, under the list's lock.
///
/// Mailman's own entries name a file in Mailman's form, and an issue that its database counts:
/// they are shunted, for Mailman's runner.
/// @source Mailman 3.3.8 runners/digest.py
struct mailman3_digest_runner {
    static constexpr std::string_view class_name = "DigestRunner";
    static constexpr std::string_view queue = "digest";
    static constexpr std::array<std::string_view, 1> flows_to{"virgin"};

    template <class Services>
    static constexpr bool works_with = finds_lists<Services>;

    template <class Site>
    result<disposition> dispose(Site& s, queued_message& message) {
        if (const auto path = message.data.text("digest_path")) {
            return failure(error_code::rejected, std::string(*path),
                           "a digest that Mailman collected, for Mailman's own digest runner");
        }
        return with_locked_list(s, message, [&](const mailing_list& list) {
            return send_digest(s, list).transform([](bool) { return disposition::done; });
        });
    }
};

}  // namespace qslice
