/// @file
/// Jobs that are paid for: a runner and a hash policy that are made with arguments, and a service
/// that charges customers. paid_jobs.cpp runs it on real files; in a simulator the service reports
/// each charge, so that "charged exactly once" can be required.
#pragma once

#include <qslice/codec/plain_format.hpp>
#include <qslice/core/result.hpp>
#include <qslice/hash/hash_policy.hpp>
#include <qslice/hash/metadata_key.hpp>
#include <qslice/partition/equal_ranges.hpp>
#include <qslice/runner/runner_loop.hpp>
#include <qslice/spool/entry_order.hpp>
#include <qslice/spool/entry_stamp.hpp>
#include <qslice/spool/layout.hpp>
#include <qslice/spool/spool_traits.hpp>
#include <qslice/topology/arriving_item.hpp>
#include <qslice/topology/run.hpp>
#include <qslice/topology/topology.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

/// A customer's jobs stay together; those of one customer are in slice 0, whose machine is theirs.
class one_customer_first : public qslice::basic_hash_policy<qslice::metadata_key<"customer">> {
    using usual = qslice::basic_hash_policy<qslice::metadata_key<"customer">>;

public:
    explicit one_customer_first(std::string customer) : customer_(std::move(customer)) {}

    qslice::hash_value operator()(const qslice::hash_input& in) {
        const qslice::hash_value whole = usual::operator()(in);
        if (in.data.text("customer") != customer_) return whole;
        return {0, whole.middle(), whole.low()};
    }
    std::uint64_t leading_bits(std::string_view customer) {
        return customer == customer_ ? 0 : usual::leading_bits(customer);
    }

private:
    std::string customer_;
};

/// Charges for a job by the site's services, then passes it on.
class charge_runner {
public:
    static constexpr std::string_view class_name = "ChargeRunner";
    static constexpr std::string_view queue = "orders";
    static constexpr std::array<std::string_view, 1> flows_to{"done"};
    static constexpr double sleep_s = 0.1;

    explicit charge_runner(int cents) : cents_(cents) {}

    template <class Site>
    qslice::result<qslice::disposition> dispose(Site& s, qslice::plain_item& job) {
        if (auto charged = s.services().charge(job, cents_); !charged) {
            return qslice::failure(charged.error());
        }
        auto queued = s.enqueue("done", job.text, job.data);
        if (!queued) return qslice::failure(queued.error());
        return qslice::disposition::done;
    }

private:
    int cents_;
};

using paid_spool =
    qslice::spool_traits<qslice::plain_format, one_customer_first, qslice::equal_ranges<>,
                         qslice::strict_order, qslice::flat_layout, qslice::increasing_stamps>;

struct paid_jobs
    : qslice::topology<paid_spool, qslice::runners<qslice::sliced<charge_runner, 2>>,
                       qslice::machines<qslice::machine_runs<"first", qslice::slice_of_each<0>>,
                                        qslice::machine_runs<"second", qslice::slice_of_each<1>>>,
                       qslice::ends_at<"done">, qslice::enters<"orders">> {
    template <class Runner>
    static Runner make_runner() {
        return Runner(250);
    }
    static one_customer_first hash_policy() { return one_customer_first("ada"); }

    static qslice::plain_item arriving(const qslice::arriving_item& item) {
        return {item.text, {{"customer", item.group}}};
    }

    /// In a simulator, where a charge takes 50 ms.
    template <class Base>
    struct simulated_services : Base {
        static constexpr std::array<std::string_view, 1> effects{"charged"};

        explicit simulated_services(const Base& base) : Base(base) {}

        qslice::result<void> charge(const qslice::plain_item& job, int) {
            this->report_effect_of(job, "charged", 0.05);
            return {};
        }
    };
};
