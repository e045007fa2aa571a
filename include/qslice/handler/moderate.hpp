/// @file
/// Moderation: lets a post pass, holds it for a moderator, or discards it.
/// The first handler of the posting pipeline.
#pragma once

#include <qslice/handler/pipeline.hpp>
#include <qslice/message/headers.hpp>

#include <array>
#include <string>
#include <string_view>

namespace qslice {

/// The message id of a post as it appears in log lines; "n/a" if it has none.
inline std::string message_id_of(std::string_view text) {
    const auto field = find_header(text, "Message-ID");
    return field ? std::string(detail::trim(field->value)) : "n/a";
}

/// Logs that a post was discarded, and by which handler.
/// @source Mailman 2.1 Queue/IncomingRunner.py
template <class Site>
void log_discarded(Site& s, const post& p, std::string_view handler_name) {
    s.log("vette", "Message discarded, msgid: " + message_id_of(p.message.text) +
                       "\n\tlist: " + p.list.name + ",\n\thandler: " + std::string(handler_name));
}

/// Decides by the list's settings and the sender's address in lower case.
///
/// A held post becomes an entry in held/, which has no runner; a discarded one leaves a line in the
/// log `vette`. `approved` in the metadata lets a post pass.
/// @source Mailman 2.1 Handlers/Moderate.py and Hold.py, the decision by sender
struct moderate {
    static constexpr std::string_view name = "Moderate";
    static constexpr std::array<std::string_view, 1> flows_to{"held"};

    template <class Site>
    result<verdict> operator()(Site& s, post& p) const {
        if (p.message.data.flag("approved")) return verdict::next;
        std::string sender(sender_address(p.message.text));
        for (char& c : sender) c = detail::to_lower(c);
        if (p.list.discarded_senders.contains(sender)) {
            log_discarded(s, p, name);
            return verdict::stop;
        }
        if (!p.list.hold_all && !p.list.held_senders.contains(sender)) return verdict::next;
        auto held = s.enqueue("held", p.message.text, p.message.data);
        if (!held) return failure(held.error());
        s.log("vette", p.list.name + " post from " + sender + " held, message-id=" +
                           message_id_of(p.message.text) + ": entry " + *held);
        return verdict::stop;
    }
};

}  // namespace qslice
