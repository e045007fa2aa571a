#include "sim/check/statistics.hpp"

#include <boost/math/distributions/normal.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace qslice::sim {

namespace {

/// Bins per power of ten.
constexpr int bins_per_decade = 10;
/// Shorter times go into the first bin.
constexpr double shortest_bin_s = 1e-6;

int bin_of(double seconds) {
    if (seconds <= shortest_bin_s) return 0;
    return static_cast<int>(std::floor(bins_per_decade * std::log10(seconds / shortest_bin_s))) + 1;
}

double bin_end(int bin) {
    return shortest_bin_s * std::pow(10.0, static_cast<double>(bin) / bins_per_decade);
}

std::vector<histogram_bin> histogram_of(std::span<const double> sorted) {
    std::vector<histogram_bin> bins;
    if (sorted.empty()) return bins;
    const int first = bin_of(sorted.front());
    const int last = bin_of(sorted.back());
    for (int b = first; b <= last; ++b)
        bins.push_back({b == 0 ? 0 : bin_end(b - 1), bin_end(b), 0});
    for (const double value : sorted) ++bins[static_cast<std::size_t>(bin_of(value) - first)].count;
    return bins;
}

/// Counts how many of the added numbers are greater than a given one.
class counts_above {
public:
    explicit counts_above(std::size_t numbers) : tree_(numbers + 1) {}

    void add(std::size_t number) {
        ++added_;
        for (std::size_t at = number + 1; at < tree_.size(); at += at & (0 - at)) ++tree_[at];
    }
    [[nodiscard]] std::uint64_t above(std::size_t number) const {
        std::uint64_t up_to = 0;
        for (std::size_t at = number + 1; at > 0; at -= at & (0 - at)) up_to += tree_[at];
        return added_ - up_to;
    }

private:
    std::vector<std::uint64_t> tree_;
    std::uint64_t added_ = 0;
};

}  // namespace

double sample_summary::deviation() const { return std::sqrt(variance); }

sample_summary summarize(std::span<const double> values) {
    sample_summary summary;
    summary.count = values.size();
    if (values.empty()) return summary;
    const auto count = static_cast<double>(values.size());
    summary.mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
    if (values.size() == 1) return summary;
    double squares = 0;
    for (const double v : values) squares += (v - summary.mean) * (v - summary.mean);
    summary.variance = squares / (count - 1);
    return summary;
}

double coefficient_of_variation(std::span<const double> values) {
    const sample_summary summary = summarize(values);
    if (summary.count == 0 || summary.mean == 0) return not_measured;
    if (summary.count == 1) return 0;
    const auto count = static_cast<double>(summary.count);
    return std::sqrt(summary.variance * (count - 1) / count) / summary.mean;
}

double quantile_of_sorted(std::span<const double> sorted, double p) {
    if (sorted.empty()) return not_measured;
    const double place = p * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    if (below + 1 >= sorted.size()) return sorted.back();
    const double rest = place - static_cast<double>(below);
    return sorted[below] + rest * (sorted[below + 1] - sorted[below]);
}

confidence_interval confidence_of_share(std::uint64_t hits, std::uint64_t trials, double level) {
    if (trials == 0) return {};
    const auto n = static_cast<double>(trials);
    const double share = static_cast<double>(hits) / n;
    const double z =
        boost::math::quantile(boost::math::complement(boost::math::normal(), (1 - level) / 2));
    const double shrink = 1 + z * z / n;
    const double middle = (share + z * z / (2 * n)) / shrink;
    const double reach = z / shrink * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
    return {hits == 0 ? 0 : middle - reach, hits == trials ? 1 : middle + reach};
}

time_distribution distribution_of(std::string name, std::vector<double> seconds) {
    std::sort(seconds.begin(), seconds.end());
    const sample_summary summary = summarize(seconds);
    time_distribution d;
    d.name = std::move(name);
    d.count = summary.count;
    if (seconds.empty()) return d;
    d.mean = summary.mean;
    d.deviation = seconds.size() == 1 ? 0 : summary.deviation();
    d.least = seconds.front();
    d.p50 = quantile_of_sorted(seconds, 0.5);
    d.p90 = quantile_of_sorted(seconds, 0.9);
    d.p95 = quantile_of_sorted(seconds, 0.95);
    d.p99 = quantile_of_sorted(seconds, 0.99);
    d.p999 = quantile_of_sorted(seconds, 0.999);
    d.most = seconds.back();
    d.bins = histogram_of(seconds);
    return d;
}

order_statistics count_inversions(std::span<const passage> passages,
                                  std::vector<std::uint64_t>* by_place) {
    order_statistics found;
    if (by_place) by_place->assign(passages.size(), 0);

    // In order of entry, with the ranks of entry and exit; equal times share a rank and so are
    // never an inversion.
    std::vector<std::size_t> by_in(passages.size());
    std::iota(by_in.begin(), by_in.end(), std::size_t{0});
    std::vector<std::size_t> by_out = by_in;
    std::stable_sort(by_in.begin(), by_in.end(),
                     [&](auto a, auto b) { return passages[a].in < passages[b].in; });
    std::stable_sort(by_out.begin(), by_out.end(),
                     [&](auto a, auto b) { return passages[a].out < passages[b].out; });
    std::vector<std::size_t> rank_in(passages.size());
    for (std::size_t at = 0; at < by_in.size(); ++at) {
        const bool equal = at > 0 && passages[by_in[at]].in == passages[by_in[at - 1]].in;
        rank_in[by_in[at]] = equal ? rank_in[by_in[at - 1]] : at;
    }

    // The tree holds the entry ranks of those that left strictly earlier.
    counts_above gone(passages.size());
    std::int64_t latest_in = 0;
    bool any_gone = false;
    for (std::size_t begin = 0, end = 0; begin < by_out.size(); begin = end) {
        while (end < by_out.size() && passages[by_out[end]].out == passages[by_out[begin]].out) {
            ++end;
        }
        for (std::size_t at = begin; at < end; ++at) {
            const std::size_t p = by_out[at];
            const std::uint64_t overtakers = gone.above(rank_in[p]);
            if (by_place) (*by_place)[p] = overtakers;
            if (overtakers == 0) continue;
            found.inversions += overtakers;
            ++found.overtaken;
            found.most_places = std::max(found.most_places, overtakers);
            if (any_gone) found.most_gap = std::max(found.most_gap, latest_in - passages[p].in);
        }
        for (std::size_t at = begin; at < end; ++at) {
            gone.add(rank_in[by_out[at]]);
            latest_in =
                any_gone ? std::max(latest_in, passages[by_out[at]].in) : passages[by_out[at]].in;
            any_gone = true;
        }
    }
    if (found.inversions == 0) return found;

    // The first to leave while an earlier one is still inside.
    std::size_t inside = 0;  // index in by_in: all before it have left
    std::vector<bool> out(passages.size());
    for (std::size_t begin = 0, end = 0; begin < by_out.size(); begin = end) {
        while (end < by_out.size() && passages[by_out[end]].out == passages[by_out[begin]].out) {
            out[by_out[end]] = true;
            ++end;
        }
        while (inside < by_in.size() && out[by_in[inside]]) ++inside;
        if (inside == by_in.size()) break;
        for (std::size_t at = begin; at < end; ++at) {
            if (passages[by_out[at]].in > passages[by_in[inside]].in) {
                found.earliest = by_in[inside];
                found.earliest_overtaker = by_out[at];
                return found;
            }
        }
    }
    return found;
}

}  // namespace qslice::sim
