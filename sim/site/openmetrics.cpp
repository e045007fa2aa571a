#include "sim/site/openmetrics.hpp"

#include "sim/text/plain_words.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace qslice::sim::diagnosis {

namespace {

/// A label's value: \ and " and line ends escaped.
std::string label(std::string_view text) {
    std::string escaped;
    // printable() leaves valid UTF-8 without control characters.
    for (const char c : printable(text)) {
        if (c == '\\' || c == '"') escaped += '\\';
        escaped += c;
    }
    return escaped;
}

/// The lines of one metric family, which have to stand together.
class family {
public:
    family(std::string_view name, std::string_view unit, std::string_view help) : name_(name) {
        head_ = fmt::format("# TYPE {} gauge\n", name);
        if (!unit.empty()) head_ += fmt::format("# UNIT {} {}\n", name, unit);
        head_ += fmt::format("# HELP {} {}\n", name, help);
    }

    void add(const std::string& labels, double value) {
        lines_ += labels.empty() ? fmt::format("{} {}\n", name_, value)
                                 : fmt::format("{}{{{}}} {}\n", name_, labels, value);
    }

    [[nodiscard]] std::string text() const { return lines_.empty() ? "" : head_ + lines_; }

private:
    std::string name_;
    std::string head_;
    std::string lines_;
};

}  // namespace

std::string to_openmetrics(const inspection& seen) {
    family entries("qslice_queue_entries", "", "Entries that wait in a slice of a queue.");
    family in_hand("qslice_queue_entries_in_hand", "", "Entries that a runner has taken (.bak).");
    family oldest("qslice_queue_oldest_age_seconds", "seconds",
                  "Age of the oldest waiting entry of a slice, by its stamp.");
    family growth("qslice_queue_growth_entries", "",
                  "Waiting entries of a slice now minus those of the look before.");
    family runners("qslice_queue_runners", "", "Runners that serve a slice.");
    family preserved("qslice_queue_entries_preserved", "", "Entries kept as .psv for inspection.");
    family malformed("qslice_queue_malformed_names", "",
                     "Files with names that runners cannot parse.");
    family findings("qslice_findings", "", "Findings of a kind.");
    family time("qslice_inspection_timestamp_seconds", "seconds", "When the queues were read.");
    for (const queue_survey& q : seen.queues) {
        const std::string queue = "queue=\"" + label(q.queue) + '"';
        for (std::size_t k = 0; k < q.slices.size(); ++k) {
            const slice_survey& s = q.slices[k];
            const std::string both = queue + ",slice=\"" + slice_text(k, q.slices.size()) + '"';
            entries.add(both, static_cast<double>(s.waiting));
            in_hand.add(both, static_cast<double>(s.in_hand));
            oldest.add(both, s.oldest ? seen.now_s - *s.oldest->stamp_s : 0.0);
            if (s.growth) growth.add(both, static_cast<double>(*s.growth));
            if (!q.assumed_running) runners.add(both, s.runners);
        }
        preserved.add(queue, static_cast<double>(q.preserved.count));
        malformed.add(queue, static_cast<double>(q.malformed.count));
    }
    std::map<std::pair<std::string, std::string>, std::uint64_t> kinds;
    for (const finding& f : seen.findings) ++kinds[{f.kind, std::string(to_string(f.weight))}];
    for (const auto& [kind, count] : kinds) {
        findings.add("kind=\"" + label(kind.first) + "\",severity=\"" + kind.second + '"',
                     static_cast<double>(count));
    }
    time.add("", seen.now_s);
    return entries.text() + in_hand.text() + oldest.text() + growth.text() + runners.text() +
           preserved.text() + malformed.text() + findings.text() + time.text() + "# EOF\n";
}

}  // namespace qslice::sim::diagnosis
