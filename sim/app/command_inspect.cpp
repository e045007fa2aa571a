/// @file
/// qslice-sim inspect: inspects the queues of a live site and says what to do.
#include "sim/app/command.hpp"
#include "sim/app/site_options.hpp"
#include "sim/site/age_table.hpp"
#include "sim/site/entry_view.hpp"
#include "sim/site/growth.hpp"
#include "sim/site/inspection.hpp"
#include "sim/site/inspection_report.hpp"
#include "sim/site/log_evidence.hpp"
#include "sim/site/log_files.hpp"
#include "sim/site/openmetrics.hpp"
#include "sim/site/queue_listing.hpp"
#include "sim/stream/input_file.hpp"

#include <qslice/core/entry_name.hpp>
#include <qslice/core/timestamp.hpp>
#include <qslice/partition/any_partition.hpp>
#include <qslice/world/posix_world.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace qslice::sim {

namespace {

struct inspect_arguments {
    std::string place;
    diagnosis::inspection_options options;
    std::optional<std::string> running;
    std::vector<std::string> limits;
    std::vector<std::string> logs;
    std::optional<double> now_s;
    double watch_s = 0;  ///< 0: look once
    bool message = false;
    bool openmetrics = false;
    std::optional<diagnosis::age_rows> by;
    std::string since;  ///< a file of an earlier look
    std::optional<diagnosis::earlier_look> before;
    std::optional<diagnosis::queue_listing> listing;  ///< PLACE is one
};

exit_status status_of(const std::vector<diagnosis::finding>& findings) {
    return needs_attention(findings) ? exit_status::broken : exit_status::good;
}

/// "500", "in=100", "in=100,out=2000"
result<void> read_limits(inspect_arguments& a) {
    a.options.limits.clear();
    for (std::string_view rest : a.limits) {
        while (!rest.empty()) {
            const std::string_view word = rest.substr(0, rest.find(','));
            rest.remove_prefix(std::min(word.size() + 1, rest.size()));
            const std::size_t equals = word.find('=');
            const bool named = equals != std::string_view::npos;
            const auto most =
                qslice::detail::whole_number<std::uint64_t>(named ? word.substr(equals + 1) : word);
            if (!most || (named && equals == 0)) {
                return failure(
                    error_code::malformed, "--limit",
                    "expected N or QUEUE=N, such as in=100, found '" + std::string(word) + "'");
            }
            a.options.limits.insert_or_assign(std::string(named ? word.substr(0, equals) : ""),
                                              *most);
        }
    }
    return {};
}

result<exit_status> look(session& s, inspect_arguments& a) {
    a.options.survey.now_s = a.now_s.value_or(posix_world().now().seconds);
    if (a.listing && !a.now_s && a.listing->made_s > 0) {
        a.options.survey.now_s = a.listing->made_s;
    }
    auto seen = a.listing ? inspect_listing(a.place, *a.listing, a.options)
                          : inspect_queues(a.place, a.options);
    if (!seen) return failure(seen.error());
    if (!a.logs.empty()) {
        diagnosis::history_builder builder;
        if (auto done = read_all_logs(builder, a.logs); !done) return failure(done.error());
        seen->evidence = look_up(*seen, builder.finish());
        for (diagnosis::finding& f : evidence_findings(seen->evidence)) {
            seen->findings.push_back(std::move(f));
        }
        sort_by_weight(seen->findings);
    }
    // A clock that stands still (--now) shows no growth.
    if (a.before && (a.watch_s == 0 || seen->now_s > a.before->now_s)) {
        if (auto done = compare(*seen, *a.before); !done) return failure(done.error());
    }
    // The next look of --watch is compared with this one.
    if (a.watch_s > 0) a.before = look_of(*seen);
    if (a.openmetrics) {
        s.out.write(to_openmetrics(*seen));
        return exit_status::good;
    }
    if (s.options.json) {
        auto j = to_json(*seen);
        if (a.by) j["ages"] = to_json(tabulate_ages(*seen, *a.by));
        s.out.print("{}\n", j.dump(2));
    } else {
        if (a.by) s.out.write(to_text(tabulate_ages(*seen, *a.by)) + '\n');
        s.out.write(to_text(*seen, s.options.quiet));
    }
    return status_of(seen->findings);
}

/// Looks repeatedly, until interrupted or until the directory disappears.
result<exit_status> watch(session& s, inspect_arguments& a) {
    while (true) {
        if (!s.options.json && is_terminal(stdout)) s.out.write("\x1b[H\x1b[2J");
        auto status = look(s, a);
        if (!status) return status;
        if (auto written = s.out.finish(); !written) return failure(written.error());
        std::this_thread::sleep_for(std::chrono::duration<double>(a.watch_s));
    }
}

result<exit_status> inspect(session& s, inspect_arguments& a) {
    std::error_code ignored;
    const bool is_file = std::filesystem::is_regular_file(a.place, ignored);
    if (is_file && !state_of(split_extension(a.place).extension)) {
        auto listing = diagnosis::read_listing(a.place);
        if (!listing) return failure(listing.error());
        a.listing = std::move(*listing);
    }
    if (a.listing && (a.by || a.watch_s > 0)) {
        return failure(error_code::malformed, a.by ? "--by" : "--watch",
                       "needs the queues themselves, found a listing of them, '" + a.place + "'");
    }
    const bool is_entry = is_file && !a.listing;
    if (a.message) {
        if (!is_entry) {
            return failure(error_code::malformed, "--message",
                           "expected the file of one entry, found '" + a.place + "'");
        }
        const auto message = diagnosis::message_as_sent(a.place, a.options.version);
        if (!message) return failure(message.error());
        s.out.write(*message);
        return exit_status::good;
    }
    if (is_entry) {
        const auto entry = view_entry(a.place, a.options.version);
        if (!entry) return failure(entry.error());
        if (s.options.json) {
            s.out.print("{}\n", to_json(*entry).dump(2));
        } else {
            s.out.write(to_text(*entry));
        }
        return entry->problem ? exit_status::broken : exit_status::good;
    }
    if (auto limits = read_limits(a); !limits) return failure(limits.error());
    if (a.running) {
        auto running = read_runners("--running", *a.running);
        if (!running) return failure(running.error());
        a.options.plan.running = std::move(*running);
    }
    if (!(a.watch_s >= 0 && a.watch_s <= 86400)) {
        return failure(error_code::malformed, "--watch",
                       "expected a number of seconds above 0 and at most 86400");
    }
    if (!a.since.empty()) {
        auto file = input_file::open(a.since);
        if (!file) return failure(file.error());
        constexpr std::uint64_t most_bytes = std::uint64_t{64} << 20U;
        const auto text = file->rest(most_bytes);
        if (!text) return failure(text.error());
        auto before = diagnosis::parse_look(*text);
        if (!before) return failure(before.error());
        a.before = std::move(*before);
    }
    return a.watch_s > 0 ? watch(s, a) : look(s, a);
}

}  // namespace

