#include "sim/model/simulation.hpp"

#include <qslice/hash/any_hash_policy.hpp>
#include <qslice/partition/named_partition.hpp>
#include <qslice/runner/standard_runners.hpp>

#include <string>
#include <string_view>

namespace qslice::sim {

namespace {

// All queues are divided in the same way.
struct same_for_all {
    named_partition partition;

    result<any_partition> operator()(std::string_view, std::uint64_t slices) const {
        return partition.divide(slices);
    }
};

template <class Format, class Order, class Stamps>
std::unique_ptr<site_program> make_program(const policy_choice& policy, any_hash_policy hash) {
    using traits = spool_traits<Format, any_hash_policy, any_partition, Order, flat_layout, Stamps>;
    using program = site_program_of<traits, std::decay_t<decltype(standard_runners)>, same_for_all>;
    return std::make_unique<program>(
        standard_runners, same_for_all{named_partition(policy.partition)}, std::move(hash));
}

template <class Format, class Order>
result<std::unique_ptr<site_program>> with_stamps(const policy_choice& policy,
                                                  any_hash_policy hash) {
    if (policy.stamps == clock_stamps::name) {
        return make_program<Format, Order, clock_stamps>(policy, std::move(hash));
    }
    if (policy.stamps == increasing_stamps::name) {
        return make_program<Format, Order, increasing_stamps>(policy, std::move(hash));
    }
    return failure(error_code::malformed, "policy.stamps",
                   "expected clock or increasing, found '" + policy.stamps + "'");
}

template <class Format>
result<std::unique_ptr<site_program>> with_order(const policy_choice& policy,
                                                 any_hash_policy hash) {
    if (policy.order == mailman_order::name) {
        return with_stamps<Format, mailman_order>(policy, std::move(hash));
    }
    if (policy.order == strict_order::name) {
        return with_stamps<Format, strict_order>(policy, std::move(hash));
    }
    return failure(error_code::malformed, "policy.order",
                   "expected mailman or strict, found '" + policy.order + "'");
}

}  // namespace

result<std::unique_ptr<site_program>> standard_program(const policy_choice& policy) {
    auto hash = make_hash_policy(policy.hash);
    if (!hash) return failure(hash.error());
    if (const auto ranges = named_partition(policy.partition).divide(1); !ranges) {
        return failure(ranges.error());
    }
    if (policy.format == mailman21_format::name) {
        return with_order<mailman21_format>(policy, *std::move(hash));
    }
    if (policy.format == mailman3_format::name) {
        return with_order<mailman3_format>(policy, *std::move(hash));
    }
    return failure(error_code::malformed, "policy.format",
                   "expected mailman21 or mailman3, found '" + policy.format + "'");
}

}  // namespace qslice::sim
