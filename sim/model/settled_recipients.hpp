/// @file
/// Which recipients a post has reached, or that were noted not to take mail, so that a repeated
/// delivery is told from one to the others. The recorder of a simulated run asks it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace qslice::sim {

/// Keeps names only of posts whose deliveries did not reach all recipients at once. Not
/// thread-safe.
class settled_recipients {
public:
    /// A delivery of a post.
    /// @param all  how many recipients the post has
    /// @param names  those that the delivery reached, each once
    /// @returns how many of them the post had reached before
    std::uint32_t reach(std::uint32_t post, std::uint32_t all, std::span<const std::string> names) {
        if (names.empty()) return 0;
        if (post >= whole_.size()) whole_.resize(std::size_t{post} + 1);
        if (whole_[post]) return static_cast<std::uint32_t>(names.size());
        const auto known = some_.find(post);
        if (known == some_.end() && names.size() == all) {
            whole_[post] = true;
            return 0;
        }
        std::map<std::string, bool>& reached = known == some_.end() ? some_[post] : known->second;
        std::uint32_t again = 0;
        for (const std::string& name : names) {
            if (std::exchange(reached[name], true)) ++again;
        }
        return again;
    }

    /// Some of a post's recipients do not take mail.
    void bounce(std::uint32_t post, std::span<const std::string> names) {
        if (post < whole_.size() && whole_[post]) return;
        for (const std::string& name : names) some_[post].try_emplace(name, false);
    }

    /// The number of a post's recipients that do not take mail and that it never reached.
    [[nodiscard]] std::uint32_t bounced(std::uint32_t post) const {
        const auto known = some_.find(post);
        if (known == some_.end()) return 0;
        std::uint32_t count = 0;
        for (const auto& [name, reached] : known->second) count += reached ? 0 : 1;
        return count;
    }

private:
    std::vector<bool> whole_;  // by post: it reached all recipients at once
    std::unordered_map<std::uint32_t, std::map<std::string, bool>> some_;  // whether reached
};

}  // namespace qslice::sim
