/// @file
/// What a pickle tells its reader to remember, by number.
/// Part of the pickle machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace qslice::detail {

/// Maps numbers to places in the graph of values.
///
/// Picklers count from 0 or 1, so that an array holds nearly all; numbers that are far beyond
/// those before them, which a hostile pickle may use, take no more memory than any others.
/// @complexity O(1) for numbers that come in order, O(log n) for others
class pickle_memo {
public:
    using index = std::uint32_t;

    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    /// Whether a number is kept apart, in more memory than one that follows the others.
    [[nodiscard]] bool is_far(std::uint64_t number) const noexcept {
        return number > dense_.size() + gap;
    }

    void remember(std::uint64_t number, index at) {
        if (number >= dense_.size() && !is_far(number)) {
            dense_.resize(static_cast<std::size_t>(number) + 1, absent);
        }
        if (number >= dense_.size()) {
            const auto [place, is_new] = far_.emplace(number, at);
            place->second = at;
            size_ += is_new ? 1 : 0;
            return;
        }
        index& place = dense_[static_cast<std::size_t>(number)];
        if (place == absent && !far_.contains(number)) ++size_;
        place = at;
    }

    [[nodiscard]] std::optional<index> recall(std::uint64_t number) const {
        if (number < dense_.size() && dense_[static_cast<std::size_t>(number)] != absent) {
            return dense_[static_cast<std::size_t>(number)];
        }
        const auto at = far_.find(number);
        return at == far_.end() ? std::nullopt : std::optional(at->second);
    }

private:
    static constexpr std::size_t gap = 16;
    static constexpr index absent = ~index{0};

    std::vector<index> dense_;
    std::map<std::uint64_t, index> far_;
    std::size_t size_ = 0;
};

}  // namespace qslice::detail
