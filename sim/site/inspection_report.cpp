#include "sim/site/inspection_report.hpp"

#include "sim/site/log_evidence.hpp"
#include "sim/text/plain_words.hpp"
#include "sim/text/text_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

namespace qslice::sim::diagnosis {

namespace {

using json = nlohmann::ordered_json;
using enum text_table::align;

/// A count for a table: 0 is shown as a dot, so that other counts stand out.
std::string cell(std::uint64_t count) { return count == 0 ? "." : grouped(count); }

std::string queue_table(const inspection& seen) {
    text_table table({{"queue"},
                      {"waiting", right},
                      {"in hand", right},
                      {"preserved", right},
                      {"partial", right},
                      {"malformed", right},
                      {"foreign", right},
                      {"slices", right},
                      {"oldest stamp (UTC)"},
                      {"age", right}});
    for (const queue_survey& q : seen.queues) {
        table.add({printable(q.queue) + '/', cell(q.waiting), cell(q.in_hand_count),
                   cell(q.preserved.count), cell(q.partial_count), cell(q.malformed.count),
                   cell(q.foreign.count),
                   is_parking(q.queue) ? "." : std::to_string(q.slices.size()),
                   q.oldest_s ? date_text(*q.oldest_s) : ".",
                   q.oldest_s ? age_text(seen.now_s - *q.oldest_s) : "."});
    }
    return table.to_text();
}

std::string slice_table(const inspection& seen) {
    text_table table({{"queue"},
                      {"slice", right},
                      {"waiting", right},
                      {"share", right},
                      {"expected", right},
                      {"in hand", right},
                      {"oldest", right},
                      {"runners", right},
                      {seen.since_s ? "growth" : "", right}});
    for (const queue_survey& q : seen.queues) {
        const bool one_that_grows =
            seen.since_s && q.slices.size() == 1 && q.slices[0].growth && *q.slices[0].growth != 0;
        if ((q.slices.size() < 2 && !one_that_grows) || q.waiting + q.in_hand_count == 0) continue;
        for (std::size_t k = 0; k < q.slices.size(); ++k) {
            const slice_survey& s = q.slices[k];
            table.add({k == 0 ? printable(q.queue) + '/' : "", slice_text(k, q.slices.size()),
                       cell(s.waiting),
                       q.waiting == 0 ? ""
                                      : share_text(static_cast<double>(s.waiting) /
                                                   static_cast<double>(q.waiting)),
                       q.expected_shares.empty() ? "" : share_text(q.expected_shares[k]),
                       cell(s.in_hand), s.oldest ? age_text(seen.now_s - *s.oldest->stamp_s) : ".",
                       q.assumed_running ? "" : std::to_string(s.runners),
                       s.growth ? fmt::format("{:+}", *s.growth) : ""});
        }
    }
    return table.empty() ? "" : "\nSlices\n" + table.to_text();
}

std::string distribution_table(const inspection& seen) {
    text_table table({{"queue"},
                      {"of"},
                      {"entries", right},
                      {"least", right},
                      {"10%", right},
                      {"median", right},
                      {"90%", right},
                      {"99%", right},
                      {"most", right}});
    for (const queue_survey& q : seen.queues) {
        if (q.waiting == 0) continue;
        const auto row = [&](const std::string& name, std::string_view of, const distribution& d,
                             const auto& text) {
            table.add({name, std::string(of), grouped(d.count), text(d.least), text(d.p10),
                       text(d.p50), text(d.p90), text(d.p99), text(d.most)});
        };
        row(printable(q.queue) + '/', "age by stamp", q.ages, age_text);
        row("", "age of file", q.stays, age_text);
        row("", "size", q.sizes, size_text);
    }
    return table.empty() ? "" : "\nAges and sizes\n" + table.to_text();
}

std::string lock_table(const inspection& seen) {
    text_table table({{"lock"}, {"held by"}, {"process"}, {"expires (UTC)"}});
    for (const held_lock& lock : seen.locks) {
        table.add(
            {printable(lock.name),
             lock.host.empty() ? "?" : fmt::format("{} on {}", lock.pid, printable(lock.host)),
             !lock.alive   ? "not known here"
             : *lock.alive ? "alive"
                           : "dead",
             date_text(lock.expires_s)});
    }
    return table.empty() ? "" : "\nLocks\n" + table.to_text();
}

json to_json(const held_lock& lock) {
    return {{"path", printable(lock.path)},
            {"list", printable(lock.list)},
            {"host", printable(lock.host)},
            {"pid", lock.pid},
            {"alive", lock.alive ? json(*lock.alive) : json(nullptr)},
            {"expires", lock.expires_s},
            {"held_s", lock.held_s ? json(*lock.held_s) : json(nullptr)},
            {"links", lock.links}};
}

json optional_number(const std::optional<double>& value) {
    return value ? json(*value) : json(nullptr);
}

json to_json(const distribution& d) {
    if (d.count == 0) return {{"count", 0}};
    return {{"count", d.count}, {"least", d.least}, {"p10", d.p10},   {"p50", d.p50},
            {"p90", d.p90},     {"p99", d.p99},     {"most", d.most}, {"sum", d.sum}};
}

json to_json(const odd_file& file) {
    json j{{"name", printable(file.name)}};
    if (!file.what.empty()) j["what"] = printable(file.what);
    if (file.stamp_s) j["stamp"] = *file.stamp_s;
    if (file.written_s) j["written"] = *file.written_s;
    if (file.changed_s) j["changed"] = *file.changed_s;
    if (file.size_bytes) j["size_bytes"] = *file.size_bytes;
    return j;
}

json to_json(std::uint64_t count, const std::vector<odd_file>& files, std::size_t most = 20) {
    json examples = json::array();
    for (std::size_t i = 0; i < std::min(files.size(), most); ++i) {
        examples.push_back(to_json(files[i]));
    }
    return {{"count", count}, {"examples", std::move(examples)}};
}

json to_json(const queue_survey& q) {
    json j{{"queue", printable(q.queue)}, {"directory", printable(q.directory)}};
    j["problem"] = q.problem ? json(printable(q.problem->to_string())) : json(nullptr);
    j["division"] = q.division;
    j["waiting"] = q.waiting;
    j["oldest_stamp"] = optional_number(q.oldest_s);
    j["newest_stamp"] = optional_number(q.newest_s);
    j["in_hand"] = to_json(q.in_hand_count, q.in_hand);
    j["partial"] = to_json(q.partial_count, q.partial);
    j["preserved"] = to_json(q.preserved.count, q.preserved.examples);
    j["malformed"] = to_json(q.malformed.count, q.malformed.examples);
    j["foreign"] = to_json(q.foreign.count, q.foreign.examples);
    j["orphans"] = to_json(q.orphans.count, q.orphans.examples);
    j["two_owners"] = to_json(q.doubly_owned.count, q.doubly_owned.examples);
    j["future"] = to_json(q.future.count, q.future.examples);
    j["future"]["most_ahead_s"] = q.most_ahead_s;
    j["late"] = to_json(q.late.size(), q.late);
    j["empty_files"] = to_json(q.empty.count, q.empty.examples);
    j["unreadable_files"] = to_json(q.unreadable.count, q.unreadable.examples);
    j["order"] = {{"equal_times", q.equal_times},
                  {"largest_equal_group", q.largest_equal_group},
                  {"overtaken_by_bump", q.overtaken}};
    j["age_by_stamp_s"] = to_json(q.ages);
    j["age_of_file_s"] = to_json(q.stays);
    j["size_bytes"] = to_json(q.sizes);
    json slices = json::array();
    for (std::size_t k = 0; k < q.slices.size(); ++k) {
        const slice_survey& s = q.slices[k];
        json one{{"slice", slice_text(k, q.slices.size())},
                 {"waiting", s.waiting},
                 {"in_hand", s.in_hand},
                 {"oldest", s.oldest ? to_json(*s.oldest) : json(nullptr)},
                 {"equal_times", s.equal_times},
                 {"overtaken_by_bump", s.overtaken}};
        if (!q.expected_shares.empty()) one["expected_share"] = q.expected_shares[k];
        if (!q.assumed_running) one["runners"] = s.runners;
        if (s.growth) one["growth"] = *s.growth;
        slices.push_back(std::move(one));
    }
    j["slices"] = std::move(slices);
    j["seconds_taken"] = q.seconds_taken;
    return j;
}

void add_findings(std::string& text, const std::vector<finding>& findings, severity weight,
                  std::string_view heading) {
    std::size_t number = 0;
    for (const finding& f : findings) {
        if (f.weight != weight) continue;
        if (number++ == 0) text += fmt::format("\n{}\n", heading);
        const std::string first = fmt::format("{:>3}. {}: ", number, printable(f.where));
        text += wrapped(printable(f.what), first, 5);
        for (const advice& a : f.to_do) {
            text += wrapped(printable(a.text), "     -> ", 8);
            if (!a.command.empty()) text += "          " + printable(a.command) + '\n';
        }
    }
}

}  // namespace

std::string findings_text(const std::vector<finding>& findings) {
    std::string text;
    add_findings(text, findings, severity::attention, "What needs attention");
    add_findings(text, findings, severity::unclear, "What could not be judged");
    add_findings(text, findings, severity::note, "Notes");
    const auto count = static_cast<std::uint64_t>(
        std::count_if(findings.begin(), findings.end(),
                      [](const finding& f) { return f.weight == severity::attention; }));
    if (count > 0) {
        text += fmt::format("\n{} attention.\n", counted(count, "problem needs", "problems need"));
    } else {
        text += needs_attention(findings) ? "\nNo problem was found, but not all could be judged.\n"
                                          : "\nNothing to do.\n";
    }
    return text;
}

json to_json(const std::vector<finding>& findings) {
    json list = json::array();
    for (const finding& f : findings) {
        json steps = json::array();
        for (const advice& a : f.to_do) {
            steps.push_back({{"text", printable(a.text)}, {"command", printable(a.command)}});
        }
        list.push_back({{"severity", to_string(f.weight)},
                        {"kind", f.kind},
                        {"where", printable(f.where)},
                        {"what", printable(f.what)},
                        {"to_do", std::move(steps)}});
    }
    return list;
}

std::string to_text(const inspection& seen, bool brief) {
    std::string text;
    if (!brief) {
        double seconds = 0;
        std::uint64_t names = 0;
        for (const queue_survey& q : seen.queues) {
            seconds += q.seconds_taken;
            names += q.names;
        }
        text += fmt::format("Queues of {} in {} at {} UTC ({} in {:.2f} s)\n\n",
                            to_string(seen.version), printable(seen.root), date_text(seen.now_s),
                            counted(names, "name", "names"), seconds);
        text += queue_table(seen) + slice_table(seen) + distribution_table(seen) +
                to_text(seen.ownership, seen.now_s) + lock_table(seen) + to_text(seen.evidence);
    }
    return text + findings_text(seen.findings);
}

json to_json(const inspection& seen) {
    json queues = json::array();
    for (const queue_survey& q : seen.queues) queues.push_back(to_json(q));
    json locks = json::array();
    for (const held_lock& lock : seen.locks) locks.push_back(to_json(lock));
    return {{"root", printable(seen.root)},
            {"mailman", to_string(seen.version)},
            {"now", seen.now_s},
            {"queues", std::move(queues)},
            {"locks", std::move(locks)},
            {"ownership", to_json(seen.ownership)},
            {"evidence", to_json(seen.evidence)},
            {"findings", to_json(seen.findings)},
            {"needs_attention", needs_attention(seen.findings)}};
}

}  // namespace qslice::sim::diagnosis
