/// @file
/// qslice-sim reslice: changes the number of slices of a live site whose runners own their slices.
#include "sim/app/command.hpp"
#include "sim/site/queue_tree.hpp"

#include <qslice/ownership/deployment_file.hpp>
#include <qslice/partition/named_partition.hpp>
#include <qslice/world/posix_world.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <unistd.h>

namespace qslice::sim {

namespace {

struct reslice_arguments {
    std::string directory;
    std::string queue;
    std::string partition;
    std::uint64_t slices = 0;
};

result<exit_status> reslice(session& s, const reslice_arguments& a) {
    const auto tree = diagnosis::find_queues(a.directory);
    if (!tree) return failure(tree.error());
    if (tree->single) {
        return failure(error_code::malformed, a.directory,
                       "expected the directory that holds the queues, not one queue's");
    }
    if (!a.partition.empty()) {
        const auto divided = named_partition(a.partition).divide(a.slices);
        if (!divided) return failure(divided.error());
        if (divided->slice_count() != a.slices) {
            return failure(error_code::malformed, "--partition",
                           a.partition + " has " + std::to_string(divided->slice_count()) +
                               " slices, --slices says " + std::to_string(a.slices));
        }
    }
    posix_world w([](std::string_view, std::string_view) {});
    const auto epoch = change_slices(w, tree->root, a.queue, a.slices,
                                     "reslice-" + std::to_string(::getpid()), a.partition);
    if (!epoch) return failure(epoch.error());
    if (s.options.json) {
        s.out.print("{{\"epoch\": {}}}\n", *epoch);
    } else if (!s.options.quiet) {
        s.out.print(
            "Epoch {} is written: {} divided into {} slices. Owners of slices follow at their next "
            "look; qslice-sim inspect {} shows who has which.\n",
            *epoch, a.queue.empty() ? "every queue is" : a.queue + "/ is", a.slices, a.directory);
    }
    return exit_status::good;
}

}  // namespace

void add_reslice_command(command_options program, command_line& line) {
    const auto a = std::make_shared<reslice_arguments>();
    command_options command = add_command(
        program, line, "reslice",
        "Change the number of slices of a live site whose machines own slices (docs/takeover.md)",
        [a](session& s) { return reslice(s, *a); });
    command.add_option("DIR", a->directory, "A directory with qfiles/, queue/ or the queues")
        .required();
    command.add_option("--slices", a->slices, "The new number of slices").type_name("N").required();
    command.add_option("--queue", a->queue, "The queue (default: every queue)").type_name("QUEUE");
    command
        .add_option("--partition", a->partition,
                    "Divide it so from now on: equal, weighted:3,2,1, ... (default: as it is)")
        .type_name("KIND");
}

}  // namespace qslice::sim
