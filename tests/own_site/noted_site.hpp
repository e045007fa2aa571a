/// @file
/// A site with a custom queue, runner and handler, which qslice_add_simulation makes a
/// simulator of: a copy of each post goes to notes/, whose runner reads it.
#pragma once

#include <qslice/qslice.hpp>

#include <array>
#include <string_view>

struct to_notes {
    static constexpr std::string_view name = "ToNotes";
    static constexpr std::array<std::string_view, 1> flows_to{"notes"};

    template <class Site>
    qslice::result<qslice::verdict> operator()(Site& s, qslice::post& p) const {
        auto queued = s.enqueue("notes", p.message.text, {{"listname", p.list.name}});
        if (!queued) return qslice::failure(queued.error());
        return qslice::verdict::next;
    }
};

struct note_runner {
    static constexpr std::string_view class_name = "NoteRunner";
    static constexpr std::string_view queue = "notes";
    static constexpr std::array<std::string_view, 0> flows_to{};

    template <class Site>
    qslice::result<qslice::disposition> dispose(Site& s, qslice::queued_message& message) {
        const auto list = qslice::list_of(s, message);
        if (!list) return qslice::failure(list.error());
        return qslice::disposition::done;
    }
};

struct noting_incoming_runner
    : qslice::basic_incoming_runner<
          qslice::pipeline<qslice::calculate_recipients, qslice::cook_headers, to_notes,
                           qslice::to_archive, qslice::to_outgoing>> {};

/// Lists keep to a slice, so that their posts stay in order.
using noted_spool = qslice::spool_traits<qslice::mailman21_format, qslice::list_affinity_policy,
                                         qslice::equal_ranges<>, qslice::strict_order>;

struct noted_site
    : qslice::topology<
          noted_spool,
          qslice::runners<
              qslice::sliced<noting_incoming_runner, 2>, qslice::sliced<note_runner, 2>,
              qslice::sliced<qslice::archive_runner, 2>, qslice::sliced<qslice::outgoing_runner, 2>,
              qslice::sliced<qslice::retry_runner, 1>, qslice::sliced<qslice::bounce_runner, 1>>,
          qslice::machines<qslice::machine_runs<"mx1", qslice::slice_of_each<0>>,
                           qslice::machine_runs<"mx2", qslice::slice_of_each<1>>>> {};
