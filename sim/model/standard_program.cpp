#include "sim/model/simulation.hpp"

#include <qslice/hash/any_hash_policy.hpp>
#include <qslice/partition/named_partition.hpp>
#include <qslice/runner/standard_runners.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

namespace qslice::sim {

namespace {

// All queues are divided the same way.
struct same_for_all {
    named_partition partition;

    result<any_partition> operator()(std::string_view, std::uint64_t slices) const {
        return partition.divide(slices);
    }
};

using program_result = result<std::unique_ptr<site_program>>;

/// Calls `make` with the type of that name in a list.
template <class List, class Make>
program_result with_choice(List names, std::string_view key, const std::string& name, Make&& make) {
    program_result made =
        failure(error_code::malformed, std::string(key),
                "expected " + qslice::detail::names_of(names) + ", found '" + name + "'");
    qslice::detail::with_named(names, name,
                               [&]<class Chosen>() { made = make.template operator()<Chosen>(); });
    return made;
}

template <class Format, class Order, class Stamps>
std::unique_ptr<site_program> make_program(const policy_choice& policy,
                                           const any_hash_policy& hash) {
    using traits = spool_traits<Format, any_hash_policy, any_partition, Order, flat_layout, Stamps>;
    constexpr auto runners = runners_of_format<Format>();
    using program = site_program_of<traits, std::decay_t<decltype(runners)>, same_for_all>;
    return std::make_unique<program>(runners, same_for_all{named_partition(policy.partition)},
                                     hash);
}

}  // namespace

result<std::unique_ptr<site_program>> standard_program(const policy_choice& policy) {
    using namespace qslice::detail;
    const auto hash = make_hash_policy(policy.hash);
    if (!hash) return failure(hash.error());
    if (const auto ranges = named_partition(policy.partition).divide(1); !ranges) {
        return failure(ranges.error());
    }
    return with_choice(named_formats{}, "policy.format", policy.format, [&]<class Format>() {
        return with_choice(named_orders{}, "policy.order", policy.order, [&]<class Order>() {
            return with_choice(named_stamps{}, "policy.stamps", policy.stamps, [&]<class Stamps>() {
                return program_result(make_program<Format, Order, Stamps>(policy, *hash));
            });
        });
    });
}

}  // namespace qslice::sim
