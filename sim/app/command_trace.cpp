/// @file
/// qslice-sim trace: makes a trace from logs or mailboxes, shows one, or makes one anonymous.
#include "sim/app/command.hpp"
#include "sim/stream/input_file.hpp"
#include "sim/text/text_file.hpp"
#include "sim/trace/make_trace.hpp"
#include "sim/trace/trace_figures.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace qslice::sim {

namespace {

struct trace_arguments {
    std::string action;
    std::vector<std::string> files;
    std::string source;
    std::string zone;
    std::optional<std::uint64_t> year;
    std::string secret;
    std::string output;
    bool json_lines = false;
};

/// The secret in a file, without the end of its line.
result<std::string> read_secret(const std::string& path) {
    if (path.empty()) return std::string();
    auto file = input_file::open(path);
    if (!file) return failure(file.error());
    constexpr std::uint64_t longest = 4096;
    auto text = file->rest(longest);
    if (!text) return text;
    while (!text->empty() && (text->back() == '\n' || text->back() == '\r')) text->pop_back();
    constexpr std::size_t shortest = 16;
    if (text->size() < shortest) {
        return failure(error_code::malformed, path,
                       "expected a secret of at least 16 bytes, which nobody can guess, such as "
                       "the output of 'openssl rand -hex 32'");
    }
    return text;
}

result<exit_status> write(session& s, const trace_arguments& a,
                          const std::vector<trace_post>& posts) {
    const std::string text = trace_text(posts, a.json_lines);
    if (a.output.empty()) {
        s.out.write(text);
        return exit_status::good;
    }
    if (const auto written = write_text_file(a.output, text); !written) {
        return failure(written.error());
    }
    if (!s.options.quiet) s.out.write(figures_text(figures_of(posts), a.output));
    return exit_status::good;
}

result<exit_status> make(session& s, const trace_arguments& a, const pseudonyms& names) {
    mail_log_options options;
    if (!a.zone.empty()) {
        const auto zone = diagnosis::time_zone::parse(a.zone);
        if (!zone) return failure(zone.error().code, "--timezone", zone.error().what);
        options.zone = *zone;
    }
    if (a.year) options.year = static_cast<int>(*a.year);
    for (const auto& [name, source] : post_sources) {
        if (a.source == name) options.source = source;
    }
    const auto posts = make_trace(a.files, options, names);
    if (!posts) return failure(posts.error());
    return write(s, a, *posts);
}

result<exit_status> run(session& s, const trace_arguments& a) {
    auto secret = read_secret(a.secret);
    if (!secret) return failure(secret.error());
    const pseudonyms names(std::move(*secret));
    if (a.action == "make") return make(s, a, names);
    if (a.files.size() != 1) {
        return failure(error_code::malformed, "FILE",
                       "expected one trace for 'trace " + a.action + "', found " +
                           std::to_string(a.files.size()));
    }
    auto posts = read_trace_posts(a.files.front());
    if (!posts) return failure(posts.error());
    if (a.action == "show") {
        const trace_figures figures = figures_of(std::move(*posts));
        if (s.options.json) {
            s.out.print("{}\n", figures_json(figures).dump(2));
        } else {
            s.out.write(figures_text(figures, a.files.front()));
        }
        return exit_status::good;
    }
    if (a.secret.empty()) {
        return failure(error_code::malformed, "--secret",
                       "expected a file with a secret: without one, anybody can find out which "
                       "identifier stands for whom");
    }
    return write(s, a, anonymised(std::move(*posts), names));
}

}  // namespace

void add_trace_command(command_options program, command_line& line) {
    const auto a = std::make_shared<trace_arguments>();
    command_options command =
        add_command(program, line, "trace",
                    "Make a trace of posts from logs or mailboxes, show one, or make one anonymous",
                    [a](session& s) { return run(s, *a); });
    command.footer(
        "A trace goes to standard output, or with --output into a file; then its figures are "
        "printed.");
    command
        .add_option("ACTION", a->action,
                    "make: from logs of Mailman, Postfix or Exim, or from mboxes; show: figures of "
                    "a trace; anonymise: other identifiers, connected with the old ones only by "
                    "the secret")
        .one_of({"make", "show", "anonymise"})
        .required();
    command.add_option("FILE", a->files, "Logs and mboxes, or one trace; plain or gzip").required();
    command
        .add_option("--source", a->source, "What the files are (default: detected by their lines)")
        .type_name("SOURCE")
        .one_of({"mailman", "postfix", "exim", "mbox"});
    command
        .add_option("--timezone", a->zone,
                    "Time zone of stamps without an offset: UTC (default), +02:00 or Europe/Berlin")
        .type_name("ZONE");
    command.add_option("--year", a->year, "Year of the first stamp, for syslog's, which have none")
        .type_name("YEAR")
        .check(whole_number(1971, 2261));
    command
        .add_option("--secret", a->secret,
                    "A file with a secret: identifiers are keyed hashes (HMAC-SHA256) with it")
        .type_name("FILE");
    command.add_option("--output", a->output, "Write the trace into this file").type_name("FILE");
    command.add_flag("--json-lines", a->json_lines, "Write JSON lines instead of CSV");
}

}  // namespace qslice::sim