void add_inspect_command(command_options program, command_line& line) {
    const auto a = std::make_shared<inspect_arguments>();
    command_options command = add_command(program, line, "inspect",
                                          "Inspect the queues of a live site, and say what to do",
                                          [a](session& s) { return inspect(s, *a); });
    command
        .add_option("PLACE", a->place,
                    "Mailman's directory (with qfiles/ or queue/), a queue's directory, an "
                    "entry's file, or a listing of queues (ls, find or stat); nothing is changed")
        .required();
    add_site_options(command, a->options.plan, a->running);
    command
        .add_option("--limit", a->limits,
                    "Number of waiting entries above which a queue needs attention: 500, or "
                    "in=100,out=2000")
        .type_name("N");
    command
        .add_option("--logs", a->logs,
                    "Logs, as the command logs takes them: shows the exception beside each message "
                    "set aside, and which messages were sent")
        .type_name("LOG");
    command.add_flag("--sizes", a->options.survey.all_sizes,
                     "Read the size and file time of every entry, not only of a sample of 1000");
    add_mailman_option(command, a->options.version);
    command.add_flag("--message", a->message,
                     "Write the message of an entry's file, as Mailman would send it");
    const auto seconds = [&](const char* name, double& value, const char* text) {
        command.add_option(name, value, text).type_name("SECONDS").check(positive_number());
    };
    seconds("--late", a->options.survey.late_s,
            "Age from which a waiting entry counts as late (default: 900)");
    seconds("--stuck", a->options.stuck_s, "Age from which a .bak counts as stuck (default: 600)");
    command
        .add_option("--now", a->now_s,
                    "Use this as the current time, in seconds since the epoch (default: the clock)")
        .type_name("TIME");
    command
        .add_option_function(
            "--by",
            [a](const std::string& text) {
                a->by = text == "list" ? diagnosis::age_rows::list : diagnosis::age_rows::domain;
            },
            "Open the entries, and print a table of their ages by list or by the sender's domain")
        .type_name("ROWS")
        .one_of({"list", "domain"});
    command
        .add_option("--since", a->since,
                    "An earlier look, written by inspect --json: shows how each slice has grown")
        .type_name("FILE");
    command.add_flag("--openmetrics", a->openmetrics,
                     "Write metrics for a node exporter's textfile collector; the status is 0");
    command.add_flag("--watch{2}", a->watch_s, "Look again every 2 seconds, or --watch=SECONDS");
}

}  // namespace qslice::sim
