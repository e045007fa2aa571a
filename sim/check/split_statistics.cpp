#include "sim/check/split_statistics.hpp"

#include "sim/engine/random_stream.hpp"

#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/poisson.hpp>
#include <boost/random/binomial_distribution.hpp>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <limits>
#include <numeric>

namespace qslice::sim {

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
/// Two outcomes whose log-probabilities differ by less are equally likely.
constexpr double log_tolerance = 1e-9;
/// Larger totals are not simulated, whatever the smallest expected count.
constexpr std::uint64_t most_drawn = 10'000'000;
/// Longer Markov chains of the number of machines in use are not evaluated.
constexpr std::uint64_t most_chain_steps = 10'000'000;

double as_double(std::uint64_t n) { return static_cast<double>(n); }

std::uint64_t sum_of(std::span<const std::uint64_t> counts) {
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

/// ln(0!), ln(1!), ... ln(most!)
std::vector<double> log_factorials(std::uint64_t most) {
    std::vector<double> table(most + 1);
    // Compensated (Kahan): a million roundings would otherwise add up.
    double lost = 0;
    for (std::uint64_t n = 1; n <= most; ++n) {
        const double next = std::log(as_double(n)) - lost;
        table[n] = table[n - 1] + next;
        lost = (table[n] - table[n - 1]) - next;
    }
    return table;
}

/// ln P(counts) without ln(total!): the part in which outcomes differ.
class outcome_weight {
public:
    outcome_weight(std::uint64_t total, std::span<const double> shares)
        : log_factorial_(log_factorials(total)) {
        for (const double share : shares) log_shares_.push_back(share > 0 ? std::log(share) : 0);
    }
    [[nodiscard]] double of(std::size_t category, std::uint64_t count) const {
        return as_double(count) * log_shares_[category] - log_factorial_[count];
    }
    [[nodiscard]] double of(std::span<const std::uint64_t> counts) const {
        double weight = 0;
        for (std::size_t k = 0; k < counts.size(); ++k) weight += of(k, counts[k]);
        return weight;
    }
    [[nodiscard]] double log_factorial(std::uint64_t n) const { return log_factorial_[n]; }

private:
    std::vector<double> log_factorial_;
    std::vector<double> log_shares_;
};

/// Sums the probabilities of the outcomes at most as likely as the observed one.
class outcome_walk {
public:
    outcome_walk(const outcome_weight& weight, std::size_t categories, std::uint64_t total,
                 double seen)
        : weight_(weight),
          categories_(categories),
          log_total_(weight.log_factorial(total)),
          limit_(seen + log_tolerance) {}

    double sum(std::size_t category, std::uint64_t left, double before) const {
        if (category + 1 == categories_) {
            const double all = before + weight_.of(category, left);
            return all <= limit_ ? std::exp(all + log_total_) : 0;
        }
        double total = 0;
        for (std::uint64_t count = 0; count <= left; ++count) {
            total += sum(category + 1, left - count, before + weight_.of(category, count));
        }
        return total;
    }

private:
    const outcome_weight& weight_;
    std::size_t categories_;
    double log_total_;
    double limit_;
};

/// Counts and shares without categories of share 0.
struct possible_split {
    std::vector<std::uint64_t> counts;
    std::vector<double> shares;
    bool impossible = false;  ///< one of those has a count
};

possible_split possible_part(std::span<const std::uint64_t> counts,
                             std::span<const double> shares) {
    assert(counts.size() == shares.size());
    possible_split split;
    for (std::size_t k = 0; k < counts.size(); ++k) {
        if (shares[k] > 0) {
            split.counts.push_back(counts[k]);
            split.shares.push_back(shares[k]);
        } else if (counts[k] > 0) {
            split.impossible = true;
        }
    }
    return split;
}

/// Draws a multinomial outcome, one binomial after another.
void draw_outcome(random_stream& random, std::uint64_t total, std::span<const double> shares,
                  std::vector<std::uint64_t>& counts) {
    double left_share = 1;
    std::uint64_t left = total;
    for (std::size_t k = 0; k < shares.size(); ++k) {
        const double share = std::clamp(shares[k] / left_share, 0.0, 1.0);
        if (k + 1 == shares.size() || share >= 1) {
            counts[k] = left;
        } else {
            boost::random::binomial_distribution<std::int64_t, double> binomial(
                static_cast<std::int64_t>(left), share);
            counts[k] = left == 0 ? 0 : static_cast<std::uint64_t>(binomial(random));
        }
        left -= counts[k];
        left_share -= shares[k];
    }
}

/// P(X <= limit) for a Poisson X.
double poisson_at_most(double mean, double limit) {
    if (limit < 0) return 0;
    if (mean <= 0) return 1;
    return boost::math::cdf(boost::math::poisson(mean), std::floor(limit));
}

/// The maximum total for exact computation.
bool is_small(std::uint64_t total, std::size_t categories) {
    return total <= 60 && total * total * total * categories <= 3'000'000;
}

std::vector<std::uint64_t> limits_of(double load, std::uint64_t total,
                                     std::span<const double> shares) {
    std::vector<std::uint64_t> limits;
    limits.reserve(shares.size());
    for (const double share : shares) {
        // Rounding must not exclude a message that the load just permits.
        limits.push_back(
            static_cast<std::uint64_t>(std::floor(load * as_double(total) * share + 1e-6)));
    }
    return limits;
}

/// The categories that can occur: their probabilities, and the shares that they should get.
struct possible_loads {
    possible_loads(std::span<const double> all, std::span<const double> all_wanted) {
        for (std::size_t k = 0; k < all.size(); ++k) {
            if (!(all[k] > 0)) continue;
            shares.push_back(all[k]);
            wanted.push_back(all_wanted.empty() ? all[k] : all_wanted[k]);
        }
    }

    std::vector<double> shares;
    std::vector<double> wanted;
};

/// P(largest load > load)
double probability_above(double load, std::uint64_t total, const possible_loads& of) {
    const std::vector<double>& shares = of.shares;
    const auto limits = limits_of(load, total, of.wanted);
    if (is_small(total, shares.size())) return 1 - probability_within(total, shares, limits);
    double within = 1;
    double one = 1;
    for (std::size_t k = 0; k < shares.size(); ++k) {
        // Most partitions have equal shares, for which one evaluation is enough.
        if (k == 0 || shares[k] != shares[k - 1] || limits[k] != limits[k - 1]) {
            one = poisson_at_most(as_double(total) * shares[k], as_double(limits[k]));
        }
        within *= one;
    }
    return 1 - within;
}

/// Random outcomes of few messages in many categories, message by message.
class sparse_outcomes {
public:
    sparse_outcomes(const outcome_weight& weight, std::span<const double> shares)
        : weight_(weight), ends_(shares.size()) {
        std::partial_sum(shares.begin(), shares.end(), ends_.begin());
    }

    /// @returns the weight of an outcome
    double draw(random_stream& random, std::uint64_t total) {
        drawn_.clear();
        for (std::uint64_t m = 0; m < total; ++m) {
            const auto at =
                std::upper_bound(ends_.begin(), ends_.end(), random.uniform() * ends_.back());
            drawn_.push_back(
                std::min(static_cast<std::size_t>(at - ends_.begin()), ends_.size() - 1));
        }
        std::sort(drawn_.begin(), drawn_.end());
        double weight = 0;
        for (auto from = drawn_.begin(); from != drawn_.end();) {
            const auto to = std::upper_bound(from, drawn_.end(), *from);
            weight += weight_.of(*from, static_cast<std::uint64_t>(to - from));
            from = to;
        }
        return weight;
    }

private:
    const outcome_weight& weight_;
    std::vector<double> ends_;
    std::vector<std::size_t> drawn_;
};

}  // namespace

std::vector<double> equal_shares(std::size_t n) {
    return std::vector<double>(n, 1 / static_cast<double>(n));
}

double chi_square_statistic(std::span<const std::uint64_t> counts, std::span<const double> shares) {
    const double total = as_double(sum_of(counts));
    double statistic = 0;
    for (std::size_t k = 0; k < counts.size(); ++k) {
        const double expected = total * shares[k];
        const double off = as_double(counts[k]) - expected;
        if (expected > 0) {
            statistic += off * off / expected;
        } else if (counts[k] > 0) {
            return infinite;
        }
    }
    return statistic;
}

double g_statistic(std::span<const std::uint64_t> counts, std::span<const double> shares) {
    const double total = as_double(sum_of(counts));
    double sum = 0;
    for (std::size_t k = 0; k < counts.size(); ++k) {
        if (counts[k] == 0) continue;
        if (shares[k] <= 0) return infinite;
        sum += as_double(counts[k]) * std::log(as_double(counts[k]) / (total * shares[k]));
    }
    return std::max(0.0, 2 * sum);
}

double chi_square_p(double statistic, std::uint64_t degrees) {
    if (degrees == 0) return 1;
    if (statistic == infinite) return 0;
    return boost::math::cdf(
        boost::math::complement(boost::math::chi_squared(as_double(degrees)), statistic));
}

std::uint64_t number_of_outcomes(std::uint64_t total, std::size_t categories) {
    if (categories == 0) return total == 0 ? 1 : 0;
    // C(total + categories - 1, categories - 1), a factor at a time.
    long double outcomes = 1;
    for (std::size_t k = 1; k < categories; ++k) {
        outcomes = outcomes * (static_cast<long double>(total) + static_cast<long double>(k)) /
                   static_cast<long double>(k);
        if (outcomes > 1e18L) return std::numeric_limits<std::uint64_t>::max();
    }
    return static_cast<std::uint64_t>(std::llround(outcomes));
}

double exact_multinomial_p(std::span<const std::uint64_t> counts, std::span<const double> shares) {
    const possible_split split = possible_part(counts, shares);
    if (split.impossible) return 0;
    if (split.counts.size() < 2) return 1;
    const std::uint64_t total = sum_of(counts);
    const outcome_weight weight(total, split.shares);
    const outcome_walk walk(weight, split.counts.size(), total, weight.of(split.counts));
    return std::min(1.0, walk.sum(0, total, 0));
}

double monte_carlo_multinomial_p(std::span<const std::uint64_t> counts,
                                 std::span<const double> shares, std::uint64_t draws,
                                 std::uint64_t seed) {
    const possible_split split = possible_part(counts, shares);
    if (split.impossible) return 0;
    if (split.counts.size() < 2) return 1;
    const std::uint64_t total = sum_of(counts);
    const outcome_weight weight(total, split.shares);
    const double limit = weight.of(split.counts) + log_tolerance;
    random_stream random(seed, "multinomial test");
    std::uint64_t as_unlikely = 0;
    if (total < split.counts.size() / 8) {
        sparse_outcomes outcomes(weight, split.shares);
        for (std::uint64_t d = 0; d < draws; ++d) {
            if (outcomes.draw(random, total) <= limit) ++as_unlikely;
        }
        return as_double(as_unlikely + 1) / as_double(draws + 1);
    }
    std::vector<std::uint64_t> drawn(split.counts.size());
    for (std::uint64_t d = 0; d < draws; ++d) {
        draw_outcome(random, total, split.shares, drawn);
        if (weight.of(drawn) <= limit) ++as_unlikely;
    }
    return as_double(as_unlikely + 1) / as_double(draws + 1);
}

split_test test_split(std::span<const std::uint64_t> counts, std::span<const double> shares,
                      std::uint64_t seed, std::uint64_t most_outcomes) {
    split_test test;
    const possible_split split = possible_part(counts, shares);
    const std::uint64_t total = sum_of(counts);
    const std::size_t categories = split.shares.size();
    if (total == 0 || (categories < 2 && !split.impossible)) return test;
    test.statistic = chi_square_statistic(counts, shares);
    test.g = g_statistic(counts, shares);
    test.degrees = categories == 0 ? 0 : categories - 1;
    const double least_expected =
        categories == 0
            ? 0
            : as_double(total) * *std::min_element(split.shares.begin(), split.shares.end());
    if (split.impossible || number_of_outcomes(total, categories) <= most_outcomes) {
        test.how = split_method::exact_multinomial;
        test.p_value = exact_multinomial_p(counts, shares);
    } else if (least_expected >= 5 || total > most_drawn) {
        test.how = split_method::chi_square;
        test.p_value = chi_square_p(test.statistic, test.degrees);
    } else {
        test.how = split_method::monte_carlo;
        test.p_value = monte_carlo_multinomial_p(counts, shares, monte_carlo_draws, seed);
    }
    return test;
}

std::string_view bound_in_words(const split_test& test) {
    const bool bound = test.how == split_method::monte_carlo &&
                       test.p_value <= 1 / static_cast<double>(monte_carlo_draws + 1);
    return bound ? "at most " : "";
}

double probability_within(std::uint64_t total, std::span<const double> shares,
                          std::span<const std::uint64_t> limits) {
    // Counts are independent Poisson variables of mean total * share, given that their sum is
    // the total.
    if (total == 0) return 1;
    const double mean = as_double(total);
    const auto log_factorial = log_factorials(total);
    const auto poisson = [&](double m, std::uint64_t n) {
        if (m <= 0) return n == 0 ? 1.0 : 0.0;
        return std::exp(as_double(n) * std::log(m) - m - log_factorial[n]);
    };
    std::vector<double> sums(total + 1);
    sums[0] = 1;
    for (std::size_t k = 0; k < shares.size(); ++k) {
        const std::uint64_t most = std::min(limits[k], total);
        std::vector<double> masses;
        for (std::uint64_t n = 0; n <= most; ++n) masses.push_back(poisson(mean * shares[k], n));
        std::vector<double> next(total + 1);
        for (std::uint64_t before = 0; before <= total; ++before) {
            if (sums[before] == 0) continue;
            for (std::uint64_t n = 0; n <= most && before + n <= total; ++n) {
                next[before + n] += sums[before] * masses[n];
            }
        }
        sums = std::move(next);
    }
    return std::min(1.0, sums[total] / poisson(mean, total));
}

constexpr double steps_in_a_deviation = 32;

double expected_max_over_mean(std::uint64_t total, std::span<const double> all_shares,
                              std::span<const double> all_wanted) {
    const possible_loads of(all_shares, all_wanted);
    if (total == 0 || of.shares.empty()) return not_measured;
    // The integral of P(load > x) over x, in steps of one message of the largest category; exact if
    // all shares are equal.
    const double step =
        1 / (as_double(total) * *std::max_element(of.wanted.begin(), of.wanted.end()));
    // Twelve standard deviations below a category's expected count a larger load is certain.
    double certain = 0;
    for (std::size_t k = 0; k < of.shares.size(); ++k) {
        const double count = as_double(total) * of.shares[k];
        certain = std::max(
            certain, (count - 12 * std::sqrt(count)) / (as_double(total) * of.wanted[k] * step));
    }
    const auto sure = static_cast<std::uint64_t>(std::floor(certain));
    // For many messages only about 30 steps per standard deviation are evaluated; between them the
    // sum is interpolated linearly.
    const auto stride = std::max<std::uint64_t>(
        1, static_cast<std::uint64_t>(std::sqrt(1 / step) / steps_in_a_deviation));
    double mean = as_double(sure) * step;
    double above = probability_above(as_double(sure) * step, total, of);
    for (std::uint64_t at = sure; above >= 1e-9; at += stride) {
        const double next = probability_above(as_double(at + stride) * step, total, of);
        mean += step * (as_double(stride) * (above + next) + (above - next)) / 2;
        above = next;
    }
    return mean;
}

double allowed_max_over_mean(std::uint64_t total, std::span<const double> all_shares, double alpha,
                             std::span<const double> all_wanted) {
    const possible_loads of(all_shares, all_wanted);
    const std::vector<double>& shares = of.shares;
    if (total == 0 || shares.empty()) return not_measured;
    const auto above = [&](double load) {
        const auto limits = limits_of(load, total, of.wanted);
        double sum = 0;
        double one = 0;
        for (std::size_t k = 0; k < shares.size(); ++k) {
            if (k == 0 || shares[k] != shares[k - 1] || limits[k] != limits[k - 1]) {
                one = limits[k] >= total ? 0
                                         : boost::math::cdf(boost::math::complement(
                                               boost::math::binomial(as_double(total), shares[k]),
                                               as_double(limits[k])));
            }
            sum += one;
        }
        return sum;
    };
    const double step =
        1 / (as_double(total) * *std::max_element(of.wanted.begin(), of.wanted.end()));
    auto low = static_cast<std::uint64_t>(0);  // steps: too few, or the result
    auto high = static_cast<std::uint64_t>(
        std::ceil(1 / (step * *std::min_element(of.wanted.begin(), of.wanted.end()))));
    while (low < high) {
        const std::uint64_t middle = low + (high - low) / 2;
        if (above(as_double(middle) * step) <= alpha) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return as_double(low) * step;
}

count_band band_of(std::uint64_t total, double share, double alpha) {
    if (total == 0 || share <= 0) return {0, 0};
    if (share >= 1) return {as_double(total), as_double(total)};
    const boost::math::binomial binomial(as_double(total), share);
    return {boost::math::quantile(binomial, alpha / 2),
            boost::math::quantile(boost::math::complement(binomial, alpha / 2))};
}

namespace {

std::vector<double> positive_shares(std::span<const double> shares) {
    std::vector<double> found;
    std::copy_if(shares.begin(), shares.end(), std::back_inserter(found),
                 [](double s) { return s > 0; });
    return found;
}

bool shares_are_equal(std::span<const double> shares) {
    return std::all_of(shares.begin(), shares.end(),
                       [&](double s) { return std::abs(s - shares.front()) < 1e-12; });
}

// Beyond these the exact sums take too long, or cancel.
constexpr std::size_t most_exact_machines = 20;
bool chain_is_too_long(std::uint64_t messages, std::size_t machines) {
    return messages > most_chain_steps / machines;
}

}  // namespace

bool is_unused_approximated(std::uint64_t messages, std::span<const double> all_shares) {
    const std::vector<double> shares = positive_shares(all_shares);
    return shares.size() > most_exact_machines &&
           (!shares_are_equal(shares) || chain_is_too_long(messages, shares.size()));
}

double probability_of_unused(std::uint64_t messages, std::size_t machines) {
    if (machines == 0) return 0;
    if (messages < machines) return 1;
    const auto n = static_cast<long double>(machines);
    if (machines <= most_exact_machines) {
        long double sum = 0;
        long double choose = 1;
        for (std::size_t unused = 1; unused < machines; ++unused) {
            const auto j = static_cast<long double>(unused);
            choose = choose * (n - j + 1) / j;
            const long double term =
                choose * std::pow((n - j) / n, static_cast<long double>(messages));
            sum += unused % 2 == 1 ? term : -term;
        }
        return static_cast<double>(std::clamp(sum, 0.0L, 1.0L));
    }
    if (chain_is_too_long(messages, machines)) {
        // An approximation as if machines were independent.
        const double one_unused =
            std::pow(1 - 1 / static_cast<double>(machines), as_double(messages));
        return -std::expm1(static_cast<double>(machines) * std::log1p(-one_unused));
    }
    std::vector<double> in_use(machines + 1);  // P(this many machines are in use)
    in_use[0] = 1;
    for (std::uint64_t m = 0; m < messages; ++m) {
        for (std::size_t j = machines; j > 0; --j) {
            const double used = static_cast<double>(j) / static_cast<double>(machines);
            const double fewer = static_cast<double>(j - 1) / static_cast<double>(machines);
            in_use[j] = in_use[j] * used + in_use[j - 1] * (1 - fewer);
        }
        in_use[0] = 0;
        if (1 - in_use[machines] < 1e-15) return 0;
    }
    double unused = 0;
    for (std::size_t j = 0; j < machines; ++j) unused += in_use[j];
    return std::min(1.0, unused);
}

double probability_of_unused(std::uint64_t messages, std::span<const double> all_shares) {
    const std::vector<double> shares = positive_shares(all_shares);
    if (shares.empty()) return 0;
    if (shares_are_equal(shares)) return probability_of_unused(messages, shares.size());
    const double m = as_double(messages);
    if (shares.size() > most_exact_machines) {
        double all_used = 1;
        for (const double share : shares) all_used *= 1 - std::pow(1 - share, m);
        return 1 - all_used;
    }
    // Sums over the sets of unused machines; each set's share is computed from the set without its
    // lowest member.
    std::vector<long double> set_shares(std::size_t{1} << shares.size());
    long double sum = 0;
    for (std::size_t set = 1; set + 1 < set_shares.size(); ++set) {
        const auto lowest = static_cast<std::size_t>(std::countr_zero(set));
        set_shares[set] = set_shares[set & (set - 1)] + static_cast<long double>(shares[lowest]);
        const long double term = std::pow(std::max(0.0L, 1 - set_shares[set]), m);
        sum += std::popcount(set) % 2 == 1 ? term : -term;
    }
    return messages == 0 ? 1 : static_cast<double>(std::clamp(sum, 0.0L, 1.0L));
}

std::uint64_t messages_to_use_all(std::span<const double> shares, double alpha) {
    // By doubling and bisection, since the probability decreases with every message.
    std::uint64_t high = 1;
    while (probability_of_unused(high, shares) >= alpha) {
        if (high >= std::uint64_t{1} << 62U) return std::numeric_limits<std::uint64_t>::max();
        high *= 2;
    }
    std::uint64_t low = high / 2;
    while (low + 1 < high) {
        const std::uint64_t middle = low + (high - low) / 2;
        (probability_of_unused(middle, shares) < alpha ? high : low) = middle;
    }
    return high;
}

}  // namespace qslice::sim
