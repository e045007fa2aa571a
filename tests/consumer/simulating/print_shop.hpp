// A shop with two machines: orders of a customer are scanned, then printed, in their order.
#pragma once

#include <qslice/queue/work_queue.hpp>
#include <qslice/runner/runner_loop.hpp>
#include <qslice/topology/arriving_item.hpp>
#include <qslice/topology/topology.hpp>

#include <array>
#include <string_view>

template <class Next>
struct shop_runner {
    template <class Site>
    qslice::result<qslice::disposition> dispose(Site& s, qslice::plain_item& order) {
        auto queued = s.enqueue(Next::value, order.text, order.data);
        if (!queued) return qslice::failure(queued.error());
        return qslice::disposition::done;
    }
};

struct printing {
    static constexpr std::string_view value = "print";
};
struct done {
    static constexpr std::string_view value = "done";
};

struct scan_runner : shop_runner<printing> {
    static constexpr std::string_view class_name = "ScanRunner";
    static constexpr std::string_view queue = "scan";
    static constexpr std::array<std::string_view, 1> flows_to{"print"};
};

struct print_runner : shop_runner<done> {
    static constexpr std::string_view class_name = "PrintRunner";
    static constexpr std::string_view queue = "print";
    static constexpr std::array<std::string_view, 1> flows_to{"done"};
};

struct print_shop
    : qslice::topology<
          qslice::keyed_spool<"customer">,
          qslice::runners<qslice::sliced<scan_runner, 2>, qslice::sliced<print_runner, 2>>,
          qslice::machines<qslice::machine_runs<"mx1", qslice::slice_of_each<0>>,
                           qslice::machine_runs<"mx2", qslice::slice_of_each<1>>>,
          qslice::ends_at<"done">, qslice::enters<"scan">> {
    static qslice::plain_item arriving(const qslice::arriving_item& item) {
        return {item.text, {{"customer", item.group}, {"number", item.number}}};
    }
};
