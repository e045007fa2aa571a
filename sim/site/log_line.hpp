/// @file
/// One parsed entry of a Mailman log: when, by which process, and what it reports. site_history.hpp
/// merges the entries of all machines.
#pragma once

#include <qslice/core/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace qslice::sim::diagnosis {

/// "IncomingRunner qrunner started."; Mailman 3: "in runner started."
struct runner_started {
    std::string runner;
};

/// "IncomingRunner qrunner caught SIGTERM.  Stopping."
struct runner_caught {
    std::string runner;
    std::string signal;  ///< "SIGTERM"; "SIGHUP" only reopens the logs
};

/// "IncomingRunner qrunner exiting."
struct runner_exiting {
    std::string runner;
};

/// "Master started" (Mailman 3), "Master watcher caught SIGTERM.  Exiting.", "Master stopped".
struct master_event {
    enum class what { started, caught, stopped };
    what happened = what::started;
    std::string signal;
};

/// "Master qrunner detected subprocess exit (pid: 11516, sig: None, sts: 15, class:
/// IncomingRunner, slice: 1/3) [restarting]"; Mailman 3 says "why: SIGNAL 15" or "why: EXIT 0".
struct subprocess_exit {
    std::uint64_t pid = 0;
    std::optional<std::int64_t> signal;
    std::optional<std::int64_t> status;
    std::string runner;
    std::uint64_t slice = 0;  ///< from 0; the log counts from 1
    std::uint64_t slices = 1;
    bool restarting = false;
};

/// "Qrunner NAME reached maximum restart limit of 10, not restarting."
struct restart_limit {
    std::string runner;
    std::uint64_t limit = 0;
};

/// "<id> smtp to LIST for N recips, completed in S.SSS seconds": one entry of out/ was sent.
struct delivered {
    std::string message_id;
    std::string list;
    std::uint64_t recipients = 0;
    double seconds = 0;
};

/// "post to LIST from SENDER, size=N, message-id=<ID>, success", "<ID> post to LIST from SENDER,
/// N bytes[, N failures]", "delivery to RECIPIENT failed with code ...".
struct posted {
    std::string list;
    bool success = true;
};

/// An action of moderation: "Message discarded, msgid: ...", "LIST post from SENDER held, ...",
/// "DISCARD: ...", "HOLD: ...", "REJECT: ...", "ACCEPT: ...".
struct vetted {
    enum class what { held, discarded, rejected, accepted };
    what happened = what::discarded;
};

/// An entry that failed, by the name of its file.
struct entry_trouble {
    enum class what {
        shunted,         ///< "SHUNTING: BASE", "... shunting message for missing list: ..."
        shunt_failed,    ///< "SHUNTING FAILED, preserving original entry: BASE"
        unparseable,     ///< "Skipping and preserving unparseable message: BASE"
        bak_unreadable,  ///< "Unpickling .bak exception: ...", with the file preserved
        bak_limit,       ///< ".bak file max count, preserving file: BASE"
    };
    what happened = what::shunted;
    std::string base;
};

/// "Uncaught runner exception: ...", "Traceback (most recent call last):" and the text after it.
struct exception_text {
    std::string text;
    /// The error of Mailman 2.1's files() about a file name that it cannot parse.
    bool about_a_name = false;
};

/// A well-formed entry about something else.
struct other_text {};

using log_event = std::variant<runner_started, runner_caught, runner_exiting, master_event,
                               subprocess_exit, restart_limit, delivered, posted, vetted,
                               entry_trouble, exception_text, other_text>;

/// One entry of a log.
struct log_line {
    std::int64_t local_s = 0;  ///< its local time, in seconds without a time zone
    std::uint64_t pid = 0;     ///< of the process that wrote it
    log_event event = other_text{};
};

/// The entry's stamp, "May 24 15:23:34 2014 (11512) " or "May 24 15:23:34 2014 qrunner(11512): "
/// (as Mailman 2.1 stamps what a process writes to standard error), and the text after it.
struct stamped_text {
    std::int64_t local_s = 0;
    std::uint64_t pid = 0;
    std::string_view text;
};

/// Quotation marks ("> ") before it are skipped, so that lines can be pasted from a mail.
/// @returns nothing if the line does not begin with a stamp
std::optional<stamped_text> read_stamp(std::string_view line) noexcept;

/// Parses an entry.
/// @param entry  its lines, separated by '\n'
/// @returns the entry; `malformed` if it does not begin with a stamp
/// @safety does not fail otherwise, whatever the bytes; linear in their number
/// @source Mailman 2.1 mailmanctl, qrunner, SMTPDirect, Switchboard, Runner; Mailman 3.3.8
///         bin/master.py, bin/runner.py, core/runner.py, core/switchboard.py, mta/deliver.py
result<log_line> parse_log_line(std::string_view entry);

/// Whether a line without a stamp can belong to an entry with that text: the second line of
/// "detected subprocess exit", the trace of an exception, the details of a discarded message.
bool continues(std::string_view entry, std::string_view line) noexcept;

}  // namespace qslice::sim::diagnosis
