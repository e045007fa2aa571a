/// @file
/// Machines that own slices, as real processes on a real spool: killed, stopped and continued,
/// while the number of slices changes under load. Checks what docs/takeover.md promises and prints
/// what it measured.
///
///     owned_trial [--directory DIR] [--messages N] [--seconds S] [--changes N] [--kills N]
///                 [--stops N] [--stop-seconds S] [--takeover S] [--machines N]
#include <qslice/codec/plain_format.hpp>
#include <qslice/hash/hash_policy.hpp>
#include <qslice/hash/metadata_key.hpp>
#include <qslice/ownership/deployment_file.hpp>
#include <qslice/partition/equal_ranges.hpp>
#include <qslice/runner/site.hpp>
#include <qslice/spool/entry_order.hpp>
#include <qslice/spool/entry_stamp.hpp>
#include <qslice/topology/deploy.hpp>
#include <qslice/topology/run_owned.hpp>
#include <qslice/topology/standby.hpp>
#include <qslice/topology/topology.hpp>
#include <qslice/world/posix_world.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace qslice;

namespace {

using trial_spool = spool_traits<plain_format, basic_hash_policy<metadata_key<"key">>,
                                 equal_ranges<>, strict_order, flat_layout, increasing_stamps>;

double now_s() { return posix_world().steady_s(); }

/// What a runner does with a message: one line in a file that all append to.
class effects_file {
public:
    explicit effects_file(const std::string& path)
        : descriptor_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0660)) {}
    effects_file(const effects_file&) = delete;
    effects_file& operator=(const effects_file&) = delete;
    ~effects_file() { ::close(descriptor_); }

    void note(std::string_view key, std::string_view number) const {
        std::string line(key);
        line.append(" ").append(number).append(" ").append(std::to_string(now_s())).append("\n");
        if (::write(descriptor_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
            std::perror("effects");
        }
    }

private:
    int descriptor_;
};

effects_file* effects = nullptr;

struct noting_runner {
    static constexpr std::string_view class_name = "NotingRunner";
    static constexpr std::string_view queue = "in";
    static constexpr std::array<std::string_view, 0> flows_to{};
    static constexpr double sleep_s = 0.05;

    template <class Site>
    static result<disposition> dispose(Site&, typename Site::item_type& item) {
        effects->note(item.data.text("key").value_or("?"), item.data.text("number").value_or("?"));
        return disposition::done;
    }
};

struct trial_site
    : topology<
          trial_spool, runners<sliced<noting_runner, 3>>,
          machines<machine_runs<"mx1", slice_of_each<0>>, machine_runs<"mx2", slice_of_each<1>>,
                   machine_runs<"mx3", slice_of_each<2>>>,
          ends_at<>, enters<"in">> {
    using stands_by = standby<>;
};

struct trial_options {
    std::string directory = "owned-trial";
    std::uint64_t messages = 3000;
    double seconds = 12;
    std::uint64_t changes = 4;
    std::uint64_t kills = 1;
    std::uint64_t stops = 1;
    double stop_seconds = 3;
    double takeover = 2;
    std::uint64_t seed = 1;
};

constexpr std::size_t machine_count = 3;
constexpr std::size_t key_count = 40;
const std::array<const char*, machine_count> names{"mx1", "mx2", "mx3"};

posix_world* running = nullptr;

pid_t start(std::size_t machine, const trial_options& o) {
    const pid_t child = ::fork();
    if (child != 0) return child;
    const std::string log_path = o.directory + "/log." + names[machine];
    std::FILE* const log = std::fopen(log_path.c_str(), "a");
    posix_world w([log](std::string_view name, std::string_view line) {
        std::fprintf(log, "%.3f %.*s: %.*s\n", now_s(), static_cast<int>(name.size()), name.data(),
                     static_cast<int>(line.size()), line.data());
        std::fflush(log);
    });
    effects_file file(o.directory + "/effects");
    effects = &file;
    running = &w;
    std::signal(SIGTERM, [](int) { running->request_stop(); });
    owning_settings settings{o.directory + "/spool", {}};
    settings.times.takeover_s = o.takeover;
    const auto ran = run_owned<trial_site>(
        w, names[machine], settings, [&o, machine](const runner_slice& r, auto world) {
            site_settings at{o.directory, std::string(names[machine]) + '/' + to_string(r)};
            at.queues = o.directory + "/spool";
            return site<decltype(world), trial_spool>(std::move(world), std::move(at));
        });
    if (!ran) std::fprintf(stderr, "%s\n", ran.error().to_string().c_str());
    std::_Exit(ran ? 0 : 1);
}

