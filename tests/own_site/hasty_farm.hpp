/// @file
/// The farm of the examples with a fault in its last runner: it acknowledges a job before it has
/// written it to done/.
#pragma once

#include "../examples/job_farm.hpp"

#include <array>
#include <string_view>
#include <utility>
#include <vector>

/// Collects jobs and writes them once the runner loop has finished their entries.
struct hasty_bill_runner {
    static constexpr std::string_view class_name = "BillRunner";
    static constexpr std::string_view queue = "bill";
    static constexpr std::array<std::string_view, 1> flows_to{"done"};

    template <class Site>
    qslice::result<qslice::disposition> dispose(Site&, job& j) {
        collected.push_back(std::move(j));
        return qslice::disposition::done;
    }

    template <class Site>
    void periodic(Site& s) {
        for (job& j : std::exchange(collected, {})) (void)s.enqueue("done", j.text, j.data);
    }

    std::vector<job> collected{};
};

struct hasty_farm : farm_with<hasty_bill_runner> {
    static constexpr qslice::item_words words = job_farm::words;

    static job arriving(const qslice::arriving_item& item) { return job_farm::arriving(item); }
};
