#include "sim/site/growth.hpp"

#include "sim/check/chance.hpp"
#include "sim/check/split_statistics.hpp"
#include "sim/text/plain_words.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace qslice::sim::diagnosis {

namespace {

/// One slice that grows beyond what chance does to equal ones.
void tell_growth(const queue_survey& q, double seconds, std::vector<finding>& findings) {
    if (is_parking(q.queue) || q.slices.size() < 2 || q.expected_shares.empty()) return;
    constexpr std::uint64_t few = 10;
    std::vector<std::uint64_t> grown;
    std::uint64_t total = 0;
    for (const slice_survey& s : q.slices) {
        const auto more = static_cast<std::uint64_t>(std::max<std::int64_t>(*s.growth, 0));
        grown.push_back(more);
        total += more;
    }
    if (total < few) return;
    const split_test test = test_split(grown, q.expected_shares);
    if (!is_problem(evidence_of(test.p_value))) return;
    const auto most =
        static_cast<std::size_t>(std::max_element(grown.begin(), grown.end()) - grown.begin());
    findings.push_back(
        {severity::attention,
         "growing-slice",
         q.queue + '/',
         fmt::format("Slice {} grew by {} of {} entries within {}; the probability of growth at "
                     "least this uneven by chance is {}{:.1g}. Its runner stands still or is slow.",
                     slice_text(most, q.slices.size()), grouped(grown[most]), grouped(total),
                     age_text(seconds), bound_in_words(test), test.p_value),
         {{"See what the process of that slice waits for, then stop and start Mailman. A .bak of "
           "that slice is "
           "queued again: if its message was sent, it is sent twice.",
           "ps -eo pid,lstart,args | grep -e --runner="}}});
}

}  // namespace

earlier_look look_of(const inspection& seen) {
    earlier_look look{seen.now_s, {}};
    for (const queue_survey& q : seen.queues) {
        for (const slice_survey& s : q.slices) look.waiting[q.queue].push_back(s.waiting);
    }
    return look;
}

result<earlier_look> parse_look(std::string_view text) {
    const auto wrong = [] {
        return failure(error_code::malformed, "--since",
                       "expected a file that 'inspect --json' wrote");
    };
    const auto j = nlohmann::json::parse(text, nullptr, false);
    if (!j.is_object() || !j.contains("now") || !j["now"].is_number() || !j.contains("queues") ||
        !j["queues"].is_array()) {
        return wrong();
    }
    earlier_look look{j["now"].get<double>(), {}};
    for (const auto& queue : j["queues"]) {
        if (!queue.is_object() || !queue.contains("queue") || !queue["queue"].is_string() ||
            !queue.contains("slices") || !queue["slices"].is_array()) {
            return wrong();
        }
        auto& waiting = look.waiting[queue["queue"].get<std::string>()];
        for (const auto& slice : queue["slices"]) {
            if (!slice.is_object() || !slice.contains("waiting") ||
                !slice["waiting"].is_number_unsigned()) {
                return wrong();
            }
            waiting.push_back(slice["waiting"].get<std::uint64_t>());
        }
    }
    return look;
}

result<void> compare(inspection& seen, const earlier_look& before) {
    const double seconds = seen.now_s - before.now_s;
    if (!(seconds > 0)) {
        return failure(
            error_code::malformed, "--since",
            "expected an earlier look, found one of " + date_text(before.now_s) + " UTC");
    }
    seen.since_s = before.now_s;
    for (queue_survey& q : seen.queues) {
        const auto then = before.waiting.find(q.queue);
        if (then == before.waiting.end() || then->second.size() != q.slices.size()) continue;
        for (std::size_t k = 0; k < q.slices.size(); ++k) {
            q.slices[k].growth = static_cast<std::int64_t>(q.slices[k].waiting) -
                                 static_cast<std::int64_t>(then->second[k]);
        }
        tell_growth(q, seconds, seen.findings);
    }
    sort_by_weight(seen.findings);
    return {};
}

}  // namespace qslice::sim::diagnosis
