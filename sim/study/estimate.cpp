#include "sim/study/estimate.hpp"

#include <boost/math/distributions/students_t.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

namespace qslice::sim {

double estimate::relative_precision() const {
    if (half_width == 0) return 0;
    return half_width / std::abs(mean);
}

estimate estimate_mean(std::span<const double> values, double confidence) {
    estimate e;
    double mean = 0;
    double squares = 0;  // Welford's sum of squared deviations
    for (const double x : values) {
        if (!std::isfinite(x)) continue;
        ++e.count;
        const double apart = x - mean;
        mean += apart / static_cast<double>(e.count);
        squares += apart * (x - mean);
    }
    if (e.count == 0) return e;
    e.mean = mean;
    if (e.count < 2) return e;
    const auto n = static_cast<double>(e.count);
    e.deviation = std::sqrt(squares / (n - 1));
    const boost::math::students_t student(n - 1);
    e.half_width =
        boost::math::quantile(student, 0.5 + confidence / 2) * e.deviation / std::sqrt(n);
    return e;
}

std::size_t warm_up_of(std::span<const double> values) {
    constexpr std::size_t batch = 5;
    std::vector<double> means;
    for (std::size_t i = 0; i + batch <= values.size(); i += batch) {
        double sum = 0;
        for (std::size_t k = 0; k < batch; ++k) sum += values[i + k];
        means.push_back(sum / batch);
    }
    const std::size_t n = means.size();
    double sum = 0;
    double squares = 0;
    double least = std::numeric_limits<double>::infinity();
    std::size_t cut = 0;
    // From the end, so that the sums grow by one batch each.
    for (std::size_t d = n; d-- > 0;) {
        sum += means[d];
        squares += means[d] * means[d];
        const auto rest = static_cast<double>(n - d);
        if (d > n / 2) continue;
        const double error = (squares - sum * sum / rest) / (rest * rest);
        if (error <= least) {
            least = error;
            cut = d;
        }
    }
    return cut * batch;
}

double p_value_of(const estimate& e) {
    if (e.count < 2) return 1;
    if (!(e.deviation > 0)) return e.mean == 0 ? 1 : 0;
    const auto n = static_cast<double>(e.count);
    const boost::math::students_t student(n - 1);
    const double t = std::abs(e.mean) * std::sqrt(n) / e.deviation;
    return 2 * boost::math::cdf(boost::math::complement(student, t));
}

std::vector<bool> rejected_by_holm(std::span<const double> p_values, double alpha) {
    std::vector<std::size_t> order(p_values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return p_values[a] < p_values[b]; });
    std::vector<bool> rejected(p_values.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
        if (p_values[order[i]] > alpha / static_cast<double>(order.size() - i)) break;
        rejected[order[i]] = true;
    }
    return rejected;
}

}  // namespace qslice::sim
