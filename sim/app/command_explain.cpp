/// @file
/// qslice-sim explain: whether a split over machines is due to chance, and which slice an entry is
/// in.
#include "sim/app/command.hpp"
#include "sim/check/explain.hpp"
#include "sim/text/text_table.hpp"

#include <qslice/partition/any_partition.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim {

namespace {

struct explain_options {
    std::string entry;
    std::uint64_t slices = 0;
    std::string partition;
    std::string mailman;
    std::uint64_t machines = 0;
    std::vector<std::uint64_t> seen;
    std::vector<double> weights;
};

nlohmann::ordered_json to_json(const split_explanation& e) {
    return {{"seen", e.seen},
            {"shares", e.shares},
            {"messages", e.total},
            {"p_value", e.test.p_value},
            {"method", name_in(split_method_table, e.test.how)},
            {"chi_square", e.test.statistic},
            {"g", e.test.g},
            {"unused", e.unused},
            {"p_unused", e.p_unused},
            {"evidence", name_in(evidence_table, e.against_chance)},
            {"chance", e.chance},
            {"settled_by", e.settled_by},
            {"use_all_by", e.use_all_by},
            {"text", e.text}};
}

nlohmann::ordered_json to_json(const entry_explanation& e) {
    nlohmann::ordered_json range;
    if (e.range) range = {{"lower", e.range->lower.hex()}, {"upper", e.range->upper.hex()}};
    return {{"entry", e.base},    {"time", e.time.seconds}, {"digest", e.hash.hex()},
            {"place", e.place},   {"slice", e.slice},       {"slices", e.slices},
            {"owners", e.owners}, {"range", range},         {"text", e.text}};
}

/// The output with --quiet: the probability or the slice.
std::string in_short(const split_explanation& e) { return fmt::format("{:.6g}", e.test.p_value); }
std::string in_short(const entry_explanation& e) { return std::to_string(e.slice); }

template <class Explanation>
result<exit_status> show(session& s, const result<Explanation>& explained) {
    if (!explained) return failure(explained.error());
    if (s.options.json) {
        s.out.print("{}\n", to_json(*explained).dump(2));
    } else if (s.options.quiet) {
        s.out.print("{}\n", in_short(*explained));
    } else {
        s.out.write(wrapped(explained->text, "", 0));
    }
    return exit_status::good;
}

/// The error, located at the option that gave the bad value.
failure at_option(std::string option, const error& problem) {
    return {problem.code, std::move(option), problem.what};
}

result<exit_status> show_split(session& s, const explain_options& o) {
    if (!o.weights.empty()) {
        const double sum = std::accumulate(o.weights.begin(), o.weights.end(), 0.0);
        std::vector<double> shares = o.weights;
        for (double& share : shares) share /= sum;
        const auto explained = explain_split(o.seen, shares);
        if (!explained) return at_option("--weights", explained.error());
        return show(s, explained);
    }
    const auto machines = static_cast<std::size_t>(o.machines == 0 ? o.seen.size() : o.machines);
    const auto explained = explain_split(o.seen, machines);
    if (!explained) return at_option("--seen", explained.error());
    return show(s, explained);
}

result<exit_status> show_entry(session& s, const explain_options& o) {
    if (o.slices == 0 && o.partition.empty()) {
        return failure(error_code::malformed, "--slices",
                       "expected the number of slices, such as --slices 3, or a --partition");
    }
    // Mailman 3 divides in its own way, and only by powers of two.
    const std::string kind = o.mailman == "3" ? "mailman3:" : "equal:";
    const auto partition =
        make_partition(o.partition.empty() ? kind + std::to_string(o.slices) : o.partition);
    if (!partition) {
        return at_option(o.partition.empty() ? "--slices" : "--partition", partition.error());
    }
    const auto explained = explain_entry(o.entry, *partition);
    if (!explained) return at_option(o.entry, explained.error());
    return show(s, explained);
}

result<exit_status> explain(session& s, const explain_options& o) {
    if (!o.entry.empty()) return show_entry(s, o);
    if (!o.seen.empty()) return show_split(s, o);
    return failure(error_code::malformed, "explain",
                   "expected --seen with each machine's number of messages, or an entry's NAME.pck "
                   "with --slices");
}

}  // namespace

void add_explain_command(command_options program, command_line& line) {
    const auto o = std::make_shared<explain_options>();
    command_options command = add_command(program, line, "explain",
                                          "Tell whether a split over machines is due to chance, or "
                                          "which slice an entry is in and why",
                                          [o](session& s) { return explain(s, *o); });
    command.footer("With --quiet only the probability or the slice number is printed.");
    const option seen =
        command
            .add_option("--seen", o->seen, "Number of messages that each machine delivered: 4,3,0")
            .delimiter(',')
            .type_name("COUNT,...")
            .check(whole_number(0, 1'000'000'000'000));
    const option machines =
        command
            .add_option("--machines", o->machines,
                        "Number of machines, if some delivered nothing and are not in --seen")
            .type_name("N")
            .check(whole_number(1, 65536))
            .needs(seen);
    command
        .add_option("--weights", o->weights,
                    "Expected share of each machine, as weights (default: equal shares)")
        .delimiter(',')
        .type_name("WEIGHT,...")
        .check(positive_number())
        .needs(seen)
        .excludes(machines);
    const option entry =
        command.add_option("entry", o->entry, "An entry's file name, with or without its directory")
            .type_name("NAME.pck")
            .excludes(seen);
    const option slices =
        command.add_option("--slices", o->slices, "Number of equal slices of the entry's queue")
            .type_name("N")
            .check(whole_number(1))
            .needs(entry);
    command
        .add_option("--mailman", o->mailman,
                    "Mailman's version: 2.1 or 3, which takes only a power of two of slices "
                    "(default: 2.1)")
        .type_name("VERSION")
        .one_of({"2.1", "3"})
        .needs(slices);
    command
        .add_option("--partition", o->partition,
                    "A partition other than equal slices: " + partition_forms())
        .type_name("PARTITION")
        .needs(entry)
        .excludes(slices);
}

}  // namespace qslice::sim
