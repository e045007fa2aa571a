/// @file
/// The real world, which also keeps a record of what its process does to queues: which entry it
/// wrote, took, finished or preserved, and when. `qslice-sim check` reads the records of a site.
#pragma once

#include <qslice/core/result.hpp>
#include <qslice/world/detail/posix_journal.hpp>
#include <qslice/world/posix_world.hpp>
#include <qslice/world/world.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <string.h>
#include <unistd.h>

namespace qslice {

namespace detail {

/// What a record says of a message: enough to recognize it in each queue.
struct message_marks {
    std::string_view id;      ///< "<1@example.org>"; empty: it has none
    std::string_view list;    ///< its list's name or id in the metadata
    std::string_view sender;  ///< the address in From:, or the whole field
};

inline std::string_view behind(std::string_view bytes, std::string_view mark) noexcept {
    const auto* at =
        static_cast<const char*>(::memmem(bytes.data(), bytes.size(), mark.data(), mark.size()));
    if (at == nullptr) return {};
    return bytes.substr(static_cast<std::size_t>(at - bytes.data()) + mark.size());
}

/// The first <...> of a header field's line in a pickle, where lines end in "\n" as two characters.
inline std::string_view in_angles(std::string_view field, bool whole) noexcept {
    const std::string_view line = field.substr(0, std::min(field.find('\\'), field.find('\n')));
    const std::size_t open = line.find('<');
    const std::size_t close = line.find('>', open == std::string_view::npos ? 0 : open);
    if (open == std::string_view::npos || close == std::string_view::npos) {
        return whole ? line : std::string_view();
    }
    return whole ? line.substr(open + 1, close - open - 1) : line.substr(open, close - open + 1);
}

/// The list's name or id in the metadata's pickle; empty: there is none.
inline std::string_view list_in(std::string_view metadata) noexcept {
    for (const std::string_view key : {"listname'\n", "Vlistname\n", "listid'\n", "Vlistid\n"}) {
        std::string_view value = behind(metadata, key);
        if (value.starts_with("p")) value = value.substr(value.find('\n') + 1);
        if (value.size() < 2) continue;
        value = value.substr(value.front() == 'V' ? 1 : 2);
        const auto list = value.substr(0, std::min(value.find('\n'), value.find('\'')));
        if (!list.empty()) return list;
    }
    return {};
}

/// Of an entry as Mailman's formats write it: two pickles of protocol 0.
inline message_marks marks_of(std::string_view bytes) noexcept {
    constexpr std::size_t longest_head = 16 * 1024;
    const std::string_view head = bytes.substr(0, longest_head);
    message_marks found;
    for (const std::string_view name : {"Message-ID:", "Message-Id:"}) {
        if (found.id.empty()) found.id = in_angles(behind(head, name), false);
    }
    found.sender = in_angles(behind(head, "From: "), true);
    // Metadata of a message with many recipients are long, most are short.
    for (const std::size_t usual_metadata : {std::size_t{256}, std::size_t{2048}}) {
        if (found.list.empty()) {
            found.list =
                list_in(bytes.substr(bytes.size() - std::min(bytes.size(), usual_metadata)));
        }
    }
    return found;
}

}  // namespace detail

/// Recognizes mail, as Mailman's formats write it.
struct mail_marks {
    static detail::message_marks of(std::string_view bytes) noexcept {
        return detail::marks_of(bytes);
    }
};

/// A world around the real one, or one derived from it. Calls that change an entry's file are noted
/// once they have succeeded; all others pass through. What a site's services do is not seen by a
/// world: they call delivered(), archived() or effect().
///
/// @tparam Marks  `Marks::of(bytes)` says what identifies the item that an entry's bytes hold: an
///                object with the strings `id`, `list` and `sender`. recorded_items.hpp has that of
///                a topology.
/// Copies share the record. It is a file of its own for each process,
/// DIRECTORY/MACHINE.NAME.PID.calls. A process that is killed leaves it complete up to its last
/// call.
/// @complexity a copy of 100 to 300 bytes for a call that is noted, without a system call
/// @safety as of Base
template <class Base = posix_world, class Marks = mail_marks>
requires world<Base>
class recording_world : public Base {
public:
    struct file {
        typename Base::file base;
        std::string written;  ///< the path of an entry that is being written; empty: anything else
    };

