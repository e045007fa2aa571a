/// @file
/// Lists and senders as the readers of streams number them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace qslice::sim {

/// What the name of a list may consist of, for error messages.
inline constexpr std::string_view list_name_form = "letters, digits and . - _ + @ =";

/// Whether it may stand in a list's name, which is part of file names and header fields.
constexpr bool is_list_letter(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(".-_+@=").find(c) != std::string_view::npos;
}

inline bool is_list_name(std::string_view text) noexcept {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_list_letter);
}

/// Numbers keys from 0 as they come up, and keeps a name for each.
/// @complexity constant time a key
template <class Key>
class numbering {
public:
    /// @param name  makes the name of a key that is new
    template <class Name>
    std::uint32_t number_of(const Key& key, Name&& name) {
        const auto [at, fresh] = known_.try_emplace(key, static_cast<std::uint32_t>(names_.size()));
        if (fresh) names_.push_back(name(key));
        return at->second;
    }
    std::uint32_t number_of(const Key& key) {
        return number_of(key, [](const Key& k) { return k; });
    }

    /// The names by their numbers; the numbering is at its end then.
    [[nodiscard]] std::vector<std::string> names() && { return std::move(names_); }

private:
    std::unordered_map<Key, std::uint32_t> known_;
    std::vector<std::string> names_;
};

}  // namespace qslice::sim
