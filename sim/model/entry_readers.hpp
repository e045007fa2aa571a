/// @file
/// Reads from an entry's bytes, by a spool's own format, which post it carries and for which
/// recipients. The recorder of a simulated run asks it through site_program.
#pragma once

#include "sim/model/site_program.hpp"
#include "sim/record/post_marks.hpp"

#include <qslice/codec/entry_format.hpp>
#include <qslice/spool/spool_traits.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace qslice::sim {

/// Null for Mailman's formats, in whose bytes the marks of posts stand as they are.
template <class Traits>
[[nodiscard]] site_program::post_reader post_reader_of() {
    using format = typename Traits::format;
    if constexpr (std::is_same_v<format, mailman21_format> ||
                  std::is_same_v<format, mailman3_format>) {
        return nullptr;
    } else {
        return [](std::string_view bytes) -> std::optional<std::uint32_t> {
            const auto stored = format::read_metadata(bytes);
            if (!stored) return std::nullopt;
            const auto number = stored->data.number(post_key);
            if (!number) return std::nullopt;
            return static_cast<std::uint32_t>(*number);
        };
    }
}

/// Null for a spool without mail.
template <class Traits>
[[nodiscard]] site_program::recipients_reader recipients_reader_of() {
    if constexpr (qslice::detail::carries_mail<Traits>) {
        return [](std::string_view bytes) -> std::optional<std::vector<std::string>> {
            using format = typename Traits::format;
            const auto stored = format::read_metadata(bytes);
            if (!stored) return std::nullopt;
            return format::recipients(stored->data);
        };
    } else {
        return nullptr;
    }
}

}  // namespace qslice::sim
