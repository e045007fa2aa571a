/// @file
/// qslice-sim restore: shows the preserved entries of a live site, and puts them back on request.
#include "sim/app/command.hpp"
#include "sim/app/site_options.hpp"
#include "sim/site/log_files.hpp"
#include "sim/site/preserved_entries.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace qslice::sim {

namespace {

struct restore_arguments {
    std::string place;
    std::vector<std::string> logs;
    std::optional<diagnosis::mailman_version> version;
    diagnosis::restore_choice choice;
};

result<exit_status> restore_entries(session& s, const restore_arguments& a) {
    std::optional<diagnosis::site_history> history;
    if (!a.logs.empty()) {
        diagnosis::history_builder builder;
        if (auto done = read_all_logs(builder, a.logs); !done) return failure(done.error());
        history = builder.finish();
    }
    auto files = find_preserved(a.place, a.version, history ? &*history : nullptr, a.choice);
    if (!files) return failure(files.error());
    if (a.choice.requeue) put_back(*files);
    if (s.options.json) {
        s.out.print("{}\n", to_json(*files).dump(2));
    } else {
        s.out.write(to_text(*files, a.choice));
    }
    const bool all_back = std::all_of(files->begin(), files->end(),
                                      [](const auto& f) { return !f.restored_as.empty(); });
    return a.choice.requeue && !all_back ? exit_status::broken : exit_status::good;
}

}  // namespace

void add_restore_command(command_options program, command_line& line) {
    const auto a = std::make_shared<restore_arguments>();
    command_options command =
        add_command(program, line, "restore",
                    "Show the preserved entries (.psv) of a live site, and put them back",
                    [a](session& s) { return restore_entries(s, *a); });
    command
        .add_option("PLACE", a->place,
                    "Mailman's directory (with qfiles/ or queue/), or a queue's directory; without "
                    "--requeue nothing is changed")
        .required();
    command.add_flag("--requeue", a->choice.requeue,
                     "Put back the entries whose message the logs do not show as sent");
    command
        .add_option(
            "--logs", a->logs,
            "Logs of all machines, as the command logs takes them: which messages were sent")
        .type_name("LOG");
    command.add_flag("--even-if-sent", a->choice.even_if_sent,
                     "Put back also what was sent or may have been: recipients get it again");
    command.add_option("--entry", a->choice.entries, "Only the entry of this file; may be repeated")
        .type_name("FILE");
    command
        .add_option("--queue", a->choice.queue,
                    "The queue of entries that do not say from which they were preserved")
        .type_name("QUEUE");
    add_mailman_option(command, a->version);
}

}  // namespace qslice::sim
