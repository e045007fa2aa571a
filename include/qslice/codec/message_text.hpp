/// @file
/// A queued message's text together with the bytes that it was read from, so that a message that
/// nobody changes goes on as it came. Queued messages consist of it and metadata.
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
    text,    ///< as its text, which Mailman parses when it takes the entry
    object,  ///< as a Python object, parsed already
};

/// A message: its text, header fields first, the line "From sender date" that may stand before
/// it, and what an entry holds for it.
///
/// It reads like a string. Whoever changes it does so by edit(), after which it is written in
/// the text form; until then an entry's bytes are copied, whatever class of object they hold.
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

    /// The text, to be changed: from now on the message is one in the text form.
    std::string& edit() noexcept {
        stored_.clear();
        form_ = message_form::text;
        return text_;
    }

    /// The envelope's line of mbox files, "From sender date": Mailman's moderation asks for it,
    /// delivery leaves it out.
    [[nodiscard]] const std::optional<std::string>& unix_from() const noexcept {
        return unix_from_;
    }

    /// The bytes that stand for the message in the entry that it was read from; empty for a new
    /// or changed one.
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

/// A message_text itself, and nothing that could become one: for overloads beside one for texts.
template <class M>
concept stored_message = std::same_as<M, message_text>;

}  // namespace qslice
