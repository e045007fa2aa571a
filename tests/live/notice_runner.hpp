/// @file
/// A runner of virgin/ beside Mailman 3's: it prepares the notices and answers that Mailman writes
/// to one person, exactly as Mailman does, and leaves all else to Mailman's runner of the other
/// slice.
#pragma once

#include <qslice/codec/entry_format.hpp>
#include <qslice/core/result.hpp>
#include <qslice/handler/moderate.hpp>
#include <qslice/message/headers.hpp>
#include <qslice/runner/list_work.hpp>
#include <qslice/runner/runner_loop.hpp>

#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace qslice::test {

/// For lists without a description, as the test's are: it would stand in List-Id.
/// @source Mailman 3.3.8 pipelines/virgin.py, handlers/cook_headers.py, handlers/rfc_2369.py
struct notice_runner {
    static constexpr std::string_view class_name = "VirginRunner";
    static constexpr std::string_view queue = "virgin";
    static constexpr std::array<std::string_view, 1> flows_to{"out"};

    template <class Site>
    result<disposition> dispose(Site& s, queued_message& message) {
        const auto list = list_of(s, message);
        if (!list) return failure(list.error());
        const auto type = find_header(message.text, "Content-Type");
        const bool plain = !type || type->value.starts_with("text/plain");
        // Digests get more fields, and parts are written anew.
        if (!plain || !message.data.flag("reduced_list_headers") || message.data.flag("noack")) {
            s.log("vette", "LEFT TO MAILMAN: " + message_id_of(message.text.str()));
            return disposition::keep_queued;
        }
        queued_message cooked = message;
        cooked.data.set("original_sender", sender_address(message.text));
        cook(cooked.text.edit(), (*list)->name, (*list)->id.substr((*list)->name.size() + 1));
        auto queued = s.enqueue("out", cooked.text, std::move(cooked.data));
        if (!queued) return failure(queued.error());
        s.log("vette", "PREPARED: " + message_id_of(message.text.str()));
        return disposition::done;
    }

private:
    static void cook(std::string& text, const std::string& list, const std::string& host) {
        if (!find_header(text, "X-Mailman-Version")) add(text, "X-Mailman-Version", "3.3.8");
        if (!find_header(text, "Precedence")) add(text, "Precedence", "list");
        add(text, "List-Id", '<' + list + '.' + host + '>');
        const auto mail_to = [&](std::string_view suffix, std::string_view query) {
            return "<mailto:" + list + '-' + std::string(suffix) + '@' + host + std::string(query) +
                   '>';
        };
        add(text, "List-Help", mail_to("request", "?subject=help"));
        add(text, "List-Owner", mail_to("owner", ""));
        add(text, "List-Subscribe", mail_to("join", ""));
        add(text, "List-Unsubscribe", mail_to("leave", ""));
    }

    /// At the end of the header, in place of any other of that name.
    static void add(std::string& text, std::string_view name, std::string_view value) {
        remove_header(text, name);
        set_header(text, name, value);
    }
};

}  // namespace qslice::test