struct event {
    enum class kind { kill, restart, stop, go_on, change };
    double at_s = 0;
    kind what{};
    std::size_t machine = 0;
    std::uint64_t slices = 0;
};

/// Kills and stops, one at a time, spread over the run; changes evenly.
std::vector<event> plan(const trial_options& o) {
    std::mt19937_64 random(o.seed);
    std::vector<event> events;
    const std::uint64_t faults = o.kills + o.stops;
    const double slot = o.seconds / static_cast<double>(faults + 1);
    for (std::uint64_t i = 0; i < faults; ++i) {
        const double at = slot * (static_cast<double>(i) + 0.5);
        const std::size_t machine = random() % machine_count;
        if (i % 2 == 0 ? i / 2 < o.kills : i / 2 >= o.stops) {
            events.push_back({at, event::kind::kill, machine, 0});
            events.push_back(
                {at + std::min(slot * 0.6, 1.5 * o.takeover), event::kind::restart, machine, 0});
        } else {
            events.push_back({at, event::kind::stop, machine, 0});
            events.push_back({at + o.stop_seconds, event::kind::go_on, machine, 0});
        }
    }
    std::uint64_t slices = 3;
    for (std::uint64_t i = 0; i < o.changes; ++i) {
        slices = slices % 7 + 1;
        events.push_back(
            {o.seconds * (static_cast<double>(i) + 0.7) / static_cast<double>(o.changes + 1),
             event::kind::change, 0, slices});
    }
    std::stable_sort(events.begin(), events.end(),
                     [](const event& a, const event& b) { return a.at_s < b.at_s; });
    return events;
}

struct message_times {
    double queued_s = 0;
    double done_s = 0;  ///< the first time
    std::uint64_t times = 0;
};

std::string seconds(double s) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.2f s", s);
    return text.data();
}

/// The longest wait of the messages that were queued around each event.
void print_waits(const char* what, std::vector<double> waits) {
    if (waits.empty()) return;
    std::sort(waits.begin(), waits.end());
    std::printf("%s: %zu, median wait %s, longest %s\n", what, waits.size(),
                seconds(waits[waits.size() / 2]).c_str(), seconds(waits.back()).c_str());
}

bool parse(int count, char** arguments, trial_options& o) {
    for (int i = 1; i + 1 < count; i += 2) {
        const std::string_view name = arguments[i];
        const std::string value = arguments[i + 1];
        if (name == "--directory")
            o.directory = value;
        else if (name == "--messages")
            o.messages = std::stoull(value);
        else if (name == "--seconds")
            o.seconds = std::stod(value);
        else if (name == "--changes")
            o.changes = std::stoull(value);
        else if (name == "--kills")
            o.kills = std::stoull(value);
        else if (name == "--stops")
            o.stops = std::stoull(value);
        else if (name == "--stop-seconds")
            o.stop_seconds = std::stod(value);
        else if (name == "--takeover")
            o.takeover = std::stod(value);
        else if (name == "--seed")
            o.seed = std::stoull(value);
        else
            return false;
    }
    return count % 2 == 1;
}

}  // namespace

