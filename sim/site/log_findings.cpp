#include "sim/site/log_findings.hpp"

#include "sim/site/log_causes.hpp"
#include "sim/site/mailman_names.hpp"
#include "sim/text/plain_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qslice::sim::diagnosis {

namespace {

constexpr std::size_t longest_quote = 200;

std::string quote(std::string_view text) {
    std::string shown = printable(text.substr(0, longest_quote));
    if (text.size() > longest_quote) shown += "...";
    return '\'' + shown + '\'';
}

/// The version of Mailman that wrote a machine's logs.
mailman_version version_of(const site_history& history, std::size_t machine) {
    for (const runner_run& run : history.runs) {
        if (run.machine != machine) continue;
        for (const queue_names& known : known_queues) {
            if (run.runner == known.runner3) return mailman_version::v3;
            if (run.runner == known.runner21) return mailman_version::v21;
        }
    }
    const auto& files = history.machines[machine].files;
    const bool v3 = std::any_of(files.begin(), files.end(), [](const std::string& file) {
        return file.find("mailman.log") != std::string::npos ||
               file.find("smtp.log") != std::string::npos;
    });
    return v3 ? mailman_version::v3 : mailman_version::unknown;
}

/// The causes, the most frequent first.
std::vector<std::string_view> by_frequency(const trouble_sum& sum) {
    std::vector<std::pair<std::uint64_t, std::string_view>> causes;
    for (const auto& [cause, count] : sum.causes) causes.emplace_back(count, cause);
    std::stable_sort(causes.begin(), causes.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    std::vector<std::string_view> texts;
    texts.reserve(causes.size());
    for (const auto& [count, cause] : causes) texts.push_back(cause);
    return texts;
}

/// The most frequent causes, each with its count.
std::string causes_of(const trouble_sum& sum) {
    const std::vector<std::string_view> causes = by_frequency(sum);
    constexpr std::size_t shown = 3;
    std::string text;
    for (std::size_t i = 0; i < std::min(shown, causes.size()); ++i) {
        const std::uint64_t count = sum.causes.find(causes[i])->second;
        text += i == 0 ? "" : "; ";
        text += quote(causes[i]);
        if (count > 1) text += fmt::format(" ({} times)", grouped(count));
    }
    if (causes.size() > shown) {
        text += fmt::format("; and {}", counted(causes.size() - shown, "other", "others"));
    }
    return text;
}

/// Single refused recipients belong to every site; that most are refused does not.
bool is_usual(const site_history& history, std::size_t m, const topic_row& row,
              const trouble_sum& sum) {
    constexpr std::uint64_t many = 10;
    const bool by_recipient = row.value == log_topic::refused || row.value == log_topic::put_off;
    return by_recipient && (sum.count < many || sum.count * 2 < history.machines[m].recipients);
}

finding about(const site_history& history, std::size_t m, const topic_row& row,
              const trouble_sum& sum) {
    finding f{row.weight, std::string(row.name), history.machines[m].name, {}, {}};
    f.what = counted(sum.count, row.one, row.many);
    if (sum.count > 1 && sum.last > sum.first.time) {
        f.what += fmt::format(", from {} to {}", date_text(sum.first.time), date_text(sum.last));
    } else {
        f.what += fmt::format(", at {}", date_text(sum.first.time));
    }
    f.what += fmt::format(" ({}).", sum.first.place);
    if (!sum.first.base.empty()) f.what += " First: " + quote(sum.first.base) + '.';
    if (!sum.first.list.empty()) f.what += " List: " + quote(sum.first.list) + '.';
    if (!sum.first.message_id.empty()) f.what += " Message: " + quote(sum.first.message_id) + '.';
    const bool has_cause = !(sum.causes.size() == 1 && sum.causes.begin()->first.empty());
    // Nothing but the name that is told already.
    const auto names = [&](const std::string& part) {
        return sum.causes.size() == 1 && !part.empty() && sum.causes.begin()->first.ends_with(part);
    };
    const bool is_told =
        names(sum.first.base) || names(sum.first.message_id) || names(sum.first.list);
    if (has_cause && !is_told) f.what += " Logged: " + causes_of(sum) + '.';
    if (row.fate == log_fate::waits) f.what += " Nothing is lost by it so far.";
    const bool v3 = version_of(history, m) == mailman_version::v3 && !row.to_do3.empty();
    std::vector<const known_cause*> known;
    for (const std::string_view cause : by_frequency(sum)) {
        const known_cause* const found = find_cause(cause, row.value);
        if (found == nullptr || std::find(known.begin(), known.end(), found) != known.end()) {
            continue;
        }
        known.push_back(found);
        f.to_do.push_back({std::string(found->to_do), {}});
    }
    if (known.size() != 1 || !known.front()->instead || sum.causes.size() > 1) {
        f.to_do.push_back({std::string(v3 ? row.to_do3 : row.to_do21), {}});
    }
    if (row.value == log_topic::raced) {
        f.to_do.push_back(
            {"Such an entry is not unparseable. The .psv that this leaves in bad/ is a whole "
             "message, which the other runner has probably sent: neither delete it nor queue it "
             "again before smtp shows whether its Message-ID was sent. If the other runner died "
             "meanwhile, it is the only copy.",
             {}});
    }
    return f;
}

}  // namespace

std::vector<finding> trouble_findings(const logs_diagnosis& d) {
    std::vector<finding> findings;
    for (std::size_t m = 0; m < d.history.sums.size(); ++m) {
        for (const auto& [topic, sum] : d.history.sums[m]) {
            if (sum.count == 0) continue;
            const bool usual = is_usual(d.history, m, row_of(topic), sum);
            if (usual && topic == log_topic::refused) continue;
            findings.push_back(about(d.history, m, row_of(topic), sum));
            if (row_of(topic).weight != severity::note || usual) continue;
            finding& f = findings.back();
            f.weight = severity::attention;
            f.what += " That is most of all recipients in these logs.";
            f.to_do.push_back(
                {"So many have one cause: the mail server that Mailman hands its mail to, or a "
                 "setting of this site. See that server's own log.",
                 {}});
        }
    }
    // What is lost comes first.
    std::stable_sort(findings.begin(), findings.end(), [](const finding& a, const finding& b) {
        const auto fate = [](const finding& f) { return find_row(log_topics, f.kind)->fate; };
        return fate(a) > fate(b);
    });
    return findings;
}

std::vector<finding> delivery_findings(const logs_diagnosis& d) {
    std::vector<finding> findings;
    const site_history& history = d.history;
    if (d.sent_twice > 0) {
        findings.push_back(
            {severity::attention,
             "sent-twice",
             "deliveries",
             fmt::format("{} sent twice to the same number of recipients {}, for example {}.",
                         counted(d.sent_twice, "message was", "messages were"),
                         d.sent_twice_apart_s <= 3600
                             ? std::string("within an hour")
                             : "up to " + age_text(d.sent_twice_apart_s) + " apart",
                         printable(d.sent_twice_example)),
             {}});
        finding& f = findings.back();
        if (d.sent_twice_by_one < d.sent_twice) {
            f.to_do.push_back(
                {"Two runners took the same entry, or one died between sending and finishing: look "
                 "for slices that are run twice and for restarts at that time.",
                 {}});
        }
        if (d.sent_twice_by_one > 0) {
            f.what += d.sent_twice_by_one == d.sent_twice
                          ? " The same process sent it both times."
                          : fmt::format(" {} of them by one process both times.",
                                        grouped(d.sent_twice_by_one));
            f.to_do.push_back(
                {"What one process sends twice was queued twice, so look for what queued it again: "
                 "unshunt, an entry renamed to .pck by hand, or a message that came in twice.",
                 {}});
        }
    }
    if (d.tried_twice > 0) {
        findings.push_back(
            {severity::unclear,
             "tried-twice",
             "deliveries",
             fmt::format("{} sent or only tried twice to the same number of recipients within an "
                         "hour, for example {}; these logs do not show whether the mail server "
                         "accepted the first one.",
                         counted(d.tried_twice, "message was", "messages were"),
                         printable(d.sent_twice_example)),
             {{"Give the logs post and smtp-failure of that machine too.", {}}}});
    }
    for (const busy_sender& b : d.busy) {
        const runner_run& run = history.runs[b.run];
        const double rate = b.recipients_per_s();
        finding f{severity::attention,
                  "busy-sender",
                  history.machines[run.machine].name + ", " + run.runner +
                      (run.slice ? " slice " + slice_text(*run.slice, run.slices)
                                 : " (pid " + std::to_string(run.pid) + ")"),
                  fmt::format("It was never idle from {} to {}: each of {} deliveries began when "
                              "the one before ended, and {} of the time is the conversation with "
                              "the mail server, at {:.1f} recipients per second.",
                              date_text(b.busy.first), date_text(b.busy.second),
                              grouped(b.deliveries), share_text(std::min(1.0, b.share())), rate),
                  {}};
        constexpr double usual = 10;
        if (rate < usual) {
            f.what +=
                " That is slow: 20 per second and more is usual. So the mail server accepts "
                "too slowly, unless each recipient gets a separate copy (VERP, personalised "
                "posts), which Mailman makes within that time.";
            f.to_do.push_back(
                {"Find what the mail server does at RCPT for mail from this machine: DNS lookups, "
                 "checks of addresses, greylisting or limits of rate; let it queue mail from "
                 "Mailman without them. Time it by hand.",
                 "openssl s_client or telnet to SMTPHOST: MAIL FROM, RCPT TO"});
            f.to_do.push_back({"Only then consider more slices of this runner.", {}});
        } else {
            f.to_do.push_back(
                {"The mail server is as fast as usual, so more slices of this runner "
                 "help, as far as it accepts several connections.",
                 {}});
        }
        findings.push_back(std::move(f));
    }
    std::uint64_t looks = 0;
    std::uint64_t with_entries = 0;
    for (const machine_history& m : history.machines) {
        looks += m.looks;
        with_entries += m.looks_with_entries;
        const std::uint64_t others = m.posted - std::min(m.posted, m.notices);
        if (m.notices > 0 && others == 0 && m.deliveries > 0) {
            findings.push_back(
                {severity::note,
                 "only-notices",
                 m.name,
                 fmt::format(
                     "All {} are notices of Mailman itself (from LIST-request or the like); "
                     "no post to a list was delivered. If posts are missing, they have not "
                     "reached out/: see vette or 'HOLD' for held ones, and the mail "
                     "server's log for those that never came in.",
                     counted(m.deliveries, "delivery", "deliveries")),
                 {}});
        }
    }
    if (looks > 0 && with_entries == 0) {
        findings.push_back(
            {severity::note,
             "idle",
             "queues",
             fmt::format("The runners looked at their queues {} and found nothing: nothing is "
                         "stuck in Mailman's queues. If posts are missing, they never reached in/: "
                         "look at the mail server and at LMTP.",
                         counted(looks, "time", "times")),
             {}});
    }
    return findings;
}

}  // namespace qslice::sim::diagnosis
