/// @file
/// The pipelines that the standard runners use.
/// A site that wants other steps writes its own pipeline<...> of the same handlers and its own.
#pragma once

#include <qslice/handler/content_filter.hpp>
#include <qslice/handler/cook_headers.hpp>
#include <qslice/handler/digest.hpp>
#include <qslice/handler/moderate.hpp>
#include <qslice/handler/pipeline.hpp>
#include <qslice/handler/to_queues.hpp>

namespace qslice {

/// What a post to a list passes through.
/// @source Mailman 2.1 Defaults.py, GLOBAL_PIPELINE, those steps that queues can notice
using posting_pipeline = pipeline<moderate, content_filter, calculate_recipients, cook_headers,
                                  refold_headers, to_digest, to_archive, to_outgoing>;

/// What a digest and other mail that the site makes itself passes through.
/// @source Mailman 2.1 Queue/VirginRunner.py
using virgin_pipeline = pipeline<cook_headers, to_outgoing>;

}  // namespace qslice
