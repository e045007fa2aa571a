#include "sim/balance/balance_report.hpp"

#include "sim/check/split_statistics.hpp"
#include "sim/check/statistics.hpp"
#include "sim/record/site_words.hpp"
#include "sim/text/plain_words.hpp"
#include "sim/text/text_table.hpp"

#include <qslice/hash/any_hash_policy.hpp>
#include <qslice/partition/any_partition.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qslice::sim {

namespace {

using json = nlohmann::ordered_json;

constexpr double band_alpha = 0.01;  // a slice's count is outside its band once in 100 times
constexpr double load_alpha =
    0.001;  // the largest load exceeds the allowed value once in 1,000 times
constexpr double doubtful = 0.001;  // lower p-values are not attributed to chance
constexpr std::size_t shown_slices = 32;

/// The approximate number of steps to compute the distribution of the largest load.
double cost_of_largest_load(std::uint64_t messages, const std::vector<double>& shares) {
    const double largest = *std::max_element(shares.begin(), shares.end());
    return std::sqrt(static_cast<double>(messages) * largest) * static_cast<double>(shares.size());
}

/// The slices to show, in order: all, or those with the most and the fewest messages relative to
/// their share.
std::vector<std::size_t> slices_to_show(const queue_balance& balance) {
    std::vector<std::size_t> order(balance.slices.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (order.size() <= shown_slices) return order;
    const auto load = [&](std::size_t k) {
        const part_result& part = balance.slices[k];
        return part.expected_share > 0 ? part.share / part.expected_share : 0;
    };
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return load(a) > load(b); });
    constexpr std::size_t each_end = 5;
    order.erase(order.begin() + each_end, order.end() - each_end);
    return order;
}

std::string verdict(const balance_terms& terms, const queue_balance& balance,
                    const balance_result& measured) {
    if (balance.slices.size() < 2) return "One slice takes everything.";
    const double p = balance.test.p_value;
    if (!balance.independent) {
        std::string text = fmt::format(
            "The policy keeps {} together, so slices differ by the traffic of their {}: the "
            "fullest "
            "has {:.2f} times its share.",
            words().messages, words_for(terms.keeps_together).many, balance.max_over_mean);
        if (measured.largest_key_messages == 0) return text;
        const double largest = static_cast<double>(measured.largest_key_messages) /
                               static_cast<double>(std::max<std::uint64_t>(measured.messages, 1));
        const double wanted = std::max_element(balance.slices.begin(), balance.slices.end(),
                                               [](const part_result& a, const part_result& b) {
                                                   return a.wanted_share < b.wanted_share;
                                               })
                                  ->wanted_share;
        text += fmt::format(
            " The largest of them{} has {:.1f}% of all {}",
            measured.largest_key.empty() ? "" : ", '" + printable(measured.largest_key) + "',",
            largest * 100, words().messages);
        if (largest > wanted) {
            text += fmt::format(
                ", which alone forces the fullest slice to {:.2f} times its share: it stays in one "
                "slice, whatever the number of slices, and no division with bounded loads can "
                "split it. Hashing each {} by itself{} is even, at a price: the "
                "order within a {} is lost.",
                largest / wanted, words().message,
                own_built_site() == nullptr ? " (mailman21)" : "",
                words_for(terms.keeps_together).one);
        } else {
            text += fmt::format(
                ", and fits into a slice: it forces nothing above the mean; at most {:.0f} equal "
                "slices can be even.",
                std::floor(1 / largest));
        }
        return text;
    }
    if (std::isnan(p)) return fmt::format("Too few {} for a conclusion.", words().messages);
    if (p < doubtful) {
        return fmt::format(
            "The split is not consistent with chance for these shares: p = {:.2g} is below {}.", p,
            doubtful);
    }
    return fmt::format("The spread of the {} is consistent with chance (p = {:.3f}).",
                       words().messages, p);
}

/// Chance says where counts lie only if messages are spread one by one.
std::string slice_table(const queue_balance& balance) {
    using enum text_table::align;
    std::vector<text_table::column> columns{{"slice", right},
                                            {std::string(words().messages), right},
                                            {"share", right},
                                            {"expected", right}};
    if (balance.independent) columns.push_back({"each in 99 of 100 runs", right});
    text_table table(std::move(columns));
    for (const std::size_t k : slices_to_show(balance)) {
        const part_result& part = balance.slices[k];
        std::vector<std::string> cells{part.name, grouped(part.count),
                                       fmt::format("{:.4f}%", part.share * 100),
                                       fmt::format("{:.4f}%", part.expected_share * 100)};
        if (balance.independent) {
            cells.push_back(fmt::format("{} to {}",
                                        grouped(static_cast<std::uint64_t>(part.band_low)),
                                        grouped(static_cast<std::uint64_t>(part.band_high))));
        }
        table.add(std::move(cells));
    }
    return table.to_text();
}

json number(double value) { return std::isfinite(value) ? json(value) : json(); }

}  // namespace

balance_terms terms_of(const balance_choice& choice) {
    const any_partition partition = make_partition(choice.partition).value();
    return {choice.hash,
            choice.partition,
            shares_of(partition),
            wanted_shares_of(partition),
            make_hash_policy(choice.hash)->keeps_together(),
            choice.seed};
}

