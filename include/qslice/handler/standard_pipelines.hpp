/// @file
/// The pipelines that the standard runners use.
/// A site that needs other steps defines its own pipeline<...> from these handlers and its own.
#pragma once

#include <qslice/handler/content_filter.hpp>
#include <qslice/handler/cook_headers.hpp>
#include <qslice/handler/digest.hpp>
#include <qslice/handler/moderate.hpp>
#include <qslice/handler/pipeline.hpp>
#include <qslice/handler/to_queues.hpp>

namespace qslice {

/// The pipeline of a post to a list.
/// @source Mailman 2.1 Defaults.py, GLOBAL_PIPELINE, the steps that affect queues
using posting_pipeline = pipeline<moderate, content_filter, calculate_recipients, cook_headers,
                                  refold_headers, to_digest, to_archive, to_outgoing>;

/// The pipeline of digests and other messages that the site itself creates.
/// @source Mailman 2.1 Queue/VirginRunner.py
using virgin_pipeline = pipeline<cook_headers, to_outgoing>;

/// What decides in Mailman 3 whether a post may go to its list.
/// @source Mailman 3.3.8 chains/builtin.py, the decision by sender
using mailman3_posting_chain = pipeline<moderate, to_pipeline>;

/// What a post that may passes through in Mailman 3.
/// @source Mailman 3.3.8 pipelines/builtin.py, those steps that queues can notice
using mailman3_posting_pipeline =
    pipeline<content_filter, calculate_recipients, cook_headers, refold_headers, to_archive,
             to_digest_queue, to_outgoing>;

}  // namespace qslice