    /// @param machine  as the scenario names it, "mx1"
    /// @param process  "IncomingRunner:0:3", or "post" for one that accepts posts
    /// @returns an error if the record cannot be made
    static result<recording_world> make(Base base, const std::string& directory,
                                        std::string_view machine, std::string_view process) {
        std::string path = directory + '/';
        path.append(machine).append(".").append(process);
        path += '.' + std::to_string(::getpid()) + ".calls";
        auto journal = detail::posix_journal::make(path);
        if (!journal) return failure(journal.error());
        (*journal)->add('S', {machine, process});
        return recording_world(std::move(base), *std::move(journal));
    }

    result<file> open(const std::string& path, open_mode mode, permissions bits) {
        auto opened = Base::open(path, mode, bits);
        if (!opened) return failure(opened.error());
        const bool is_entry = mode != open_mode::read && path.ends_with(".pck.tmp");
        return file{*std::move(opened), is_entry ? path : std::string()};
    }
    result<void> write(file& f, std::string_view bytes) {
        auto done = Base::write(f.base, bytes);
        if (done && !f.written.empty()) {
            const auto marks = Marks::of(bytes);
            char size[24];
            const auto end = std::to_chars(size, size + sizeof size, bytes.size()).ptr;
            journal_->add('W', {f.written, marks.id, marks.list, marks.sender,
                                std::string_view(size, static_cast<std::size_t>(end - size))});
        }
        return done;
    }
    result<std::string> read(file& f) { return Base::read(f.base); }
    result<void> sync(file& f) { return Base::sync(f.base); }
    result<void> close(file& f) { return Base::close(f.base); }

    result<void> rename(const std::string& from, const std::string& to) {
        auto done = Base::rename(from, to);
        if (done && is_noted(from)) journal_->add('N', {from, to});
        return done;
    }
    result<void> rename_new(const std::string& from, const std::string& to) {
        auto done = Base::rename_new(from, to);
        if (done && is_noted(from)) journal_->add('N', {from, to});
        return done;
    }
    result<void> link(const std::string& from, const std::string& to) {
        auto done = Base::link(from, to);
        if (done && is_noted(from)) journal_->add('L', {from, to});
        return done;
    }
    result<void> remove(const std::string& path) {
        auto done = Base::remove(path);
        if (done && is_noted(path)) journal_->add('R', {path});
        return done;
    }
    void log(std::string_view name, std::string_view line) {
        if (name != "qrunner") journal_->add('G', {name, line});
        Base::log(name, line);
    }

    /// A message has been handed to the mail server for so many recipients.
    void delivered(std::string_view message_id, std::string_view list, std::size_t recipients) {
        journal_->add('D', {message_id, list, std::to_string(recipients)});
    }
    /// A message is in the list's archive.
    void archived(std::string_view message_id, std::string_view list) {
        journal_->add('A', {message_id, list});
    }
    /// An effect of an item outside the queues, by the name that the topology's simulated services
    /// report it.
    /// @param id, list  as Marks::of has them
    void effect(std::string_view name, std::string_view id, std::string_view list) {
        journal_->add('F', {name, id, list});
    }

private:
    recording_world(Base base, std::shared_ptr<detail::posix_journal> journal)
        : Base(std::move(base)), journal_(std::move(journal)) {}

    static bool is_noted(std::string_view path) noexcept {
        return path.ends_with(".pck") || path.ends_with(".bak") || path.ends_with(".psv") ||
               path.ends_with(".pck.tmp");
    }

    std::shared_ptr<detail::posix_journal> journal_;
};

static_assert(world<recording_world<>>);

}  // namespace qslice
