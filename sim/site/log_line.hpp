/// @file
/// One parsed entry of a Mailman log: when, by which process, and what it reports. site_history.hpp
/// merges the entries of all machines.
#pragma once

#include "sim/site/log_formats.hpp"
#include "sim/site/log_stamp.hpp"

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
    std::string_view message_id{};  ///< within the entry's text, as those below
    std::string_view list{};
    std::uint64_t recipients = 0;
    double seconds = 0;
};

/// "post to LIST from SENDER, size=N, message-id=<ID>, success", "<ID> post to LIST from SENDER,
/// N bytes[, N failures]", "delivery to RECIPIENT failed with code ...".
struct posted {
    std::string_view list{};
    bool success = true;
    bool notice = false;  ///< from an address of Mailman's own: LIST-request, LIST-bounces
    std::string_view message_id{};
    std::string_view answer{};  ///< the mail server's to one recipient: "550: 5.1.1 User unknown"
};

/// What the mail server's answer to one recipient means; nothing for one that has no code of SMTP's
/// (-1: no connection).
std::optional<log_topic> topic_of_answer(std::string_view answer);

/// An action of moderation: "Message discarded, msgid: ...", "LIST post from SENDER held, ...",
/// "DISCARD: ...", "HOLD: ...", "REJECT: ...", "ACCEPT: ...".
struct vetted {
    enum class what { held, discarded, rejected, accepted };
    what happened = what::discarded;
    std::string_view message_id{};
};

/// Which slice a process serves: "[32305] archive:0:4" of Mailman 3's master, "starting: [...,
/// '--runner=archive:0:4']" of the process itself; both at log level debug.
struct slice_named {
    std::uint64_t pid = 0;
    std::string runner;
    std::uint64_t slice = 0;  ///< from 0
    std::uint64_t slices = 1;
};

/// "[OutgoingRunner] ending oneloop: 3" (Mailman 3, at log level debug): a look at a queue.
struct looked {
    std::uint64_t found = 0;  ///< entries
};

/// An entry that tells of trouble.
struct trouble_entry {
    log_topic topic = log_topic::exception;
    std::string cause;       ///< the exception, the mail server's answer, or the entry's first line
    std::string base;        ///< of the entry concerned, if it is named
    std::string message_id;  ///< if it is named
    std::string list;        ///< if it is named
    bool uncaught = false;   ///< "Uncaught runner exception: ...", whose trace and result follow
    bool has_trace = false;
    const log_format* format = nullptr;  ///< null: a bare trace, or of gunicorn
};

/// An entry of a known format that needs nothing.
struct routine_text {
    std::string_view message_id{};  ///< within the entry's text
};

/// A stamped entry of no format that Mailman has.
struct other_text {};

using log_event = std::variant<runner_started, runner_caught, runner_exiting, master_event,
                               subprocess_exit, restart_limit, delivered, posted, vetted,
                               slice_named, looked, trouble_entry, routine_text, other_text>;

/// One entry of a log.
struct log_line {
    std::int64_t local_s = 0;  ///< its local time, in seconds without a time zone
    std::uint64_t pid = 0;     ///< of the process that wrote it
    log_event event = other_text{};
    bool whole = true;  ///< all lines of the entry belong to it
};

/// What a program of Mailman wrote to standard error before it ended: the trace of an exception,
/// or that the master's lock is held.
/// @param program  as Mailman 2.1 names it in its log of errors; empty where that is not known
/// @source Mailman 2.1 scripts/driver (admin), scripts/post and others, bin/qrunner
trouble_entry parse_standard_error(std::string_view program, std::string_view lines);

/// Parses an entry.
/// @param entry  its lines, separated by '\n', the first without what precedes its stamp
/// @returns the entry; `malformed` if it begins neither with a stamp nor as gunicorn's
/// @safety does not fail otherwise, whatever the bytes; linear in their number
/// @source Mailman 2.1 mailmanctl, qrunner, SMTPDirect, Switchboard, Runner; Mailman 3.3.8
///         bin/master.py, bin/runner.py, core/runner.py, core/switchboard.py, mta/deliver.py;
///         log_formats.hpp for the others
result<log_line> parse_log_line(std::string_view entry);

/// The same for an entry whose stamp has been read.
/// @param stamp  its text has all lines of the entry
log_line parse_stamped(const stamped_text& stamp);

}  // namespace qslice::sim::diagnosis
