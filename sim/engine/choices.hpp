/// @file
/// A source of choices for a simulation that can continue in several ways. Crash states and
/// schedules use it, so the same code serves random search and exhaustive walks.
#pragma once

#include "sim/engine/random_stream.hpp"

#include <cstddef>
#include <utility>
#include <vector>

namespace qslice::sim {

/// Answers the question "which of n?".
class choice_source {
public:
    virtual ~choice_source() = default;

    /// @param n  the number of alternatives, at least 1
    /// @returns  the chosen alternative, less than n
    virtual std::size_t choose(std::size_t n) = 0;
};

/// Each alternative is equally likely.
class random_choices final : public choice_source {
public:
    explicit random_choices(random_stream stream) : stream_(std::move(stream)) {}

    std::size_t choose(std::size_t n) override {
        return static_cast<std::size_t>(stream_.below(n));
    }

private:
    random_stream stream_;
};

/// Always the first alternative, or always the last.
class fixed_choices final : public choice_source {
public:
    enum class way { first, last };
    explicit fixed_choices(way w) : way_(w) {}

    std::size_t choose(std::size_t n) override { return way_ == way::first ? 0 : n - 1; }

private:
    way way_;
};

/// Walks all combinations of choices, one complete run after another:
/// @code
/// exhaustive_choices all;
/// do {
///     simulate(all);
/// } while (all.next());
/// @endcode
/// Between two calls of next() the same answers must lead to the same questions.
class exhaustive_choices final : public choice_source {
public:
    std::size_t choose(std::size_t n) override {
        if (asked_ == path_.size()) path_.push_back({0, n});
        return path_[asked_++].taken;
    }

    /// Moves to the next path of answers.
    /// @returns false if every path has been walked
    bool next() {
        asked_ = 0;
        while (!path_.empty() && path_.back().taken + 1 == path_.back().of) path_.pop_back();
        if (path_.empty()) return false;
        ++path_.back().taken;
        return true;
    }

private:
    struct answer {
        std::size_t taken;
        std::size_t of;
    };
    std::vector<answer> path_;
    std::size_t asked_ = 0;
};

}  // namespace qslice::sim
