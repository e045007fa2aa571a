/// @file
/// A queued message's text together with the bytes that it was read from, so that an unchanged
/// message is passed on byte for byte. Queued messages consist of it and metadata.
#pragma once

#include <qslice/core/shared_bytes.hpp>

#include <any>
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
/// until then an entry's bytes are copied, whatever class of object they contain. The text of a
/// message that was read is made when it is first asked for: passing it on needs none.
/// @safety one object serves one thread, also for reading: the first reader makes the text
class message_text {
public:
    /// What is read from an entry's bytes.
    struct content {
        std::string text;                        ///< without the line "From ..."
        std::optional<std::string> unix_from{};  ///< that line, without its end
        friend bool operator==(const content&, const content&) = default;
    };
    using content_reader = content (*)(std::string_view stored);

    message_text() = default;
    message_text(std::string text) : content_{std::move(text)} {}
    message_text(std::string_view text) : content_{std::string(text)} {}
    message_text(const char* text) : content_{text} {}

    /// @param text       without the line "From ..."
    /// @param unix_from  that line, without its end
    /// @param stored     the bytes in the entry
    message_text(std::string text, std::optional<std::string> unix_from, shared_bytes stored,
                 message_form form)
        : content_{std::move(text), std::move(unix_from)},
          stored_(std::move(stored)),
          form_(form) {}

    /// A message whose text is read when it is asked for.
    /// @param read  read(stored) makes the text; it must not fail
    message_text(shared_bytes stored, message_form form, content_reader read)
        : stored_(std::move(stored)), form_(form), read_(read) {}

    [[nodiscard]] const std::string& str() const { return whole().text; }
    operator const std::string&() const { return str(); }
    operator std::string_view() const { return str(); }

    /// The text, for changes: from now on the message is in the text form.
    std::string& edit() {
        (void)whole();
        begun_hash_.reset();
        stored_ = {};
        form_ = message_form::text;
        return content_.text;
    }

    /// The envelope line of mbox files, "From sender date", or the bare address that Mailman 3's
    /// LMTP runner keeps there: Mailman's moderation uses it, delivery omits it. A changed message
    /// keeps only such a line, since the text form has no place for an address.
    [[nodiscard]] const std::optional<std::string>& unix_from() const { return whole().unix_from; }

    /// The bytes that represent the message in the entry that it was read from; empty for a new or
    /// changed one.
    [[nodiscard]] std::string_view stored() const noexcept { return stored_; }

    [[nodiscard]] message_form form() const noexcept { return form_; }

    /// Room for the state of a hash behind the bytes that a format makes of this message, until it
    /// is changed: it may enter several queues.
    /// @param format  an address that stands for the format
    [[nodiscard]] std::any& begun_hash(const void* format) const {
        if (std::exchange(hashed_for_, format) != format) begun_hash_.reset();
        return begun_hash_;
    }

    /// Messages are equal when they read the same, however they are stored.
    friend bool operator==(const message_text& a, const message_text& b) {
        return a.whole() == b.whole();
    }
    friend bool operator==(const message_text& a, std::string_view b) { return a.str() == b; }
    friend bool operator==(const message_text& a, const std::string& b) { return a.str() == b; }
    friend bool operator==(const message_text& a, const char* b) { return a.str() == b; }
    friend std::ostream& operator<<(std::ostream& out, const message_text& m) {
        return out << m.str();
    }

private:
    const content& whole() const {
        if (read_ != nullptr) content_ = std::exchange(read_, nullptr)(stored_);
        return content_;
    }

    mutable content content_;
    shared_bytes stored_;
    message_form form_ = message_form::text;
    mutable content_reader read_ = nullptr;  ///< null when content_ is there
    mutable std::any begun_hash_;
    mutable const void* hashed_for_ = nullptr;
};

/// Exactly a message_text, not something convertible to one: for overloads next to one for strings.
template <class M>
concept stored_message = std::same_as<M, message_text>;

}  // namespace qslice
