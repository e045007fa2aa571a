#pragma once

#include "support/temporary_directory.hpp"
#include "support/test_world.hpp"

#include <qslice/ownership/deployment_file.hpp>
#include <qslice/ownership/slice_keeper.hpp>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace qslice::test {

/// Notes which runners a keeper starts; each stops when it is told to, if it is not in the middle
/// of something.
struct noted_host {
    std::map<leased_slice, held_slice> running;
    std::vector<leased_slice> asked;
    bool busy = false;

    void start(const held_slice& held) { running[held.of] = held; }
    void ask_to_stop(const held_slice& held) { asked.push_back(held.of); }
    bool has_stopped(const held_slice& held) {
        if (busy) return false;
        running.erase(held.of);
        return true;
    }
};

/// A queue in/ in a temporary directory, and the keepers of some machines, each with its own clock.
class keeper_site {
public:
    struct keeper_machine {
        test_world world;
        noted_host host;
        std::unique_ptr<slice_keeper<test_world>> keeper;

        [[nodiscard]] bool serves(std::uint64_t slice) const {
            for (const auto& [of, held] : host.running) {
                if (of.slice == slice && world.now().seconds < held.fence->sure_until_s) {
                    return true;
                }
            }
            return false;
        }
        [[nodiscard]] std::vector<std::string> said() const { return world.lines("qrunner"); }
    };

    explicit keeper_site(std::uint64_t slices, std::size_t machines = 2) : all(machines) {
        std::filesystem::create_directories(queue());
        state(1, slices);
        for (std::size_t i = 0; i < machines; ++i) start(i);
    }

    [[nodiscard]] std::string queue() const { return directory.path() + "/in"; }
    [[nodiscard]] std::string leases() const { return queue() + "/leases"; }

    static queue_terms terms(std::uint64_t slices) {
        return {"in", slices, "equal", "mailman21/sha1", "mailman"};
    }

    void state(std::uint64_t epoch, std::uint64_t slices) {
        (void)write_deployment(all[0].world, directory.path(), {epoch, {terms(slices)}}, "admin");
    }

    /// A new process of a machine.
    void start(std::size_t i) {
        keeper_settings settings;
        settings.spool = directory.path();
        settings.queue_directory = queue();
        settings.identity = "mx" + std::to_string(i + 1) + "/IncomingRunner";
        settings.built = terms(1);
        settings.rank = [i, n = all.size()](std::uint64_t slice, std::uint64_t) {
            return rank_in_turn(i, slice % n, n, slice / n);
        };
        all[i].host = {};
        all[i].world.control().stop_at_sleep = 1'000'000;
        all[i].keeper =
            std::make_unique<slice_keeper<test_world>>(all[i].world, std::move(settings));
    }

    /// Lets this much time pass; each of these machines polls when it is due.
    void pass(double seconds, const std::vector<std::size_t>& polling) {
        constexpr double step_s = 0.05;
        for (double passed = 0; passed < seconds; passed += step_s) {
            for (std::size_t i = 0; i < all.size(); ++i) {
                all[i].world.control().now += step_s;
                const bool polls = std::find(polling.begin(), polling.end(), i) != polling.end();
                if (!polls || all[i].world.control().now < due[i]) continue;
                all[i].keeper->poll(all[i].host);
                due[i] = all[i].world.control().now + all[i].keeper->next_poll_s();
            }
        }
    }

    temporary_directory directory;
    std::vector<keeper_machine> all;
    std::map<std::size_t, double> due;
};

}  // namespace qslice::test