queue_balance assess_balance(const balance_terms& terms, const balance_result& measured) {
    const std::vector<double>& shares = terms.shares;
    const std::vector<double>& wanted = terms.wanted;
    queue_balance balance;
    balance.total = measured.messages;
    balance.independent = terms.keeps_together == affinity_kind::none;
    std::vector<double> loads;
    for (std::size_t k = 0; k < shares.size(); ++k) {
        part_result part;
        part.name = std::to_string(k);
        part.count = measured.counts[k];
        part.share = static_cast<double>(part.count) / static_cast<double>(balance.total);
        part.expected_share = shares[k];
        part.wanted_share = wanted[k];
        const count_band band = band_of(balance.total, shares[k], band_alpha);
        part.band_low = band.low;
        part.band_high = band.high;
        if (wanted[k] > 0) loads.push_back(part.share / wanted[k]);
        balance.slices.push_back(std::move(part));
    }
    balance.test = test_split(measured.counts, shares, terms.seed);
    balance.max_over_mean = *std::max_element(loads.begin(), loads.end());
    balance.cv = coefficient_of_variation(loads);
    constexpr double affordable = 250'000;  // a second or two
    if (cost_of_largest_load(balance.total, shares) <= affordable) {
        balance.max_over_mean_expected = expected_max_over_mean(balance.total, shares, wanted);
        balance.max_over_mean_allowed =
            allowed_max_over_mean(balance.total, shares, load_alpha, wanted);
    }
    return balance;
}

std::string balance_text(const balance_terms& terms, const balance_result& measured,
                         const queue_balance& balance, const balance_report_options& options) {
    std::string text = fmt::format(
        "{} {}, {} bytes in total, hashed by {} into {}\n"
        "\n",
        grouped(measured.messages), options.source, grouped(measured.bytes), terms.hash,
        terms.partition);
    text += slice_table(balance);
    if (balance.slices.size() > shown_slices) {
        text += fmt::format("  (the fullest and the emptiest of {} slices)\n",
                            grouped(balance.slices.size()));
    }
    text += '\n';
    const auto line = [&](std::string_view name, const std::string& value) {
        text += fmt::format("  {:<26}{}\n", name, value);
    };
    if (balance.independent) {
        line("chi-square",
             fmt::format("{:.4g} with {} degrees of freedom, p = {:.3g}", balance.test.statistic,
                         balance.test.degrees, balance.test.p_value));
    }
    std::string load = fmt::format("{:.6f}", balance.max_over_mean);
    if (balance.independent && !std::isnan(balance.max_over_mean_expected)) {
        load +=
            fmt::format("; by chance {:.6f} on average, and once in 1,000 times more than {:.6f}",
                        balance.max_over_mean_expected, balance.max_over_mean_allowed);
    }
    line("largest over mean", load);
    line("coefficient of variation", fmt::format("{:.3g}", balance.cv));
    if (options.times) {
        std::string each = fmt::format("{:.0f} ns", measured.message_ns);
        if (measured.raw_hash_ns > 0) {
            each += fmt::format("; the bare hash of its bytes {:.0f} ns ({:.2f} times)",
                                measured.raw_hash_ns, measured.ratio);
        }
        line(fmt::format("per {}", words().message), each);
        line("total", fmt::format("{:.2f} s on {}, {:.3g} million {}/s", measured.wall_s,
                                  counted(measured.threads, "thread", "threads"),
                                  static_cast<double>(measured.messages) / measured.wall_s / 1e6,
                                  words().messages));
    }
    return text + "\n" + verdict(terms, balance, measured) + "\n";
}

json balance_json(const balance_terms& terms, const balance_result& measured,
                  const queue_balance& balance, const balance_report_options& options) {
    json slices = json::array();
    for (const part_result& part : balance.slices) {
        slices.push_back(
            {{"messages", part.count},
             {"share", part.share},
             {"expected_share", part.expected_share},
             {"wanted_share", part.wanted_share},
             {"band_low", number(balance.independent ? part.band_low : not_measured)},
             {"band_high", number(balance.independent ? part.band_high : not_measured)}});
    }
    json report = {
        {"source", options.source},
        {"seed", terms.seed},
        {"hash", terms.hash},
        {"partition", terms.partition},
        {"messages", measured.messages},
        {"bytes", measured.bytes},
        {"slices", std::move(slices)},
        {"test",
         {{"method", name_in(split_method_table, balance.test.how)},
          {"chi_square", number(balance.test.statistic)},
          {"g", number(balance.test.g)},
          {"degrees", balance.test.degrees},
          {"p_value", number(balance.independent ? balance.test.p_value : not_measured)}}},
        {"independent", balance.independent},
        {"max_over_mean", number(balance.max_over_mean)},
        {"max_over_mean_expected",
         number(balance.independent ? balance.max_over_mean_expected : not_measured)},
        {"max_over_mean_allowed",
         number(balance.independent ? balance.max_over_mean_allowed : not_measured)},
        {"cv", number(balance.cv)},
        {"verdict", verdict(terms, balance, measured)}};
    if (options.times) {
        report["time"] = {{"threads", measured.threads},
                          {"wall_s", measured.wall_s},
                          {"message_ns", measured.message_ns},
                          {"raw_hash_ns", number(measured.raw_hash_ns)},
                          {"ratio", number(measured.ratio)}};
    }
    return report;
}

}  // namespace qslice::sim
