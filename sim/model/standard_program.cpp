#include "sim/model/simulation.hpp"
#include "sim/model/site_program_of.hpp"

#include <qslice/hash/any_hash_policy.hpp>
#include <qslice/partition/named_partition.hpp>
#include <qslice/runner/standard_runners.hpp>
#include <qslice/spool/any_order.hpp>
#include <qslice/spool/any_stamps.hpp>

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

/// Calls `make` with the type of that name in a list.
/// @returns what `make` returns; `malformed`, with the known names, for an unknown name
template <class Made, class List, class Make>
result<Made> with_choice(List names, std::string_view key, const std::string& name, Make&& make) {
    result<Made> made =
        failure(error_code::malformed, std::string(key),
                "expected " + qslice::detail::names_of(names) + ", found '" + name + "'");
    qslice::detail::with_named(names, name,
                               [&]<class Chosen>() { made = make.template operator()<Chosen>(); });
    return made;
}

/// Compiled once per format: all else is chosen at run time.
template <class Format>
std::unique_ptr<site_program> make_program(const policy_choice& policy, const any_hash_policy& hash,
                                           const any_order& order, const any_stamps& stamps) {
    using traits =
        spool_traits<Format, any_hash_policy, any_partition, any_order, flat_layout, any_stamps>;
    constexpr auto runners = runners_of_format<Format>();
    using program = site_program_of<traits, std::decay_t<decltype(runners)>, same_for_all>;
    return std::make_unique<program>(runners, same_for_all{named_partition(policy.partition)}, hash,
                                     order, stamps);
}

}  // namespace

result<std::unique_ptr<site_program>> standard_program(const policy_choice& policy) {
    using namespace qslice::detail;
    const auto hash = make_hash_policy(policy.hash);
    if (!hash) return failure(hash.error());
    if (const auto ranges = named_partition(policy.partition).divide(1); !ranges) {
        return failure(ranges.error());
    }
    const auto order = with_choice<any_order>(named_orders{}, "policy.order", policy.order,
                                              []<class Order>() { return any_order(Order{}); });
    if (!order) return failure(order.error());
    const auto stamps =
        with_choice<any_stamps>(named_stamps{}, "policy.stamps", policy.stamps,
                                []<class Stamps>() { return any_stamps(Stamps{}); });
    if (!stamps) return failure(stamps.error());
    return with_choice<std::unique_ptr<site_program>>(
        named_formats{}, "policy.format", policy.format,
        [&]<class Format>() { return make_program<Format>(policy, *hash, *order, *stamps); });
}

}  // namespace qslice::sim
