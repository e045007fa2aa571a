/// @file
/// A runner of in/ beside Mailman 3's: it accepts the posts that no rule of Mailman can stop,
/// exactly as Mailman does, and leaves every other message to Mailman's runner of the other slice.
#pragma once

#include <qslice/codec/entry_format.hpp>
#include <qslice/core/result.hpp>
#include <qslice/core/unicode.hpp>
#include <qslice/handler/moderate.hpp>
#include <qslice/message/headers.hpp>
#include <qslice/runner/list_work.hpp>
#include <qslice/runner/runner_loop.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qslice::test {

/// The names of Mailman's rules, in the order of its default posting chain.
/// @source Mailman 3.3.8 chains/builtin.py
inline constexpr std::array<std::string_view, 16> mailman3_rules{"dmarc-mitigation",
                                                                 "no-senders",
                                                                 "approved",
                                                                 "emergency",
                                                                 "loop",
                                                                 "banned-address",
                                                                 "member-moderation",
                                                                 "nonmember-moderation",
                                                                 "administrivia",
                                                                 "implicit-dest",
                                                                 "max-recipients",
                                                                 "max-size",
                                                                 "news-moderation",
                                                                 "no-subject",
                                                                 "digests",
                                                                 "suspicious-header"};

/// The words with which a mailed command begins.
/// @source Mailman 3.3.8 rules/administrivia.py
inline constexpr std::array<std::string_view, 11> mailed_commands{
    "confirm", "help", "info", "lists",     "options",    "password",
    "remove",  "set",  "who",  "subscribe", "unsubscribe"};

inline std::string lower(std::string_view text) {
    std::string small(text);
    for (char& c : small) c = detail::to_lower(c);
    return small;
}

/// Whether a line begins with the word of a command, whatever follows.
inline bool begins_as_command(std::string_view line) {
    constexpr std::string_view blanks = " \t\r\v\f\x1c\x1d\x1e\x1f";
    const std::size_t begin = line.find_first_not_of(blanks);
    if (begin == std::string_view::npos) return false;
    line.remove_prefix(begin);
    const std::string word = lower(line.substr(0, line.find_first_of(blanks)));
    return std::find(mailed_commands.begin(), mailed_commands.end(), word) != mailed_commands.end();
}

/// Whether no rule of Mailman's default posting chain can match a post, for a list without DMARC
/// mitigation, moderator's password, bans, header matches, limits or automatic replies. Certain for
/// simple posts of members alone: a "no" says nothing.
/// @param list  whose `recipients` are all its members, in lower case
inline bool no_rule_can_match(const queued_message& message, const mailing_list& list) {
    // What Mailman's LMTP runner writes; whatever came back from a moderator has more.
    constexpr std::array<std::string_view, 8> usual{"listid",     "original_size", "received_time",
                                                    "to_list",    "version",       "lang",
                                                    "subaddress", "_parsemsg"};
    for (const auto& [key, item] : message.data.items()) {
        if (std::find(usual.begin(), usual.end(), key) == usual.end()) return false;
    }
    if (!message.data.flag("to_list")) return false;
    const std::string& text = message.text.str();
    const std::string sender = lower(sender_address(text));
    const std::string address = list.name + '@' + list.id.substr(list.name.size() + 1);
    if (std::find(list.recipients.begin(), list.recipients.end(), sender) ==
        list.recipients.end()) {
        return false;
    }
    if (message.text.unix_from() &&
        lower(*message.text.unix_from()).find(sender) == std::string::npos) {
        return false;
    }
    std::size_t senders = 0;
    bool addressed = false;
    bool plain = true;
    bool subject = false;
    (void)for_each_header(text, [&](const header_field& field) {
        const std::string name = lower(field.name);
        const std::string value = lower(unfold(field.value));
        if (name == "from") ++senders;
        if (name == "sender" || name == "reply-to" || name == "list-post" ||
            name.starts_with("approve") || name.starts_with("x-approve") ||
            name.starts_with("x-mailman-rule")) {
            senders += 2;
        }
        if (name == "to") addressed = addressed || value == address;
        if (name == "content-type") plain = value.find("text/plain") != std::string::npos;
        if (name == "subject") {
            subject =
                !value.empty() && qslice::detail::is_ascii(value) && !begins_as_command(value);
        }
    });
    if (senders != 1 || !addressed || !plain || !subject) return false;
    std::string_view body = std::string_view(text).substr(body_offset(text));
    while (!body.empty()) {
        const std::size_t end = std::min(body.find_first_of("\r\n\v\f\x1c\x1d\x1e"), body.size());
        if (begins_as_command(body.substr(0, end))) return false;
        body.remove_prefix(std::min(end + 1, body.size()));
    }
    return true;
}

/// in/ of a running Mailman 3. A message that Mailman has to judge is queued again, unchanged,
/// until its new hash belongs to a slice of Mailman's.
/// @source Mailman 3.3.8 runners/incoming.py, chains/accept.py
struct accepting_runner {
    static constexpr std::string_view class_name = "IncomingRunner";
    static constexpr std::string_view queue = "in";
    static constexpr std::array<std::string_view, 1> flows_to{"pipeline"};

    double pause_s = 0;  ///< between the effect and the end of an entry, so that kills find it

    template <class Site>
    result<disposition> dispose(Site& s, queued_message& message) {
        const auto list = list_of(s, message);
        if (!list) return failure(list.error());
        if (!no_rule_can_match(message, **list)) {
            s.log("vette", "LEFT TO MAILMAN: " + message_id_of(message.text.str()));
            return disposition::keep_queued;
        }
        std::string misses;
        std::vector<std::string> rules;
        for (const std::string_view rule : mailman3_rules) {
            misses.append(misses.empty() ? "" : "; ").append(rule);
            rules.emplace_back(rule);
        }
        queued_message accepted = message;
        set_header(accepted.text.edit(), "X-Mailman-Rule-Misses", misses);
        accepted.data.set("envsender", "noreply@" + (*list)->id.substr((*list)->name.size() + 1));
        accepted.data.set_texts("rule_hits", {});
        accepted.data.set_texts("rule_misses", rules);
        auto queued = s.enqueue("pipeline", accepted.text, std::move(accepted.data));
        if (!queued) return failure(queued.error());
        s.log("vette", "ACCEPT: " + message_id_of(message.text.str()));
        s.world().sleep_for(pause_s);
        return disposition::done;
    }
};

}  // namespace qslice::test
