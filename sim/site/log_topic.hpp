/// @file
/// What an entry of Mailman's logs can be about, and what that means for messages, as one table.
/// log_formats.hpp says which entries are about what; history_findings.hpp tells it to people.
#pragma once

#include "sim/record/closed_set.hpp"
#include "sim/site/finding.hpp"

#include <array>
#include <string_view>

namespace qslice::sim::diagnosis {

/// What an entry is about.
enum class log_topic {
    routine,
    shunted,
    missing_list,
    shunt_failed,
    thrown_away,
    given_up,
    preserved,
    bak_limit,
    bak_unreadable,
    bak_stays,
    raced,
    mail_server_down,
    mail_server_refuses,
    relay_denied,
    refused_dmarc,
    refused_listed,
    put_off,
    refused,
    archiver,
    archive_lost,
    malformed_name,
    runner_died,
    not_taken_in,
    web_page,
    stale_pid,
    exception,
    list_unreadable,
    lock,
    master_lock,
    usenet,
    lmtp,
    rest,
    bounces,
    settings,
    files,
};

/// What becomes of the message that an entry is about.
enum class log_fate {
    none,       ///< the entry is about no message
    waits,      ///< it stays queued and is tried again without anyone's help
    spared,     ///< it goes its way, but not where the entry says that it failed to go
    set_aside,  ///< it is kept where no runner takes it
    lost,       ///< it is gone
};

/// A topic, as a finding tells it.
struct topic_row {
    std::string_view name;  ///< of the finding, for programs
    log_topic value{};
    severity weight = severity::attention;
    log_fate fate = log_fate::none;
    std::string_view one;   ///< after "1"
    std::string_view many;  ///< after a larger number
    std::string_view to_do21;
    std::string_view to_do3;  ///< empty: the same
};

/// @source Mailman 2.1.39 and 3.3.8: what the code does around each call of their loggers
inline constexpr std::array log_topics{
    topic_row{"routine", log_topic::routine, severity::note, log_fate::none, "", "", "", ""},
    topic_row{
        "shunted", log_topic::shunted, severity::attention, log_fate::set_aside,
        "message was set aside into shunt/", "messages were set aside into shunt/",
        "Remove the cause first. Look at them with 'qslice-sim inspect FILE', delete spam and what "
        "is too old to post; bin/unshunt then queues all that is left where each failed. A message "
        "that failed in out/ may have reached some recipients already: they get it again.",
        "Remove the cause first. Look at them with 'mailman qfile FILE', delete spam and what is "
        "too old to post; 'mailman unshunt' then queues all that is left where each failed. A "
        "message that failed in out/ may have reached some recipients already: they get it again."},
    topic_row{
        "missing-list", log_topic::missing_list, severity::attention, log_fate::set_aside,
        "message for a list that does not exist was set aside into shunt/",
        "messages for lists that do not exist were set aside into shunt/",
        "Was the list renamed or removed, or is its directory not mounted on this machine? Once "
        "the list is back, unshunt queues them again; otherwise delete them.",
        ""},
    topic_row{"shunt-failed", log_topic::shunt_failed, severity::attention, log_fate::set_aside,
              "message could not be set aside into shunt/ and was kept as .psv",
              "messages could not be set aside into shunt/ and were kept as .psv",
              "Check the disk's space and the permissions of shunt/ and bad/, where they are.", ""},
    topic_row{
        "lost", log_topic::thrown_away, severity::attention, log_fate::lost,
        "unreadable entry was thrown away: its message is lost",
        "unreadable entries were thrown away: their messages are lost",
        "Set QRUNNER_SAVE_BAD_MESSAGES = Yes in mm_cfg.py, so that such entries are kept in bad/. "
        "A full disk or a writer that was killed leaves unreadable entries.",
        ""},
    topic_row{"given-up", log_topic::given_up, severity::attention, log_fate::lost,
              "message was given up after days of temporary failures: the recipients left are lost",
              "messages were given up after days of temporary failures: the recipients left are "
              "lost",
              "Find in smtp-failure why the mail server refused them.",
              "Find in smtp.log why the mail server refused them; the sender can post again."},
    topic_row{
        "preserved", log_topic::preserved, severity::attention, log_fate::set_aside,
        "entry could not be read and was kept as .psv",
        "entries could not be read and were kept as .psv",
        "Look at each in bad/ (or shunt/) with 'qslice-sim inspect FILE'. Before it is queued "
        "again, check in smtp or post that its Message-ID was not sent.",
        "Look at each in bad/ with 'qslice-sim inspect FILE'. Before it is queued again, check in "
        "smtp.log that its Message-ID was not sent."},
    topic_row{
        "bak-limit", log_topic::bak_limit, severity::attention, log_fate::set_aside,
        "entry was kept as .psv after its runner had died three times while working on it",
        "entries were kept as .psv after their runners had died three times while working on them",
        "Find in the error and qrunner logs why the runner dies. The entry's counter (_bak_count) "
        "stays at 3, so one renamed to .pck is kept as .psv again after one more death: post the "
        "message anew, or reset the counter. If it failed in out/, some recipients may have it.",
        ""},
    topic_row{"bak-unreadable", log_topic::bak_unreadable, severity::attention, log_fate::set_aside,
              "entry of a runner that had died could not be read and was kept as .psv",
              "entries of runners that had died could not be read and were kept as .psv",
              "Look at each in bad/ with 'qslice-sim inspect FILE'.", ""},
    topic_row{
        "bak-stays", log_topic::bak_stays, severity::attention, log_fate::none,
        "finished entry's .bak could not be removed", "finished entries' .bak could not be removed",
        "Repair the permissions or the file system. At the next start of its runner each .bak that "
        "is still there is queued again, and its message is sent a second time: if smtp or post "
        "show its Message-ID as sent, delete the .bak before that.",
        ""},
    topic_row{
        "two-runners", log_topic::raced, severity::attention, log_fate::none,
        "entry was taken by two runners at once", "entries were taken by two runners at once",
        "Two runners serve one slice: a second master on this machine, or a machine that shares "
        "the queues and runs the same slice. Give each slice to one runner.",
        ""},
    topic_row{"mail-server-down", log_topic::mail_server_down, severity::attention, log_fate::waits,
              "connection to the mail server failed", "connections to the mail server failed",
              "Start the mail server, or correct SMTPHOST and SMTPPORT in mm_cfg.py. out/ grows "
              "until it answers, and so does retry/; nothing is lost unless that takes "
              "DELIVERY_RETRY_PERIOD (5 days): what is in retry/ is then dropped without an entry "
              "in the logs.",
              "Start the mail server, or correct smtp_host and smtp_port in [mta] of mailman.cfg. "
              "out/ grows until it answers, and so does retry/; nothing is lost unless that takes "
              "delivery_retry_period (5 days): what is in retry/ is then dropped."},
    topic_row{
        "mail-server-refuses", log_topic::mail_server_refuses, severity::attention, log_fate::none,
        "delivery was refused by the mail server", "deliveries were refused by the mail server",
        "Read its answer and its own log. Codes 4xx and 552 are tried again from retry/, for 5 "
        "days. Others are final: a refused recipient counts as a bounce; after 'SMTP session "
        "failure', where the message or its sender is refused, no recipient of that delivery gets "
        "it, and Mailman reports it to nobody.",
        "Read its answer and its own log. Codes 4xx and 552 are tried again from retry/, for 5 "
        "days. Others are final for the recipients concerned, and count as bounces."},
    topic_row{
        "relay-denied", log_topic::relay_denied, severity::attention, log_fate::none,
        "recipient was refused since the mail server does not relay for Mailman",
        "recipients were refused since the mail server does not relay for Mailman",
        "Let it relay from this machine's address (Postfix: mynetworks), or correct SMTPHOST. "
        "These refusals are final: those recipients do not get the posts, and they count as "
        "bounces.",
        "Let it relay from this machine's address (Postfix: mynetworks; a container's address is "
        "not localhost), or correct smtp_host in [mta]. These refusals are final: those recipients "
        "do not get the posts, and they count as bounces."},
    topic_row{
        "refused-dmarc", log_topic::refused_dmarc, severity::attention, log_fate::none,
        "recipient was refused because of the DMARC policy of a poster's domain",
        "recipients were refused because of the DMARC policy of a poster's domain",
        "Set dmarc_moderation_action (since 2.1.18: Privacy options, Sender filters) to Munge From "
        "or Wrap Message for the lists concerned. These refusals are final, and count as bounces, "
        "which can disable members whose addresses are in order.",
        "Set DMARC mitigations (dmarc_mitigate_action) to replace From: or wrap the message for "
        "the lists concerned. These refusals are final, and count as bounces, which can disable "
        "members whose addresses are in order."},
    topic_row{
        "refused-listed", log_topic::refused_listed, severity::attention, log_fate::none,
        "recipient was refused because this site's address is on a blocklist or has a bad "
        "reputation",
        "recipients were refused because this site's address is on a blocklist or has a bad "
        "reputation",
        "See what the answer names, and have the address of the mail server removed from there. "
        "Refusals with 5xx are final, and count as bounces.",
        ""},
    topic_row{"put-off", log_topic::put_off, severity::note, log_fate::waits,
              "recipient was refused for now (4xx), as greylisting does",
              "recipients were refused for now (4xx), as greylisting does",
              "They are tried again from retry/, every 15 minutes for up to 5 days.", ""},
    topic_row{"refused", log_topic::refused, severity::note, log_fate::none,
              "recipient was refused for good (5xx)", "recipients were refused for good (5xx)",
              "Read the answers. Each counts as a bounce of its recipient.", ""},
    topic_row{
        "archiver", log_topic::archiver, severity::attention, log_fate::spared,
        "message was not archived", "messages were not archived",
        "Delivery is not affected. Repair the archiver that the entry names. Mailman does not "
        "try again by itself: bin/arch rebuilds an archive from the list's mbox, if that has "
        "the messages.",
        "Delivery is not affected. Repair the archiver that the entry names: for HyperKitty "
        "its base_url, api_key and certificate in mailman-hyperkitty.cfg. HyperKitty's "
        "messages wait in var/archives/hyperkitty/spool and are tried again with the next "
        "post; they are not lost and not in shunt/. Other archivers do not try again."},
    topic_row{"archive-lost", log_topic::archive_lost, severity::attention, log_fate::lost,
              "message is missing in an archive for good",
              "messages are missing in an archive for good",
              "It was delivered; add it to the archive from a copy.", ""},
    topic_row{"malformed-name", log_topic::malformed_name, severity::attention, log_fate::none,
              "time a runner died because of a file name in its queue",
              "times a runner died because of a file name in its queue",
              "Find the file with 'qslice-sim inspect DIRECTORY', move it out of the queue, then "
              "stop and start Mailman.",
              ""},
    topic_row{"runner-exception", log_topic::runner_died, severity::attention, log_fate::none,
              "runner ended by an exception", "runners ended by exceptions",
              "Remove the cause. The master starts such a runner again, at most 10 times in all; "
              "then stop and start Mailman. Until then nobody takes from its queue.",
              "Remove the cause, then stop and start Mailman: the master does not start such a "
              "runner again. Until then nobody takes from its queue."},
    topic_row{"not-taken-in", log_topic::not_taken_in, severity::attention, log_fate::none,
              "message could not be taken from the mail server",
              "messages could not be taken from the mail server",
              "Mailman's program failed before the message was queued, so the mail server has "
              "returned it to its sender or tries again: see its log.",
              ""},
    topic_row{"web-page", log_topic::web_page, severity::attention, log_fate::none,
              "page of the web interface failed", "pages of the web interface failed",
              "Whoever asked for it saw an error; the queues are not affected.", ""},
    topic_row{"stale-pid", log_topic::stale_pid, severity::attention, log_fate::none,
              "time mailmanctl found that no master ran",
              "times mailmanctl found that no master ran",
              "Mailman had ended without removing its pid file (killed, or the machine went down). "
              "Check that it runs now; if not, start it: mailmanctl start.",
              ""},
    topic_row{"exception", log_topic::exception, severity::attention, log_fate::none,
              "exception was logged", "exceptions were logged",
              "Read the entry with its trace at the place named.", ""},
    topic_row{"list-unreadable", log_topic::list_unreadable, severity::attention, log_fate::none,
              "time a list could not be opened or saved",
              "times a list could not be opened or saved",
              "Check the owner, the permissions and the disk's space of the list's directory; "
              "config.pck.last is its previous state.",
              ""},
    topic_row{"lock", log_topic::lock, severity::attention, log_fate::waits,
              "time a lock could not be taken, or was broken or damaged",
              "times a lock could not be taken, or was broken or damaged",
              "See in locks/ whether one is left and whose it is ('qslice-sim inspect DIRECTORY'). "
              "Remove it only if its process is dead on the machine that it names. One whose "
              "lifetime had expired was broken by Mailman itself.",
              ""},
    topic_row{"master-lock", log_topic::master_lock, severity::attention, log_fate::none,
              "start of Mailman was refused because of the master's lock",
              "starts of Mailman were refused because of the master's lock",
              "Look for a running master on the machine that the entry names. Only if there is "
              "none, the lock is left over: on that machine 'mailmanctl -s start' removes it, "
              "elsewhere only rm does. Without the lock, a second master starts every slice a "
              "second time.",
              "Look for a running master on the machine that the entry names. Only if there is "
              "none, the lock is left over: mailman start --force. With one, that would start "
              "every slice a second time."},
    topic_row{"usenet", log_topic::usenet, severity::attention, log_fate::spared,
              "failure of the gateway to Usenet", "failures of the gateway to Usenet",
              "Check the news server and the list's gateway settings. A post that failed with an "
              "NNTP or socket error is not sent to the newsgroup again; members have it. Articles "
              "of the newsgroup are fetched at the next poll.",
              ""},
    topic_row{"lmtp", log_topic::lmtp, severity::attention, log_fate::none,
              "message was refused as it came in by LMTP",
              "messages were refused as they came in by LMTP",
              "The mail server got an error and returns it or tries again: see its log.", ""},
    topic_row{"rest", log_topic::rest, severity::attention, log_fate::none,
              "error of the REST server", "errors of the REST server",
              "The web interface is affected, the queues are not. A 'Connection in use' means that "
              "another process has the port: a second Mailman, or one that was not stopped.",
              ""},
    topic_row{"bounce-handling", log_topic::bounces, severity::attention, log_fate::none,
              "failure to handle bounces", "failures to handle bounces",
              "Lists and posts are not affected; members whose mail bounces stay enabled.", ""},
    topic_row{"settings", log_topic::settings, severity::attention, log_fate::none,
              "wrong setting was reported", "wrong settings were reported",
              "Correct the setting that the entry names; until then it is ignored.", ""},
    topic_row{"files", log_topic::files, severity::attention, log_fate::none,
              "error of a file or a program was logged", "errors of files or programs were logged",
              "Read the entry at the place named. If it names a file, check that it is there, its "
              "owner and permissions, and the disk's space.",
              ""},
};
static_assert(is_whole<log_topics>);

constexpr const topic_row& row_of(log_topic topic) {
    return qslice::sim::row_of(log_topics, topic);
}

}  // namespace qslice::sim::diagnosis
