#include "sim/site/log_evidence.hpp"

#include "sim/site/entry_view.hpp"
#include "sim/text/plain_words.hpp"
#include "sim/text/text_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <system_error>
#include <unordered_map>
#include <utility>

namespace qslice::sim::diagnosis {

namespace {

constexpr std::size_t most_looked_up = 200;

std::string text_of(const metadata& data, std::string_view key) {
    const value* const found = data.find(key);
    return found != nullptr && found->text() != nullptr ? *found->text() : std::string();
}

/// "<id>" of a header field that may have more around it.
std::string id_in(std::string_view field) {
    const std::size_t open = field.find('<');
    const std::size_t close = field.find('>', open);
    if (open == std::string_view::npos || close == std::string_view::npos)
        return std::string(field);
    return std::string(field.substr(open, close - open + 1));
}

/// The files of a queue with an extension, the first by name.
std::vector<std::string> files_with(const std::string& directory, std::string_view extension) {
    std::vector<std::string> names;
    std::error_code problem;
    std::filesystem::directory_iterator listing(directory, problem);
    for (; !problem && listing != std::filesystem::directory_iterator();
         listing.increment(problem)) {
        std::string name = listing->path().filename().string();
        if (name.ends_with(extension) && listing->is_regular_file(problem)) {
            names.push_back(std::move(name));
        }
    }
    std::sort(names.begin(), names.end());
    if (names.size() > most_looked_up) names.resize(most_looked_up);
    return names;
}

}  // namespace

delivered_messages::delivered_messages(const site_history& history) {
    for (const delivery& sent : history.deliveries) {
        if ((history.messages.of(sent.message) & site_history::refused) != 0) continue;
        known_delivery& d = by_hash_[sent.message];
        ++d.count;
        d.last_s = std::max(d.last_s, sent.time);
    }
}

const known_delivery* delivered_messages::find(std::string_view message_id) const {
    const auto found = by_hash_.find(site_history::hash_of(message_id));
    return message_id.empty() || found == by_hash_.end() ? nullptr : &found->second;
}

std::string list_of(const entry_view& entry) {
    const std::string id = text_of(entry.data, "listid");
    return id.empty() ? text_of(entry.data, "listname") : id;
}

std::string message_id_of(const entry_view& entry) {
    std::string id;
    for (const auto& [name, field] : entry.head) {
        if (name == "Message-ID" || name == "Message-Id" || name == "message-id") id = id_in(field);
    }
    return id;
}

std::vector<entry_evidence> look_up(const inspection& seen, const site_history& history) {
    std::unordered_map<std::string, const log_trouble*> by_base;
    for (const log_trouble& t : history.troubles) {
        if (!t.base.empty()) by_base.try_emplace(t.base, &t);
    }
    const delivered_messages delivered(history);
    std::vector<entry_evidence> evidence;
    for (const queue_survey& q : seen.queues) {
        std::vector<std::string> files;
        if (q.queue == "shunt" && q.waiting > 0) files = files_with(q.directory, ".pck");
        for (const auto& [count, extension] :
             {std::pair(q.in_hand_count, ".bak"), std::pair(q.preserved.count, ".psv")}) {
            if (count == 0) continue;
            for (std::string& name : files_with(q.directory, extension)) {
                files.push_back(std::move(name));
            }
        }
        for (const std::string& file : files) {
            const auto entry = view_entry(q.directory + '/' + file, seen.version);
            if (!entry) continue;
            entry_evidence e;
            e.queue = q.queue;
            e.file = file;
            e.list = list_of(*entry);
            e.message_id = message_id_of(*entry);
            e.from = text_of(entry->data, "whichq");
            e.from = e.from.substr(e.from.rfind('/') + 1);
            const auto cause = by_base.find(file.substr(0, file.rfind('.')));
            if (cause != by_base.end()) {
                e.cause = cause->second->cause;
                e.place = cause->second->place;
            }
            if (const known_delivery* const sent = delivered.find(e.message_id)) {
                e.sent = sent->count;
                e.sent_s = sent->last_s;
            }
            evidence.push_back(std::move(e));
        }
    }
    return evidence;
}

std::vector<finding> evidence_findings(const std::vector<entry_evidence>& evidence) {
    std::map<std::string, std::vector<const entry_evidence*>> by_queue;
    for (const entry_evidence& e : evidence) {
        if (e.sent > 0) by_queue[e.queue].push_back(&e);
    }
    std::vector<finding> findings;
    for (const auto& [queue, entries] : by_queue) {
        const entry_evidence& first = *entries.front();
        findings.push_back(
            {severity::attention,
             "sent-already",
             queue + '/',
             fmt::format(
                 "{} a Message-ID that the logs show as sent, for example '{}' ({}, at {}).",
                 counted(entries.size(), "entry in it has", "entries in it have"),
                 printable(first.file), printable(first.message_id), date_text(*first.sent_s)),
             {{"Queued again, it is sent twice to those who have it. Move it away instead, unless "
               "the logs show that some recipients are missing.",
               {}}}});
    }
    return findings;
}

std::string to_text(const std::vector<entry_evidence>& evidence) {
    if (evidence.empty()) return "";
    constexpr std::size_t most_shown = 30;
    constexpr std::size_t longest_cause = 80;
    text_table table({{"entry"},
                      {"from"},
                      {"list"},
                      {"message"},
                      {"sent", text_table::align::right},
                      {"the logs say"}});
    for (std::size_t i = 0; i < std::min(evidence.size(), most_shown); ++i) {
        const entry_evidence& e = evidence[i];
        const std::size_t plus = e.file.find('+');
        table.add(
            {printable(e.queue + '/' + e.file.substr(0, std::min(plus + 9, e.file.size())) + "..."),
             printable(e.from), printable(e.list), printable(e.message_id),
             e.sent == 0 ? "." : grouped(e.sent),
             e.cause.empty() ? "." : printable(e.cause.substr(0, longest_cause))});
    }
    std::string text = "\nSet aside or in hand, and what the logs say\n" + table.to_text();
    if (evidence.size() > most_shown) {
        text += fmt::format("  and {} more\n", grouped(evidence.size() - most_shown));
    }
    return text;
}

nlohmann::ordered_json to_json(const std::vector<entry_evidence>& evidence) {
    auto list = nlohmann::ordered_json::array();
    for (const entry_evidence& e : evidence) {
        list.push_back({{"queue", printable(e.queue)},
                        {"file", printable(e.file)},
                        {"list", printable(e.list)},
                        {"message_id", printable(e.message_id)},
                        {"from", printable(e.from)},
                        {"cause", printable(e.cause)},
                        {"place", printable(e.place)},
                        {"sent", e.sent},
                        {"sent_last", e.sent_s ? nlohmann::ordered_json(*e.sent_s)
                                               : nlohmann::ordered_json(nullptr)}});
    }
    return list;
}

}  // namespace qslice::sim::diagnosis
