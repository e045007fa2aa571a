/// @file
/// A queued message's text together with the bytes that it was read from, so that an unchanged
/// message is passed on byte for byte. Queued messages consist of it and metadata.
#pragma once

#include <concepts>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace qslice {

/// How a message is stored in an entry.
enum class message_form {
    text,    ///< as text, which Mailman parses when it takes the entry
    object,  ///< as an already parsed Python object
};

/// A message: its text, header fields first, the optional line "From sender date" before it, and
/// its bytes in an entry.
///
/// It reads like a string. It is changed by edit(), after which it is written in the text form;
/// until then an entry's bytes are copied, whatever class of object they contain.
/// @safety a plain value
class message_text {
public:
    message_text() = default;
    message_text(std::string text) : text_(std::move(text)) {}
    message_text(std::string_view text) : text_(text) {}
    message_text(const char* text) : text_(text) {}

    /// @param text       without the line "From ..."
    /// @param unix_from  that line, without its end
    /// @param stored     the bytes in the entry
    message_text(std::string text, std::optional<std::string> unix_from, std::string stored,
                 message_form form)
        : text_(std::move(text)),
          unix_from_(std::move(unix_from)),
          stored_(std::move(stored)),
          form_(form) {}

    [[nodiscard]] const std::string& str() const noexcept { return text_; }
    operator const std::string&() const noexcept { return text_; }
    operator std::string_view() const noexcept { return text_; }

    /// The text, for changes: from now on the message is in the text form.
    std::string& edit() noexcept {
        stored_.clear();
        form_ = message_form::text;
        return text_;
    }

    /// The envelope line of mbox files, "From sender date", or the bare address that Mailman 3's
    /// LMTP runner keeps there: Mailman's moderation uses it, delivery omits it. A changed message
    /// keeps only such a line, since the text form has no place for an address.
    [[nodiscard]] const std::optional<std::string>& unix_from() const noexcept {
        return unix_from_;
    }

    /// The bytes that represent the message in the entry that it was read from; empty for a new or
    /// changed one.
    [[nodiscard]] const std::string& stored() const noexcept { return stored_; }

    [[nodiscard]] message_form form() const noexcept { return form_; }

    /// Messages are equal when they read the same, however they are stored.
    friend bool operator==(const message_text& a, const message_text& b) noexcept {
        return a.text_ == b.text_ && a.unix_from_ == b.unix_from_;
    }
    friend bool operator==(const message_text& a, std::string_view b) noexcept {
        return a.text_ == b;
    }
    friend bool operator==(const message_text& a, const std::string& b) noexcept {
        return a.text_ == b;
    }
    friend bool operator==(const message_text& a, const char* b) noexcept { return a.text_ == b; }
    friend std::ostream& operator<<(std::ostream& out, const message_text& m) {
        return out << m.text_;
    }

private:
    std::string text_;
    std::optional<std::string> unix_from_;
    std::string stored_;
    message_form form_ = message_form::text;
};

/// Exactly a message_text, not something convertible to one: for overloads next to one for strings.
template <class M>
concept stored_message = std::same_as<M, message_text>;

}  // namespace qslice
