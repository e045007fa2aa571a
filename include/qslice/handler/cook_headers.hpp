/// @file
/// Turns a message into a post of its list: subject prefix, list headers, recipients, folded lines.
/// These changes give the post a different hash in the next queue.
#pragma once

#include <qslice/handler/pipeline.hpp>
#include <qslice/message/headers.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace qslice {

/// Sets the recipients to the list's members, unless the message already has them (a digest does).
/// @source Mailman 2.1 Handlers/CalcRecips.py, Mailman 3.3.8 handlers/member_recipients.py
struct calculate_recipients {
    static constexpr std::string_view name = "CalcRecips";
    static constexpr std::array<std::string_view, 0> flows_to{};

    template <class Site>
    result<verdict> operator()(Site&, post& p) const {
        using format = typename Site::traits::format;
        if (!p.message.data.contains(format::recipients_key)) {
            format::set_recipients(p.message.data, p.list.recipients);
        }
        return verdict::next;
    }
};

/// Adds the subject prefix (before any "Re: ", and only once), List-Id and Precedence.
/// @source Mailman 2.1 Handlers/CookHeaders.py; RFC 2919 (List-Id)
struct cook_headers {
    static constexpr std::string_view name = "CookHeaders";
    static constexpr std::array<std::string_view, 0> flows_to{};

    template <class Site>
    result<verdict> operator()(Site&, post& p) const {
        add_prefix(p.message.text, p.list.subject_prefix);
        if (!p.list.id.empty()) {
            set_header(p.message.text.edit(), "List-Id", "<" + p.list.id + ">");
        }
        if (!find_header(p.message.text, "Precedence")) {
            set_header(p.message.text.edit(), "Precedence", "list");
        }
        return verdict::next;
    }

private:
    static void add_prefix(message_text& text, const std::string& prefix) {
        const auto field = find_header(text, "Subject");
        const std::string subject = field ? unfold(field->value) : std::string("(no subject)");
        if (prefix.empty() || subject.find(detail::trim(prefix)) != std::string::npos) return;
        const bool reply =
            subject.size() >= 3 &&
            detail::equal_ignoring_case(std::string_view(subject).substr(0, 3), "re:");
        const auto rest = detail::trim(std::string_view(subject).substr(reply ? 3 : 0));
        set_header(text.edit(), "Subject", prefix + (reply ? "Re: " : "") + std::string(rest));
    }
};

/// Folds header lines longer than 78 characters at white space.
/// @source RFC 5322, 2.1.1 and 2.2.3; Mailman does it whenever it flattens a message
struct refold_headers {
    static constexpr std::string_view name = "RefoldHeaders";
    static constexpr std::array<std::string_view, 0> flows_to{};
    static constexpr std::size_t most_characters = 78;

    template <class Site>
    result<verdict> operator()(Site&, post& p) const {
        std::string head;
        std::size_t copied = 0;
        for_each_header(p.message.text, [&](const header_field& field) {
            if (is_short_line(field)) return;
            const std::string lines = fold(field);
            if (lines == field.value) return;
            head.append(p.message.text.str(), copied, field.begin - copied);
            head.append(field.name).append(": ").append(lines).append("\n");
            copied = field.end;
        });
        if (copied != 0) p.message.text.edit().replace(0, copied, head);
        return verdict::next;
    }

private:
    /// Whether the field fits on one line and is not folded.
    static bool is_short_line(const header_field& field) noexcept {
        return fits(field, field.value) && field.value.find('\n') == std::string_view::npos &&
               field.value.find('\r') == std::string_view::npos;
    }
    static bool fits(const header_field& field, std::string_view value) noexcept {
        return field.name.size() + 2 + value.size() <= most_characters;
    }

    static std::string fold(const header_field& field) {
        const std::string value = unfold(field.value);
        if (fits(field, value)) return value;
        std::string lines;
        std::size_t column = field.name.size() + 2;
        for (std::size_t at = 0; at < value.size();) {
            // A word is taken with the white space before it, which becomes the fold.
            std::size_t end = value.find_first_not_of(" \t", at);
            end = value.find_first_of(" \t", end == std::string::npos ? value.size() : end);
            if (end == std::string::npos) end = value.size();
            const std::size_t length = end - at;
            const bool blank = value[at] == ' ' || value[at] == '\t';
            if (blank && column + length > most_characters && !lines.empty()) {
                lines += '\n';
                column = 0;
            }
            lines.append(value, at, length);
            column += length;
            at = end;
        }
        return lines;
    }
};

}  // namespace qslice
