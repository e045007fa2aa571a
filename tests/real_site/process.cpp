// One process of a site on real files, as real_site.py starts them:
//   process ROOT MACHINE CLOCK_OFFSET LOG RUNNER:SLICE:SLICES SEED LIST_LOAD ARCHIVE DELIVERY
//   [LIST_SAVE] process ROOT MACHINE CLOCK_OFFSET LOG post SEED
// The times of services are means in seconds, exponentially distributed; LIST_SAVE is how long it
// takes to load a list again under its lock, and to save it after the work. The second form reads
// lines "TIME LIST NUMBER" and puts each post into in/ at that time. Each line of the log is
// written by one call: "KIND TIME PID QUEUE NUMBER", where KIND is P a post was accepted, H its
// entry was taken, D it was delivered, A archived; times are true ones.
#include <qslice/runner/archive_runner.hpp>
#include <qslice/runner/incoming_runner.hpp>
#include <qslice/runner/left_claims.hpp>
#include <qslice/runner/outgoing_runner.hpp>
#include <qslice/runner/runner_loop.hpp>
#include <qslice/runner/site.hpp>
#include <qslice/spool/standard_spools.hpp>
#include <qslice/topology/process.hpp>
#include <qslice/world/posix_world.hpp>
#include <qslice/world/recording_world.hpp>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace {

using namespace qslice;

/// The real world with a machine's clock. Nothing waits for the disk: processes die, not machines.
class machine_world : public posix_world {
public:
    machine_world(double offset_s, log_sink sink)
        : posix_world(std::move(sink)), offset_s_(offset_s) {}

    [[nodiscard]] timestamp now() const { return {posix_world::now().seconds + offset_s_}; }
    result<void> sync(file&) { return {}; }
    result<void> sync_directory(const std::string&) { return {}; }

private:
    double offset_s_;
};

using recorded = recording_world<machine_world>;

machine_world* running = nullptr;
extern "C" void stop_running(int) {
    if (running != nullptr) running->request_stop();
}

struct event_log {
    int file = -1;

    void add(char kind, std::string_view queue, std::int64_t number) const {
        char line[128];
        const int size = std::snprintf(line, sizeof line, "%c %.6f %d %.*s %lld\n", kind,
                                       posix_world().now().seconds, static_cast<int>(::getpid()),
                                       static_cast<int>(queue.size()), queue.data(),
                                       static_cast<long long>(number));
        if (::write(file, line, static_cast<std::size_t>(size)) != size) std::abort();
    }
};

std::int64_t number_of(const queued_message& message) {
    return static_cast<std::int64_t>(message.data.number("post").value_or(-1));
}

struct service_times {
    double list_load_s = 0;
    double archive_s = 0;
    double delivery_s = 0;
    double list_save_s = 0;
};

class services {
public:
    services(recorded world, event_log log, service_times times, std::uint64_t seed)
        : world_(std::move(world)), log_(log), times_(times), draw_(seed) {}

    const mailing_list* find_list(std::string_view name) {
        work(times_.list_load_s);
        mailing_list& list = lists_[std::string(name)];
        list.name = name;
        list.id = std::string(name) + ".example.org";
        list.recipients = {"ada@example.org", "bob@example.org"};
        return &list;
    }
    result<const mailing_list*> reload_list(const mailing_list& list) {
        work(times_.list_save_s);
        return &list;
    }
    result<void> save_list(const mailing_list&) {
        work(times_.list_save_s);
        return {};
    }
    result<delivery_report> deliver(const mailing_list& list, const queued_message& message,
                                    const std::vector<std::string>& recipients) {
        work(times_.delivery_s);
        log_.add('D', "out", number_of(message));
        world_.delivered(id_of(message), list.name, recipients.size());
        return delivery_report{};
    }
    result<void> archive(const mailing_list& list, const queued_message& message) {
        work(times_.archive_s);
        log_.add('A', "archive", number_of(message));
        world_.archived(id_of(message), list.name);
        return {};
    }
    result<void> note_bounce(const mailing_list&, const queued_message&,
                             const std::vector<std::string>&) {
        return {};
    }
    [[nodiscard]] const event_log& log() const { return log_; }

private:
    static std::string id_of(const queued_message& message) {
        return '<' + std::to_string(number_of(message)) + "@example.org>";
    }

