/// @file
/// The library for deployments that are types: all but the choices at run time, which any.hpp has.
/// Programs that are compiled often should include only the headers that they need; each of them
/// compiles alone.
#pragma once

#include <qslice/core/caught.hpp>
#include <qslice/core/entry_name.hpp>
#include <qslice/core/fixed_name.hpp>
#include <qslice/core/hash_value.hpp>
#include <qslice/core/metadata_view.hpp>
#include <qslice/core/platform.hpp>
#include <qslice/core/result.hpp>
#include <qslice/core/shared_bytes.hpp>
#include <qslice/core/timestamp.hpp>
#include <qslice/core/unicode.hpp>

#include <qslice/codec/attributes.hpp>
#include <qslice/codec/date_time.hpp>
#include <qslice/codec/delivered_text.hpp>
#include <qslice/codec/entry_format.hpp>
#include <qslice/codec/item_format.hpp>
#include <qslice/codec/mail_objects.hpp>
#include <qslice/codec/mailman_keys.hpp>
#include <qslice/codec/message_text.hpp>
#include <qslice/codec/metadata.hpp>
#include <qslice/codec/pickle_dialect.hpp>
#include <qslice/codec/pickle_reader.hpp>
#include <qslice/codec/pickle_writer.hpp>
#include <qslice/codec/plain_format.hpp>
#include <qslice/codec/value.hpp>

#include <qslice/message/dates.hpp>
#include <qslice/message/flatten.hpp>
#include <qslice/message/header_words.hpp>
#include <qslice/message/headers.hpp>
#include <qslice/message/message_object.hpp>
#include <qslice/message/mime.hpp>
#include <qslice/message/parse.hpp>

#include <qslice/hash/affinity_kind.hpp>
#include <qslice/hash/hash_function.hpp>
#include <qslice/hash/hash_input.hpp>
#include <qslice/hash/hash_key.hpp>
#include <qslice/hash/hash_policy.hpp>
#include <qslice/hash/metadata_key.hpp>

#include <qslice/partition/bounded_loads.hpp>
#include <qslice/partition/equal_ranges.hpp>
#include <qslice/partition/hash_ring.hpp>
#include <qslice/partition/jump.hpp>
#include <qslice/partition/mailman3_ranges.hpp>
#include <qslice/partition/modulo.hpp>
#include <qslice/partition/partition.hpp>
#include <qslice/partition/rendezvous.hpp>
#include <qslice/partition/slice_shares.hpp>
#include <qslice/partition/slices.hpp>
#include <qslice/partition/weighted_ranges.hpp>

#include <qslice/queue/work_in_threads.hpp>
#include <qslice/spool/mailman_order.hpp>
#include <qslice/world/posix_world.hpp>
#include <qslice/world/recording_world.hpp>
#include <qslice/world/service_manager.hpp>
#include <qslice/world/world.hpp>

#include <qslice/spool/convert_layout.hpp>
#include <qslice/spool/durability.hpp>
#include <qslice/spool/entry_order.hpp>
#include <qslice/spool/entry_stamp.hpp>
#include <qslice/spool/fair_order.hpp>
#include <qslice/spool/layout.hpp>
#include <qslice/spool/queue_writer.hpp>
#include <qslice/spool/restore.hpp>
#include <qslice/spool/snapshot.hpp>
#include <qslice/spool/spool_traits.hpp>
#include <qslice/spool/standard_spools.hpp>
#include <qslice/spool/switchboard.hpp>
#include <qslice/spool/watching_switchboard.hpp>

#include <qslice/ownership/deployment.hpp>
#include <qslice/ownership/deployment_file.hpp>
#include <qslice/ownership/deployment_guard.hpp>
#include <qslice/ownership/deployment_text.hpp>
#include <qslice/ownership/held_slice.hpp>
#include <qslice/ownership/keep_slices.hpp>
#include <qslice/ownership/keeper_memory.hpp>
#include <qslice/ownership/keeper_settings.hpp>
#include <qslice/ownership/lease_content.hpp>
#include <qslice/ownership/lease_files.hpp>
#include <qslice/ownership/lease_name.hpp>
#include <qslice/ownership/lease_survey.hpp>
#include <qslice/ownership/lease_times.hpp>
#include <qslice/ownership/leased_world.hpp>
#include <qslice/ownership/silence_watch.hpp>
#include <qslice/ownership/slice_keeper.hpp>
#include <qslice/ownership/spool_terms.hpp>

#include <qslice/queue/work_queue.hpp>

#include <qslice/runner/archive_runner.hpp>
#include <qslice/runner/incoming_runner.hpp>
#include <qslice/runner/left_claims.hpp>
#include <qslice/runner/list_lock.hpp>
#include <qslice/runner/list_work.hpp>
#include <qslice/runner/mailing_list.hpp>
#include <qslice/runner/mailman3_runners.hpp>
#include <qslice/runner/mailman_times.hpp>
#include <qslice/runner/outgoing_runner.hpp>
#include <qslice/runner/runner_loop.hpp>
#include <qslice/runner/runner_on.hpp>
#include <qslice/runner/runner_state.hpp>
#include <qslice/runner/runner_type.hpp>
#include <qslice/runner/services.hpp>
#include <qslice/runner/site.hpp>
#include <qslice/runner/standard_runners.hpp>
#include <qslice/runner/storage_outage.hpp>
#include <qslice/runner/unshunt.hpp>
#include <qslice/runner/untaken_entry.hpp>

#include <qslice/handler/content_filter.hpp>
#include <qslice/handler/cook_headers.hpp>
#include <qslice/handler/digest.hpp>
#include <qslice/handler/moderate.hpp>
#include <qslice/handler/pipeline.hpp>
#include <qslice/handler/standard_pipelines.hpp>
#include <qslice/handler/to_queues.hpp>

#include <qslice/topology/arriving_item.hpp>
#include <qslice/topology/check_processes.hpp>
#include <qslice/topology/configured.hpp>
#include <qslice/topology/deploy.hpp>
#include <qslice/topology/fixed_name.hpp>
#include <qslice/topology/item_words.hpp>
#include <qslice/topology/machine.hpp>
#include <qslice/topology/process.hpp>
#include <qslice/topology/recorded_items.hpp>
#include <qslice/topology/run.hpp>
#include <qslice/topology/run_owned.hpp>
#include <qslice/topology/sliced.hpp>
#include <qslice/topology/standard_sites.hpp>
#include <qslice/topology/standby.hpp>
#include <qslice/topology/topology.hpp>

#include <qslice/version.hpp>
