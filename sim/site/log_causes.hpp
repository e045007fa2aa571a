/// @file
/// What to do about causes that have one remedy wherever they appear: a full disk, permissions, a
/// database that is away, a key that HyperKitty refuses. log_findings.hpp tells them before what
/// to do about the trouble itself.
#pragma once

#include "sim/site/log_topic.hpp"

#include <array>
#include <optional>
#include <string_view>

namespace qslice::sim::diagnosis {

/// A cause, known by any of its marks in the text of an exception or an answer.
struct known_cause {
    std::array<std::string_view, 5> marks;  ///< the unused ones are empty
    std::string_view to_do;
    std::optional<log_topic> topic{};  ///< of which alone the marks mean it
    bool instead = false;              ///< of the topic's own advice, which does not fit it
};

/// @source Python's errno texts; SQLAlchemy's errors; mailman-hyperkitty's "(status)" behind the
///         web server's answer; HyperKitty's views/mailman.py for 401 and 403
inline constexpr std::array known_causes{
    known_cause{{"No space left on device", "Disk quota exceeded"},
                "Free space or inodes on the file system first ('df -h', 'df -i'): whatever is "
                "handled meanwhile fails in the same way."},
    known_cause{{"Permission denied", "Operation not permitted"},
                "Give the path named to Mailman's user and group, as its neighbours are (2.1: "
                "'check_perms -f' as root). If owner and mode are right already, look for a "
                "denial by SELinux or AppArmor: 'ausearch -m avc -ts recent', 'dmesg'."},
    known_cause{{"Read-only file system"},
                "The file system is mounted read-only, as after an error of the disk: see dmesg, "
                "and mount it for writing before anything is queued again."},
    known_cause{{"Stale file handle", "Stale NFS file handle"},
                "The shared file system was exported or mounted anew: mount it again on this "
                "machine, then stop and start Mailman there."},
    known_cause{{"Too many open files"},
                "Raise the limit of open files of Mailman's service (LimitNOFILE, ulimit -n), then "
                "stop and start Mailman."},
    known_cause{{"Cannot allocate memory", "MemoryError"},
                "The machine's memory was used up: see what used it before the messages are queued "
                "again."},
    known_cause{{"database is locked"},
                "SQLite admits one writer at a time, and Mailman's runners are several: move to "
                "PostgreSQL or MySQL ([database] in mailman.cfg)."},
    known_cause{{"OperationalError", "PendingRollbackError", "invalid transaction is rolled back",
                 "InterfaceError", "transaction has been rolled back"},
                "See that the database runs, and takes Mailman's connection. A runner whose "
                "connection was broken can go on failing when the database is back, so restart "
                "Mailman ('mailman restart') before the messages are queued again."},
    known_cause{{"not a power of 2"},
                "Mailman 3 takes only 1, 2, 4, 8, ... instances of a runner: correct 'instances' "
                "in mailman.cfg. Until then its master starts no runner at all."},
    known_cause{{"MultipleResultsFound"},
                "The database has the same row twice (two processes inserted it at once), so each "
                "message fails until one of the two is deleted."},
    known_cause{{"(401)"},
                "HyperKitty refuses Mailman's key: api_key in mailman-hyperkitty.cfg has to equal "
                "MAILMAN_ARCHIVER_KEY in the settings of the web interface.",
                log_topic::archiver},
    known_cause{{"(403)"},
                "HyperKitty refuses Mailman's address: add it to MAILMAN_ARCHIVER_FROM in the "
                "settings of the web interface.",
                log_topic::archiver},
    known_cause{{"(400)"},
                "The web interface refuses the request: add the host of base_url "
                "(mailman-hyperkitty.cfg) to ALLOWED_HOSTS in its settings.",
                log_topic::archiver},
    known_cause{{"(404)"},
                "There is no HyperKitty at base_url (mailman-hyperkitty.cfg): correct its path.",
                log_topic::archiver},
    known_cause{{"(500)"},
                "HyperKitty itself fails: the log of the web interface (mailman-web.log) has the "
                "exception.",
                log_topic::archiver},
    known_cause{{"(502)", "(503)", "(504)"},
                "The web server answers, but the web interface behind it (uwsgi or gunicorn) does "
                "not run or takes too long: see its service and log.",
                log_topic::archiver},
    known_cause{{"CERTIFICATE_VERIFY_FAILED", "certificate verify failed"},
                "The mail server's certificate is not trusted: set smtp_host to the name that it "
                "was issued for and install its issuer's certificate, or see smtp_verify_cert in "
                "[mta]. out/ and retry/ grow until then; what is in retry/ is dropped after 5 "
                "days.",
                log_topic::mail_server_down,
                true},
    known_cause{{"Name or service not known", "Temporary failure in name resolution",
                 "nodename nor servname"},
                "The mail server's name cannot be resolved on this machine: correct smtp_host in "
                "[mta] (2.1: SMTPHOST), or /etc/hosts and /etc/resolv.conf. out/ and retry/ grow "
                "until then; what is in retry/ is dropped after 5 days.",
                log_topic::mail_server_down,
                true},
    known_cause{{"Name or service not known", "Temporary failure in name resolution",
                 "nodename nor servname"},
                "The name of the host cannot be resolved on this machine: correct the name, or "
                "/etc/hosts and /etc/resolv.conf."},
    known_cause{{"(535,", "(534,", "authentication failed", "SMTPAuthenticationError",
                 "no suitable authentication method"},
                "The mail server runs, but refuses Mailman's login: correct smtp_user and "
                "smtp_pass in [mta] (2.1: SMTP_USER and SMTP_PASSWD), or let it relay from this "
                "machine without one. out/ and retry/ grow until then; what is in retry/ is "
                "dropped after 5 days.",
                {},
                true},
    known_cause{
        {"(530,", "Must issue a STARTTLS", "authentication required", "Authentication required"},
        "The mail server runs, but wants a login or TLS: set smtp_user, smtp_pass and "
        "smtp_secure_mode in [mta] (2.1: SMTP_AUTH, SMTP_USE_TLS), or let it relay from "
        "this machine without. out/ and retry/ grow until then; what is in retry/ is "
        "dropped after 5 days.",
        log_topic::mail_server_down,
        true},
    known_cause{
        {"WRONG_VERSION_NUMBER", "STARTTLS extension not supported", "wrong version number"},
        "The mail server runs, but not with the TLS that Mailman expects on that port: "
        "correct smtp_secure_mode and smtp_port in [mta] (2.1: SMTP_USE_TLS, SMTPPORT). "
        "out/ and retry/ grow until then; what is in retry/ is dropped after 5 days.",
        log_topic::mail_server_down,
        true},
    known_cause{{"Insufficient system storage"},
                "The mail server's disk is full: free space there."},
    known_cause{{"KeyFormatError"},
                "The private key for ARC ([ARC] private_key) cannot be used. Messages are sent "
                "without that signature.",
                log_topic::files},
};

/// The first cause whose mark is in the text.
constexpr const known_cause* find_cause(std::string_view text, log_topic topic) noexcept {
    for (const known_cause& cause : known_causes) {
        if (cause.topic && *cause.topic != topic) continue;
        for (const std::string_view mark : cause.marks) {
            if (!mark.empty() && text.find(mark) != std::string_view::npos) return &cause;
        }
    }
    return nullptr;
}

}  // namespace qslice::sim::diagnosis
