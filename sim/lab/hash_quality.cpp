#include "sim/lab/hash_quality.hpp"

#include "sim/check/split_statistics.hpp"
#include "sim/engine/random_stream.hpp"

#include <qslice/hash/any_hash_policy.hpp>
#include <qslice/partition/equal_ranges.hpp>

#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/poisson.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <utility>

namespace qslice::sim {

namespace {

constexpr std::size_t output_bits = 160;

/// An entry's hashed parts, similar to messages of a list.
struct sample_entry {
    std::string message;
    std::string list;
    double time = 0;
};

sample_entry entry_of(random_stream& random, std::uint64_t number) {
    sample_entry e;
    e.message = fmt::format(
        "From: sender{}@qslice.example\nTo: list{}@qslice.example\nSubject: Re: a matter of "
        "interest\nMessage-ID: <{}@qslice.example>\n\n",
        random.below(300), random.below(8), number);
    for (std::uint64_t left = 64 + random.below(256); left > 0; --left) {
        e.message += static_cast<char>('a' + random.below(26));
    }
    e.list = "list" + std::to_string(random.below(8));
    e.time = 1400972196 + static_cast<double>(random.below(1'000'000'000)) * 1e-3;
    return e;
}

std::string bytes_of(const sample_entry& e) {
    hash_input input;
    input.message = e.message;
    input.list_name = e.list;
    input.now = {e.time};
    std::string bytes;
    message_list_time::feed(input, [&](std::string_view piece) { bytes += piece; });
    return bytes;
}

void flip_bit(std::string& text, random_stream& random) {
    char& c = text[random.below(text.size())];
    c = static_cast<char>(c ^ (1 << random.below(8)));
}

/// One of the last 20 bits of the double: steps from 0.24 microseconds to 1/8 second.
void flip_bit(double& time, random_stream& random) {
    time = std::bit_cast<double>(std::bit_cast<std::uint64_t>(time) ^
                                 (std::uint64_t{1} << random.below(20)));
}

using flip_rows = std::array<std::vector<std::uint64_t>, output_bits>;

/// Which output bits changed at which flip: a row of flips per output bit.
template <class Change>
flip_rows changes(const bytes_hash& hash, const quality_choice& choice, std::string_view part,
                  Change&& change) {
    random_stream random(choice.seed, part);
    flip_rows rows;
    for (auto& row : rows) row.assign((choice.flips + 63) / 64, 0);
    for (std::uint64_t i = 0; i < choice.flips; ++i) {
        sample_entry e = entry_of(random, i);
        const hash_value before = hash(bytes_of(e));
        change(e, random);
        const hash_value after = hash(bytes_of(e));
        const std::uint64_t high = before.high() ^ after.high();
        const std::uint64_t middle = before.middle() ^ after.middle();
        const std::uint32_t low = before.low() ^ after.low();
        for (std::size_t bit = 0; bit < output_bits; ++bit) {
            const std::uint64_t changed = bit < 64    ? high >> (63 - bit)
                                          : bit < 128 ? middle >> (127 - bit)
                                                      : std::uint64_t{low} >> (159 - bit);
            rows[bit][i / 64] |= (changed & 1) << (i % 64);
        }
    }
    return rows;
}

/// The deviation of a number of successes among trials of probability 1/2, in standard deviations.
double z_of(std::uint64_t count, std::uint64_t trials) {
    const auto n = static_cast<double>(trials);
    return (static_cast<double>(count) - n / 2) / (std::sqrt(n) / 2);
}

double two_sided(double p_above) { return std::min(1.0, 2 * std::min(p_above, 1 - p_above)); }

double normal_above(double z) {
    return boost::math::cdf(boost::math::complement(boost::math::normal(), z));
}

/// P(the largest of this many independent deviations is at least z, two-sided).
double worst_of(double z, double how_many) {
    return -std::expm1(how_many * std::log1p(-std::min(1.0, 2 * normal_above(z))));
}

std::uint64_t ones(const std::vector<std::uint64_t>& row) {
    std::uint64_t sum = 0;
    for (const std::uint64_t word : row) sum += static_cast<std::uint64_t>(std::popcount(word));
    return sum;
}

void test_avalanche(const flip_rows& rows, std::uint64_t flips, const std::string& part,
                    std::vector<quality_test>& tests) {
    quality_test all;
    double squares = 0, changed = 0;
    for (std::uint32_t bit = 0; bit < output_bits; ++bit) {
        const std::uint64_t count = ones(rows[bit]);
        const double z = z_of(count, flips);
        squares += z * z;
        changed += static_cast<double>(count);
        if (std::abs(z) > std::abs(all.worst_z)) {
            all.worst_z = z;
            all.worst_bit = bit;
        }
    }
    all.found = changed / static_cast<double>(flips);
    all.expected = output_bits / 2.0;
    all.what = "output bits changed, mean";
    quality_test worst = all;
    all.name = "avalanche of " + part + ", all bits";
    all.p_value = two_sided(chi_square_p(squares, output_bits));
    worst.name = "avalanche of " + part + ", worst bit";
    worst.what = "share of flips that change it";
    worst.found = static_cast<double>(ones(rows[worst.worst_bit])) / static_cast<double>(flips);
    worst.expected = 0.5;
    worst.p_value = worst_of(std::abs(worst.worst_z), output_bits);
    tests.push_back(std::move(all));
    tests.push_back(std::move(worst));
}

void test_independence(const flip_rows& rows, std::uint64_t flips,
                       std::vector<quality_test>& tests) {
    constexpr double pairs = output_bits * (output_bits - 1) / 2.0;
    quality_test all;
    double squares = 0, agreeing = 0;
    for (std::uint32_t a = 0; a < output_bits; ++a) {
        for (std::uint32_t b = a + 1; b < output_bits; ++b) {
            std::uint64_t differ = 0;
            for (std::size_t w = 0; w < rows[a].size(); ++w) {
                differ += static_cast<std::uint64_t>(std::popcount(rows[a][w] ^ rows[b][w]));
            }
            const double z = z_of(flips - differ, flips);
            squares += z * z;
            agreeing += static_cast<double>(flips - differ) / static_cast<double>(flips);
            if (std::abs(z) > std::abs(all.worst_z)) {
                all.worst_z = z;
                all.worst_bit = a;
            }
        }
    }
    all.found = agreeing / pairs;
    all.expected = 0.5;
    all.what = "share of flips in which two bits agree, mean";
    quality_test worst = all;
    all.name = "independence of bits, all pairs";
    // Pairs are pairwise independent, so the sum's variance is exact and, with this many, its
    // distribution close to normal.
    all.p_value = two_sided(normal_above((squares - pairs) / std::sqrt(2 * pairs)));
    worst.name = "independence of bits, worst pair";
    worst.what = "share of flips in which they agree";
    worst.found = 0.5 + worst.worst_z / (2 * std::sqrt(static_cast<double>(flips)));
    worst.p_value = worst_of(std::abs(worst.worst_z), pairs);
    tests.push_back(std::move(all));
    tests.push_back(std::move(worst));
}

/// Hashes of numbered messages to one list, a thousand per second; of other numbers with another
/// seed.
std::vector<hash_value> hashes_of_names(const bytes_hash& hash, const quality_choice& choice) {
    std::vector<hash_value> hashes;
    hashes.reserve(choice.names);
    sample_entry e;
    e.list = "list1";
    const std::uint64_t first = (choice.seed - 1) % 1'000'000 * 1'000'000'000;
    for (std::uint64_t i = 0; i < choice.names; ++i) {
        e.message = fmt::format("Message-ID: <{:08}@qslice.example>\n\n", first + i);
        const std::uint64_t second = i / 1000;
        e.time = 1400972196 + static_cast<double>(second);
        hashes.push_back(hash(bytes_of(e)));
    }
    return hashes;
}

std::uint64_t equal_pairs(std::vector<std::uint64_t> values) {
    std::sort(values.begin(), values.end());
    std::uint64_t pairs = 0;
    for (std::size_t begin = 0; begin < values.size();) {
        std::size_t end = begin;
        while (end < values.size() && values[end] == values[begin]) ++end;
        pairs += (end - begin) * (end - begin - 1) / 2;
        begin = end;
    }
    return pairs;
}

void test_collisions(const std::vector<hash_value>& hashes, std::vector<quality_test>& tests) {
    const auto n = static_cast<double>(hashes.size());
    const auto test = [&](const std::string& where, int bits, auto cut) {
        std::vector<std::uint64_t> values;
        for (const hash_value& d : hashes) values.push_back(cut(d));
        quality_test t;
        t.name = fmt::format("collisions of the {} {} bits", where, bits);
        t.what = "pairs";
        t.found = static_cast<double>(equal_pairs(std::move(values)));
        t.expected = n * (n - 1) / 2 * std::ldexp(1.0, -bits);
        const boost::math::poisson expected(t.expected);
        const double at_least =
            t.found == 0 ? 1 : boost::math::cdf(boost::math::complement(expected, t.found - 1));
        const double at_most = boost::math::cdf(expected, t.found);
        t.p_value = std::min(1.0, 2 * std::min(at_least, at_most));
        tests.push_back(std::move(t));
    };
    for (const int bits : {24, 32}) {
        const std::uint64_t mask = (std::uint64_t{1} << bits) - 1;
        test("leading", bits, [&](const hash_value& d) { return d.high() >> (64 - bits); });
        test("middle", bits, [&](const hash_value& d) { return (d.middle() >> 24) & mask; });
        test("trailing", bits, [&](const hash_value& d) { return d.low() & mask; });
    }
}

void test_ranges(const std::vector<hash_value>& hashes, std::vector<quality_test>& tests) {
    for (const std::size_t n : {3U, 16U, 256U}) {
        const auto ranges = equal_ranges<>::make(n).value();
        std::vector<std::uint64_t> counts(n);
        for (const hash_value& d : hashes) ++counts[ranges.slice_of(d)];
        quality_test t;
        t.name = fmt::format("evenness over {} ranges", n);
        t.what = "chi-square";
        t.found = chi_square_statistic(counts, equal_shares(n));
        t.expected = static_cast<double>(n - 1);
        t.p_value = two_sided(chi_square_p(t.found, n - 1));
        tests.push_back(std::move(t));
    }
}

template <hash_function Function>
bytes_hash one_shot() {
    return [function = Function()](std::string_view bytes) mutable {
        function.start();
        function.update(bytes);
        return function.finish();
    };
}

}  // namespace

hash_quality test_hash(std::string name, const bytes_hash& hash, const quality_choice& choice) {
    hash_quality quality;
    quality.function = std::move(name);
    auto& tests = quality.tests;
    const flip_rows message =
        changes(hash, choice, "the message", [](auto& e, auto& r) { flip_bit(e.message, r); });
    test_avalanche(message, choice.flips, "the message", tests);
    test_avalanche(
        changes(hash, choice, "the list's name", [](auto& e, auto& r) { flip_bit(e.list, r); }),
        choice.flips, "the list's name", tests);
    test_avalanche(changes(hash, choice, "the time", [](auto& e, auto& r) { flip_bit(e.time, r); }),
                   choice.flips, "the time", tests);
    test_independence(message, choice.flips, tests);
    const std::vector<hash_value> hashes = hashes_of_names(hash, choice);
    test_collisions(hashes, tests);
    test_ranges(hashes, tests);
    return quality;
}

result<hash_quality> test_named_hash(const std::string& function, const quality_choice& choice) {
    hash_quality quality;
    const bool known = detail::with_named(
        detail::named_functions{}, function,
        [&]<class Function>() { quality = test_hash(function, one_shot<Function>(), choice); });
    if (!known) {
        return failure(error_code::malformed, function,
                       "expected a hash function: " + detail::names_of(detail::named_functions{}));
    }
    return quality;
}

}  // namespace qslice::sim
