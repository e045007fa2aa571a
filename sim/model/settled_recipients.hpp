/// @file
/// Which recipients a message has reached, or that were noted not to take mail, so that a repeated
/// delivery is told from one to the others. The recorder of a simulated run asks it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace qslice::sim {

/// Messages are numbered: all posts, or all digests. Keeps names only of those whose deliveries did
/// not reach all recipients at once. Not thread-safe.
class settled_recipients {
public:
    /// A delivery of a message.
    /// @param all  how many recipients it has
    /// @param names  those that the delivery reached, each once
    /// @returns how many of them it had reached before
    std::uint32_t reach(std::uint32_t message, std::uint32_t all,
                        std::span<const std::string> names) {
        if (names.empty()) {
            some_.try_emplace(message);
            return 0;
        }
        if (message >= whole_.size()) whole_.resize(std::size_t{message} + 1);
        if (whole_[message]) return static_cast<std::uint32_t>(names.size());
        const auto known = some_.find(message);
        if ((known == some_.end() || known->second.empty()) && names.size() == all) {
            whole_[message] = true;
            return 0;
        }
        std::map<std::string, bool>& reached =
            known == some_.end() ? some_[message] : known->second;
        std::uint32_t again = 0;
        for (const std::string& name : names) {
            if (std::exchange(reached[name], true)) ++again;
        }
        return again;
    }

    /// Whether some of its recipients, not all at once, were tried.
    [[nodiscard]] bool knows(std::uint32_t message) const { return some_.contains(message); }

    /// Some of a message's recipients do not take mail.
    void bounce(std::uint32_t message, std::span<const std::string> names) {
        if (message < whole_.size() && whole_[message]) return;
        for (const std::string& name : names) some_[message].try_emplace(name, false);
    }

    /// The number of a message's recipients that do not take mail and that it never reached.
    [[nodiscard]] std::uint32_t bounced(std::uint32_t message) const {
        const auto known = some_.find(message);
        if (known == some_.end()) return 0;
        std::uint32_t count = 0;
        for (const auto& [name, reached] : known->second) count += reached ? 0 : 1;
        return count;
    }

    /// The number of a message's recipients that it never reached, that were not noted, and that no
    /// entry which is left is for.
    /// @param left  the recipients of those entries, in any order
    [[nodiscard]] std::uint32_t unaccounted(std::uint32_t message, std::uint32_t all,
                                            std::span<const std::string> left) const {
        if (message < whole_.size() && whole_[message]) return 0;
        const auto known = some_.find(message);
        std::set<std::string_view> accounted(left.begin(), left.end());
        if (known != some_.end()) {
            for (const auto& [name, reached] : known->second) accounted.insert(name);
        }
        return all - std::min(all, static_cast<std::uint32_t>(accounted.size()));
    }

private:
    std::vector<bool> whole_;  // it reached all recipients at once
    std::unordered_map<std::uint32_t, std::map<std::string, bool>> some_;  // whether reached
};

}  // namespace qslice::sim
