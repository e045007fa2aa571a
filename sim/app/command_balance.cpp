/// @file
/// qslice-sim balance: hashes and slices many messages, without queues, and reports how evenly they
/// are spread.
#include "sim/app/command.hpp"
#include "sim/app/own_balance.hpp"
#include "sim/balance/balance_report.hpp"
#include "sim/balance/measure_balance.hpp"
#include "sim/record/built_site.hpp"
#include "sim/stream/keys.hpp"
#include "sim/stream/mbox.hpp"
#include "sim/stream/trace.hpp"
#include "sim/text/progress.hpp"

#include <memory>
#include <optional>
#include <string>

namespace qslice::sim {

namespace {

struct balance_options {
    std::optional<std::uint64_t> messages;
    std::optional<std::uint64_t> slices;
    std::string partition = "equal:3";
    std::string hash = "mailman21";
    std::string trace;
    std::string mbox;
    std::string keys;
    std::uint32_t size = 64;
    bool no_times = false;
};

/// The error, located at the option that gave the bad value.
error of_option(const balance_options& given, error e) {
    if (e.where == given.hash) return {e.code, "--hash", std::move(e.what)};
    if (e.where == given.partition) return {e.code, "--partition", std::move(e.what)};
    return e;
}

result<exit_status> run_balance(session& s, const balance_options& given) {
    balance_choice choice;
    balance_report_options report;
    message_stream stream;
    if (!given.trace.empty() || !given.mbox.empty() || !given.keys.empty()) {
        const std::string& path = !given.trace.empty()  ? given.trace
                                  : !given.mbox.empty() ? given.mbox
                                                        : given.keys;
        auto read = !given.trace.empty()  ? read_trace(path)
                    : !given.mbox.empty() ? read_mbox(path)
                                          : read_keys(path);
        if (!read) return failure(read.error());
        stream = *std::move(read);
        choice.stream = &stream;
        choice.messages = stream.arrivals.size();
        report.source = (given.keys.empty() ? "posts of " : "keys of ") + path;
    }
    choice.messages = given.messages.value_or(choice.messages);
    choice.hash = given.hash;
    choice.partition = given.slices ? "equal:" + std::to_string(*given.slices) : given.partition;
    choice.size_bytes = given.size;
    choice.seed = s.options.seed.value_or(choice.seed);
    report.times = !given.no_times;

    const auto measured = [&] {
        progress bar("balance", "messages", choice.messages, s.options.shows_progress());
        return measure_balance(choice, s.options.worker_count(),
                               [&](std::uint64_t more) { bar.advance(more); });
    }();
    if (!measured) return failure(of_option(given, measured.error()));
    const balance_terms terms = terms_of(choice);
    const queue_balance balance = assess_balance(terms, *measured);
    if (s.options.json) {
        s.out.print("{}\n", balance_json(terms, *measured, balance, report).dump(2));
    } else if (s.options.quiet) {
        for (const std::uint64_t count : measured->counts) s.out.print("{}\n", count);
    } else {
        s.out.write(balance_text(terms, *measured, balance, report));
    }
    return exit_status::good;
}

}  // namespace

void add_balance_command(command_options program, command_line& line) {
    if (own_built_site() != nullptr) return add_own_balance_command(program, line);
    const auto given = std::make_shared<balance_options>();
    command_options command =
        add_command(program, line, "balance",
                    "Hash and slice many messages, and report how evenly they are spread",
                    [given](session& s) { return run_balance(s, *given); });
    command.footer(
        "With --quiet only the count of each slice is printed, one per line. Counts depend only "
        "on\nthe options other than --jobs; times differ between runs (--no-times leaves them "
        "out).");
    command
        .add_option("--messages", given->messages,
                    "Number of messages (default: 1000000; from a file: each post once)")
        .type_name("N")
        .check(whole_number(1, std::uint64_t{1} << 53));
    const option slices = command.add_option("--slices", given->slices, "Equal slices (default: 3)")
                              .type_name("N")
                              .check(whole_number(1, std::uint64_t{1} << 24));
    command
        .add_option("--partition", given->partition,
                    "Partition, such as equal:3, weighted:3,2,1, jump:5 or ring:5")
        .type_name("TEXT")
        .excludes(slices);
    command
        .add_option("--hash", given->hash, "Hash policy, such as mailman21 or list_affinity/sha256")
        .type_name("NAME")
        .capture_default_str();
    const option trace =
        command
            .add_option("--trace", given->trace,
                        "Hash the posts of this trace (CSV or JSON lines, plain or gzip)")
            .type_name("FILE");
    const option mbox =
        command.add_option("--mbox", given->mbox, "Hash the messages of this mbox (plain or gzip)")
            .type_name("FILE")
            .excludes(trace);
    command
        .add_option("--keys", given->keys,
                    "Hash the lines of this file, each as Message-ID, list and sender")
        .type_name("FILE")
        .excludes(trace)
        .excludes(mbox);
    command.add_option("--size", given->size, "Size of a synthetic message in bytes")
        .type_name("BYTES")
        .capture_default_str()
        .check(whole_number(16, 1 << 20));
    command.add_flag("--no-times", given->no_times, "Leave out figures that differ between runs");
    add_seed_option(command, line.options);
    add_jobs_option(command, line.options);
}

}  // namespace qslice::sim