int main(int count, char** arguments) {
    trial_options o;
    if (!parse(count, arguments, o)) {
        std::fprintf(stderr, "see the comment at the top of owned_trial.cpp for the options\n");
        return 2;
    }
    std::filesystem::remove_all(o.directory);
    std::filesystem::create_directories(o.directory + "/spool/in");
    posix_world w;
    site_settings at{o.directory, "admin"};
    at.queues = o.directory + "/spool";
    site<posix_world, trial_spool> admin(w, at);
    if (auto stated = state_deployment<trial_site>(admin); !stated) {
        std::fprintf(stderr, "%s\n", stated.error().to_string().c_str());
        return 2;
    }
    std::array<pid_t, machine_count> pids{};
    for (std::size_t m = 0; m < machine_count; ++m) pids[m] = start(m, o);

    std::vector<std::vector<message_times>> sent(key_count);
    std::vector<event> events = plan(o);
    std::vector<std::pair<event, double>> happened;
    std::size_t next = 0;
    std::array<bool, machine_count> is_up{true, true, true};
    std::mt19937_64 random(o.seed);
    const double began = now_s();
    bool fine = true;
    for (std::uint64_t i = 0; i < o.messages || next < events.size();) {
        const double passed = now_s() - began;
        if (next < events.size() && events[next].at_s <= passed) {
            const event e = events[next++];
            const pid_t pid = pids[e.machine];
            switch (e.what) {
                case event::kind::kill:
                    ::kill(pid, SIGKILL);
                    ::waitpid(pid, nullptr, 0);
                    is_up[e.machine] = false;
                    break;
                case event::kind::restart:
                    pids[e.machine] = start(e.machine, o);
                    is_up[e.machine] = true;
                    break;
                case event::kind::stop: ::kill(pid, SIGSTOP); break;
                case event::kind::go_on: ::kill(pid, SIGCONT); break;
                case event::kind::change: {
                    const auto changed = change_slices(w, at.queues, "in", e.slices, "admin");
                    if (!changed) {
                        std::fprintf(stderr, "%s\n", changed.error().to_string().c_str());
                        fine = false;
                    }
                }
            }
            happened.emplace_back(e, now_s());
            continue;
        }
        if (i >= o.messages ||
            passed < o.seconds * static_cast<double>(i) / static_cast<double>(o.messages)) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
            continue;
        }
        const std::size_t key = random() % key_count;
        attributes data;
        data.set("key", "key" + std::to_string(key));
        data.set("number", std::to_string(sent[key].size()));
        const double queued = now_s();
        if (auto put = admin.enqueue("in", "message", std::move(data)); !put) {
            std::fprintf(stderr, "%s\n", put.error().to_string().c_str());
            fine = false;
        }
        sent[key].push_back({queued, 0, 0});
        ++i;
    }
    // The rest is taken within the bound.
    const auto waiting = [&] {
        std::size_t entries = 0;
        for (const auto& file : std::filesystem::directory_iterator(at.queues + "/in")) {
            entries += file.is_regular_file() ? 1 : 0;
        }
        return entries;
    };
    const double deadline = now_s() + 3 * o.takeover + 20;
    while (waiting() > 0 && now_s() < deadline) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    const std::size_t left = waiting();
    for (std::size_t m = 0; m < machine_count; ++m) ::kill(pids[m], SIGTERM);
    for (std::size_t m = 0; m < machine_count; ++m) {
        int status = 0;
        ::waitpid(pids[m], &status, 0);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
            std::fprintf(stderr, "%s ended with status %d\n", names[m], status);
            fine = false;
        }
    }

    std::uint64_t repeated = 0;
    std::uint64_t out_of_order = 0;
    std::map<std::string, std::uint64_t> expected;
    std::ifstream file(o.directory + "/effects");
    std::string key;
    std::uint64_t number = 0;
    double when = 0;
    while (file >> key >> number >> when) {
        message_times& m = sent.at(std::stoull(key.substr(3))).at(number);
        if (m.times++ > 0) {
            ++repeated;
            continue;
        }
        m.done_s = when;
        std::uint64_t& due = expected[key];
        if (number != due) ++out_of_order;
        due = std::max(due, number + 1);
    }
    std::uint64_t lost = 0;
    std::uint64_t total = 0;
    for (const auto& of_key : sent) {
        for (const message_times& m : of_key) {
            ++total;
            lost += m.times == 0 ? 1 : 0;
        }
    }
    const auto longest_wait = [&](double from, double to) {
        double longest = 0;
        for (const auto& of_key : sent) {
            for (const message_times& m : of_key) {
                if (m.queued_s >= from && m.queued_s <= to && m.times > 0) {
                    longest = std::max(longest, m.done_s - m.queued_s);
                }
            }
        }
        return longest;
    };
    std::map<event::kind, std::vector<double>> waits;
    for (std::size_t i = 0; i < happened.size(); ++i) {
        const auto& [e, time] = happened[i];
        // Until the next event, so that each wait has one cause.
        const double until = i + 1 < happened.size() ? happened[i + 1].second : time + o.takeover;
        waits[e.what].push_back(longest_wait(time - 0.05, std::min(until, time + o.takeover)));
    }
    std::printf(
        "%llu messages, %llu lost, %llu done again, %llu first ones out of order, %zu left\n",
        static_cast<unsigned long long>(total), static_cast<unsigned long long>(lost),
        static_cast<unsigned long long>(repeated), static_cast<unsigned long long>(out_of_order),
        left);
    print_waits("kills", waits[event::kind::kill]);
    print_waits("stops", waits[event::kind::stop]);
    print_waits("changes of the number of slices", waits[event::kind::change]);
    // A fault repeats at most what the machine had in hand: one message for each slice it held.
    const std::uint64_t most_repeated = (o.kills + o.stops) * 7;
    const bool kept = lost == 0 && left == 0 && out_of_order == 0 && repeated <= most_repeated;
    if (!kept)
        std::printf(
            "PROBLEM: expected none lost, left or out of order, and at most %llu done again\n",
            static_cast<unsigned long long>(most_repeated));
    return kept && fine ? 0 : 1;
}