    void work(double mean_s) {
        if (mean_s <= 0) return;
        const double time = std::exponential_distribution<double>(1 / mean_s)(draw_);
        std::this_thread::sleep_for(std::chrono::duration<double>(time));
    }

    recorded world_;
    event_log log_;
    service_times times_;
    std::mt19937_64 draw_;
    std::map<std::string, mailing_list, std::less<>> lists_;
};

using site_type = site<recorded, mailman21_spool, services>;

/// A runner that notes each entry that it takes.
template <class Runner>
struct noting : Runner {
    template <class Site>
    result<disposition> dispose(Site& s, queued_message& message) {
        s.services().log().add('H', Runner::queue, number_of(message));
        return Runner::dispose(s, message);
    }
};

template <class Runner>
int serve(site_type& s, const runner_slice& wanted) {
    const auto ranges = equal_ranges<>::make(wanted.slice_count);
    if (!ranges) return EXIT_FAILURE;
    (void)clear_left_claims(s.world(), s.lock_directory(), s.settings().identity);
    runner_loop<noting<Runner>, site_type> loop(s, {*ranges, wanted.slice});
    loop.run();
    return EXIT_SUCCESS;
}

int put_posts(site_type& s) {
    double at = 0;
    std::string list;
    std::int64_t number = 0;
    while (std::cin >> at >> list >> number) {
        const double left = at - posix_world().now().seconds;
        if (left > 0) std::this_thread::sleep_for(std::chrono::duration<double>(left));
        const std::string n = std::to_string(number);
        const auto queued =
            s.enqueue("in",
                      "From: ann@example.org\nMessage-ID: <" + n + "@example.org>\nSubject: " + n +
                          "\n\nbody of " + n + "\n",
                      {{"listname", list}, {"post", number}});
        if (!queued) {
            std::cerr << queued.error().to_string() << '\n';
            return EXIT_FAILURE;
        }
        s.services().log().add('P', "in", number);
    }
    return EXIT_SUCCESS;
}

}  // namespace

int main(int count, char** words) {
    if (count < 7) return 2;
    const auto number = [&](int i) { return count > i ? std::strtod(words[i], nullptr) : 0.0; };
    const std::string root = words[1];
    const std::string role = words[5];
    const event_log events{::open(words[4], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0660)};
    if (events.file < 0) return 2;
    machine_world world(number(3), [&](std::string_view log, std::string_view line) {
        if (log != "error") return;
        const std::string text =
            std::string(words[2]) + ' ' + role + ": " + std::string(line) + '\n';
        (void)!::write(STDERR_FILENO, text.data(), text.size());
    });
    running = &world;
    std::signal(SIGTERM, stop_running);
    auto recording = recorded::make(world, root + "/calls", words[2], role);
    if (!recording) {
        std::cerr << recording.error().to_string() << '\n';
        return EXIT_FAILURE;
    }
    services own(*recording, events, {number(7), number(8), number(9), number(10)},
                 static_cast<std::uint64_t>(number(6)));
    site_type s(*recording, own,
                {.root = root,
                 .identity = std::string(words[2]) + '/' + role,
                 .list_locks = mailman_lock_times});
    if (role == "post") return put_posts(s);
    const auto wanted = parse_runner_slice(role);
    if (!wanted) {
        std::cerr << wanted.error().to_string() << '\n';
        return 2;
    }
    if (wanted->class_name == "IncomingRunner") return serve<incoming_runner>(s, *wanted);
    if (wanted->class_name == "ArchRunner") return serve<archive_runner>(s, *wanted);
    if (wanted->class_name == "OutgoingRunner") return serve<outgoing_runner>(s, *wanted);
    return 2;
}
