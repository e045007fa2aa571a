/// @file
/// The known name that an unknown one was probably meant to be.
/// Errors about keys, options and scenarios use it to say "did you mean".
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim {

/// The minimum number of characters to insert, remove, replace or swap with a neighbour to turn one
/// name into the other.
/// @complexity |a| * |b| time, |b| space
/// @source optimal string alignment distance (Damerau, restricted)
inline std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before_last(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(last.begin(), last.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = std::min(row[j], before_last[j - 2] + 1);
            }
        }
        before_last.swap(last);
        last.swap(row);
    }
    return last[b.size()];
}

/// The known name nearest to `name`.
/// @param known  a range of strings; of equally near ones the first is taken
/// @returns the name, or nothing if none is near: more than a third of its letters differ, and
///          neither is a prefix of the other
template <class Names>
std::string nearest_name(std::string_view name, const Names& known) {
    std::string best;
    std::size_t least = std::string_view::npos;
    for (const auto& candidate : known) {
        const std::string_view k = candidate;
        const std::size_t distance = edit_distance(name, k);
        const bool begins = std::min(name.size(), k.size()) >= 3 &&
                            (k.substr(0, name.size()) == name || name.substr(0, k.size()) == k);
        const std::size_t most = std::max(name.size(), k.size()) / 3;
        if ((distance <= most || begins) && distance < least) {
            least = distance;
            best = std::string(k);
        }
    }
    return best;
}

/// "; did you mean 'NAME'?" or nothing.
template <class Names>
std::string did_you_mean(std::string_view name, const Names& known) {
    const std::string best = nearest_name(name, known);
    return best.empty() ? std::string() : "; did you mean '" + best + "'?";
}

}  // namespace qslice::sim
