/// @file
/// Digests: posts collected in a list's digest.mbox and sent as one message.
/// The to_digest handler collects them; a digest is sent at a size threshold or by a periodic job.
#pragma once

#include <qslice/codec/metadata.hpp>
#include <qslice/core/result.hpp>
#include <qslice/handler/pipeline.hpp>
#include <qslice/message/dates.hpp>
#include <qslice/message/headers.hpp>
#include <qslice/runner/list_lock.hpp>
#include <qslice/runner/mailing_list.hpp>
#include <qslice/world/detail/whole_file.hpp>
#include <qslice/world/world.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace qslice {

namespace detail {

template <class Site>
std::string digest_path(const Site& s, const mailing_list& list) {
    return s.list_directory(list.name) + "/digest.mbox";
}

/// A post in mbox format: a "From " line first, and ">From " for such lines in the text.
/// @param now  the time at which it is added
/// @source RFC 4155
inline std::string as_mbox_entry(std::string_view text, timestamp now) {
    std::string sender(sender_address(text));
    if (sender.empty() || sender.find_first_of(" \t\r\n") != std::string::npos) {
        sender = "MAILER-DAEMON";
    }
    std::string entry = "From " + sender + ' ' + mbox_date(now) + '\n';
    entry.reserve(entry.size() + text.size() + 16);
    while (!text.empty()) {
        if (text.starts_with("From ")) entry += '>';
        const std::size_t next = std::min(text.find("\nFrom "), text.size() - 1) + 1;
        entry += text.substr(0, next);
        text.remove_prefix(next);
    }
    if (!entry.ends_with('\n')) entry += '\n';
    entry += '\n';
    return entry;
}

inline std::string digest_message(const mailing_list& list, std::string_view mbox, timestamp now) {
    const std::string& host = list.id.empty() ? list.name : list.id;
    std::string text;
    text.reserve(mbox.size() + 512);
    text += "From: " + list.name + "-request\nSubject: " + list.name +
            " Digest\nMessage-ID: <digest." + to_repr(now) + '@' + host +
            ">\nDate: " + mail_date(now) +
            "\nMIME-Version: 1.0\nContent-Type: application/mbox\n\n";
    text += mbox;
    return text;
}

}  // namespace detail

/// Sends the posts in a list's digest.mbox: queues one message in virgin/, then removes the file.
/// Call it with the list's lock held.
///
/// A crash between the two steps sends the same posts again; nothing is lost.
/// @returns whether there was anything to send
/// @source Mailman 2.1 Handlers/ToDigest.py, send_digests
template <class Site>
result<bool> send_digest(Site& s, const mailing_list& list) {
    const std::string path = detail::digest_path(s, list);
    auto file = s.world().open(path, open_mode::read, entry_permissions);
    if (!file && file.error().code == error_code::not_found) return false;
    if (!file) return failure(file.error());
    const auto mbox = detail::read_whole(s.world(), *file);
    if (!mbox) return failure(mbox.error());

    using format = typename Site::traits::format;
    metadata data;
    format::set_list(data, list.name, list.id);
    data.set("listid", list.id);  // for people; Mailman 3 alone reads it
    data.set("isdigest", true);
    format::set_recipients(data, list.digest_recipients);
    auto queued =
        s.enqueue("virgin", detail::digest_message(list, *mbox, s.world().now()), std::move(data));
    if (!queued) return failure(queued.error());
    return s.world().remove(path).transform([] { return true; });
}

/// Sends a digest that has grown to its threshold at once.
struct digest_at_once {
    static constexpr std::array<std::string_view, 1> flows_to{"virgin"};

    template <class Site>
    static result<void> send(Site& s, const mailing_list& list) {
        return send_digest(s, list).transform([](bool) {});
    }
};

/// Leaves it to the runner of digest/, which gets a message without text for the list. What has
/// been collected stays where it is until that runner sends it, so that a crash loses nothing and
/// a second request finds nothing to do: one more comes with each post that is collected before the
/// runner of digest/ has answered the first. Nothing is requested for a list that collected
/// nothing.
struct digest_by_queue {
    static constexpr std::array<std::string_view, 1> flows_to{"digest"};

    template <class Site>
    static result<void> send(Site& s, const mailing_list& list) {
        const auto collected = s.world().information(detail::digest_path(s, list));
        if (!collected && collected.error().code == error_code::not_found) return {};
        if (!collected) return failure(collected.error());
        metadata data;
        Site::traits::format::set_list(data, list.name, list.id);
        return s.enqueue("digest", "", std::move(data)).transform([](const std::string&) {});
    }
};

/// Adds a post to its list's digest.mbox, and sends the digest once the file reaches the list's
/// threshold. Digests themselves are not collected.
/// @source Mailman 2.1 Handlers/ToDigest.py
template <class Sender>
struct basic_to_digest {
    static constexpr std::string_view name = "ToDigest";
    static constexpr auto flows_to = Sender::flows_to;

    template <class Site>
    result<verdict> operator()(Site& s, post& p) const {
        return collects(p) ? collect(s, p) : verdict::next;
    }

protected:
    static bool collects(const post& p) {
        return !p.list.digest_recipients.empty() && !p.message.data.flag("isdigest");
    }

    template <class Site>
    static result<verdict> collect(Site& s, post& p) {
        if (auto added = append(s, p); !added) return failure(added.error());
        if (p.list.digest_threshold_bytes == 0) return verdict::next;
        auto size = s.world().information(detail::digest_path(s, p.list));
        if (!size) return failure(size.error());
        if (size->size_bytes >= p.list.digest_threshold_bytes) {
            if (auto sent = Sender::send(s, p.list); !sent) return failure(sent.error());
        }
        return verdict::next;
    }

private:
    template <class Site>
    static result<void> append(Site& s, const post& p) {
        const std::string path = detail::digest_path(s, p.list);
        auto file = s.world().open(path, open_mode::append, entry_permissions);
        if (!file && file.error().code == error_code::not_found) {
            auto made =
                s.world().make_directory(s.list_directory(p.list.name), directory_permissions);
            if (!made) return made;
            if (auto kept = s.sync_directory(s.list_directory("")); !kept) return kept;
            file = s.world().open(path, open_mode::append, entry_permissions);
        }
        if (!file) return failure(file.error());
        const std::string entry = detail::as_mbox_entry(p.message.text, s.world().now());
        if (auto written = s.world().write(*file, entry); !written) return written;
        if (auto synced = s.world().sync(*file); !synced) return synced;
        if (auto closed = s.world().close(*file); !closed) return closed;
        // The file may be new, or its creator may have crashed before the name was durable.
        return s.sync_directory(s.list_directory(p.list.name));
    }
};

/// Mailman 2.1's way: the runner that collects the last post makes the digest.
struct to_digest : basic_to_digest<digest_at_once> {};

/// Mailman 3's way: another runner makes it. The list is locked for this step alone; if others
/// hold its lock for too long, the post stays queued and resumes here.
/// @source Mailman 3.3.8 handlers/to_digest.py, which locks the mailbox instead
struct to_digest_queue : basic_to_digest<digest_by_queue> {
    template <class Site>
    result<verdict> operator()(Site& s, post& p) const {
        if (!collects(p)) return verdict::next;
        auto lock = lock_list(s, p.list);
        if (!lock) {
            if (lock.error().code == error_code::timed_out) return verdict::later;
            return failure(lock.error());
        }
        auto decided = collect(s, p);
        lock->release();
        return decided;
    }
};

}  // namespace qslice
