/// @file
/// Numbers for lists and senders, as assigned by the readers of streams.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace qslice::sim {

/// The characters allowed in a list's name, for error messages.
inline constexpr std::string_view list_name_form = "letters, digits and . - _ + @ =";

/// Whether a character is allowed in a list's name, which becomes part of file names and header
/// fields.
constexpr bool is_list_letter(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(".-_+@=").find(c) != std::string_view::npos;
}

inline bool is_list_name(std::string_view text) noexcept {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_list_letter);
}

/// Numbers keys from 0 in order of first appearance, and stores a name for each.
/// @complexity constant time per key
template <class Key>
class numbering {
public:
    /// @param name  makes the name of a new key
    template <class Name>
    std::uint32_t number_of(const Key& key, Name&& name) {
        const auto [at, fresh] = known_.try_emplace(key, static_cast<std::uint32_t>(names_.size()));
        if (fresh) names_.push_back(name(key));
        return at->second;
    }
    std::uint32_t number_of(const Key& key) {
        return number_of(key, [](const Key& k) { return k; });
    }

    /// Returns the names by number and ends the numbering.
    [[nodiscard]] std::vector<std::string> names() && { return std::move(names_); }

private:
    std::unordered_map<Key, std::uint32_t> known_;
    std::vector<std::string> names_;
};

}  // namespace qslice::sim
