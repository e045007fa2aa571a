/// @file
/// A site of plain items that does not say where they enter: its simulator cannot feed it.
#pragma once

#include <qslice/queue/work_queue.hpp>
#include <qslice/runner/runner_loop.hpp>
#include <qslice/topology/topology.hpp>

#include <array>
#include <string_view>

struct first_runner {
    static constexpr std::string_view class_name = "FirstRunner";
    static constexpr std::string_view queue = "first";
    static constexpr std::array<std::string_view, 1> flows_to{"last"};

    template <class Site>
    qslice::result<qslice::disposition> dispose(Site& s, qslice::plain_item& item) {
        auto queued = s.enqueue("last", item.text, item.data);
        if (!queued) return qslice::failure(queued.error());
        return qslice::disposition::done;
    }
};

struct plain_site
    : qslice::topology<qslice::keyed_spool<>, qslice::runners<qslice::sliced<first_runner, 2>>,
                       qslice::machines<qslice::machine_runs<"here", qslice::everything>>,
                       qslice::ends_at<"last">> {};
