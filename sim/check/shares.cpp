#include "sim/check/shares.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <string_view>

namespace qslice::sim {

namespace {

/// (upper - lower + 1) / 2^160
double width_of(const hash_range& range) {
    const auto as_share = [](const hash_value& d) {
        return std::ldexp(static_cast<double>(d.high()), -64) +
               std::ldexp(static_cast<double>(d.middle()), -128) +
               std::ldexp(static_cast<double>(d.low()), -160);
    };
    const hash_value end = range.upper.next();
    return (end == hash_value::min() ? 1 : as_share(end)) - as_share(range.lower);
}

std::vector<double> in_proportion(std::vector<double> weights) {
    const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
    for (double& w : weights) w /= sum;
    return weights;
}

/// The weights behind the colon, or as many of 1 as there are slices.
std::vector<double> weights_in(const any_partition& partition) {
    const std::string_view text = partition.text();
    const auto numbers = detail::whole_numbers(text.substr(text.find(':') + 1));
    if (!numbers || numbers->size() != partition.slice_count() || numbers->size() == 1) {
        return std::vector<double>(partition.slice_count(), 1);
    }
    return {numbers->begin(), numbers->end()};
}

std::vector<double> sampled_shares(const any_partition& partition) {
    constexpr int bits = 20;
    std::vector<double> counts(partition.slice_count());
    for (std::uint64_t at = 0; at < std::uint64_t{1} << bits; ++at) {
        // The middle of the at-th of 2^20 equal parts.
        ++counts[partition.slice_of({(2 * at + 1) << (63 - bits), 0, 0})];
    }
    return in_proportion(counts);
}

}  // namespace

result<any_partition> partition_of(const policy_choice& policy, std::uint64_t slices) {
    const bool own_numbers = policy.partition.find(':') != std::string::npos;
    return make_partition(own_numbers ? policy.partition
                                      : policy.partition + ':' + std::to_string(slices));
}

std::vector<double> shares_of(const any_partition& partition) {
    if (partition.range_of(0)) {
        std::vector<double> shares;
        for (std::uint64_t k = 0; k < partition.slice_count(); ++k) {
            shares.push_back(width_of(*partition.range_of(static_cast<slice_index>(k))));
        }
        return shares;
    }
    if (partition.text().starts_with("ring")) return sampled_shares(partition);
    return in_proportion(weights_in(partition));
}

bool keeps_together(std::string_view hash_policy) {
    return hash_policy.substr(0, hash_policy.find('/')).ends_with("_affinity");
}

}  // namespace qslice::sim
