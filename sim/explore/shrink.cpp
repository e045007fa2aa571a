#include "sim/explore/shrink.hpp"

#include "sim/explore/goal.hpp"
#include "sim/explore/trial.hpp"
#include "sim/explore/variation.hpp"
#include "sim/model/process_name.hpp"
#include "sim/record/run_record.hpp"

#include <qslice/partition/named_partition.hpp>
#include <qslice/topology/process.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace qslice::sim {

namespace {

class shrinker {
public:
    shrinker(scenario failing, guarantee_result broken, const search_goal& goal,
             std::uint64_t most_runs)
        : best_{std::move(failing), std::move(broken), 0}, goal_(goal), most_runs_(most_runs) {
        if (goal_.guarantee.empty()) wanted_ = best_.broken.name;
        const auto played = play(best_.setting);
        orphaned_before_ = played && has_orphans(*played);
    }

    shrunk_scenario run() && {
        // Each round may enable another; few are needed.
        for (bool changed = true; changed && best_.runs < most_runs_;) {
            const scenario at_start = best_.setting;
            fewer_faults();
            fewer_posts();
            fewer_machines();
            fewer_runners();
            plainer_site();
            plainer_clocks();
            plainer_faults();
            plainer_posts();
            changed = !(best_.setting == at_start);
        }
        return std::move(best_);
    }

private:
    /// Keeps the candidate if it still breaks the guarantee.
    bool accept(scenario candidate) {
        drop_lists_without_posts(candidate);
        if (candidate == best_.setting || best_.runs >= most_runs_) return false;
        ++best_.runs;
        const auto played = play(candidate);
        if (!played) return false;
        auto broken = find_broken(played->record, played->guarantees, goal_);
        if (!broken || (!wanted_.empty() && broken->name != wanted_)) return false;
        // A site that has lost a runner is another problem, and hides this one in the verdict.
        if (!orphaned_before_ && has_orphans(*played)) return false;
        best_.setting = std::move(candidate);
        best_.broken = *std::move(broken);
        return true;
    }

    static bool has_orphans(const trial& played) {
        const auto& entries = played.record.entries;
        return std::any_of(entries.begin(), entries.end(),
                           [](const entry_record& e) { return e.fate == entry_fate::orphaned; });
    }

    template <class Change>
    bool with(Change&& change) {
        scenario candidate = best_.setting;
        change(candidate);
        return accept(std::move(candidate));
    }

    /// Removes as many items as it can, halves first (Zeller and Hildebrandt's ddmin).
    /// @param without  (scenario&, first, count): removes these
    template <class Without>
    void minimize(std::size_t least, const std::function<std::size_t()>& size, Without&& without) {
        for (std::size_t chunk = std::max<std::size_t>(size() / 2, 1);; chunk /= 2) {
            for (std::size_t first = 0; first < size();) {
                const std::size_t count = std::min(chunk, size() - first);
                const auto change = [&](scenario& s) { without(s, first, count); };
                const bool removed =
                    size() >= least + count &&
                    (with(change) ||
                     (chunk == 1 && (with_other_counts(change) || with_other_seeds(change))));
                if (!removed) first += count;
            }
            if (chunk <= 1) return;
        }
    }

    /// The same change, with the only fault at a counted call moved to an earlier call: fewer posts
    /// make fewer calls.
    template <class Change>
    bool with_other_counts(Change&& change) {
        const auto counts = [](const fault& f) { return f.count > 1; };
        auto& faults = best_.setting.faults;
        if (std::count_if(faults.begin(), faults.end(), counts) != 1) return false;
        const std::uint64_t count = std::find_if(faults.begin(), faults.end(), counts)->count;
        for (std::uint64_t c = 1; c < count && c <= 60; ++c) {
            const bool shown = with([&](scenario& s) {
                change(s);
                for (fault& f : s.faults) {
                    if (f.count > 1) f.count = c;
                }
            });
            if (shown) return true;
        }
        return false;
    }

    /// The same change with other random draws, since they decide what a crash leaves.
    template <class Change>
    bool with_other_seeds(Change&& change) {
        const auto loses_power = [](const fault& f) {
            return causes(f.what, fault_effect::power_loss);
        };
        const auto& faults = best_.setting.faults;
        if (std::none_of(faults.begin(), faults.end(), loses_power)) return false;
        for (std::uint64_t seed = 1; seed <= 12; ++seed) {
            const bool shown = with([&](scenario& s) {
                change(s);
                s.seed = seed;
            });
            if (shown) return true;
        }
        return false;
    }

    void fewer_faults() {
        minimize(
            0, [this] { return best_.setting.faults.size(); },
            [](scenario& s, std::size_t first, std::size_t count) {
                const auto at = s.faults.begin() + static_cast<std::ptrdiff_t>(first);
                s.faults.erase(at, at + static_cast<std::ptrdiff_t>(count));
            });
    }

    void fewer_posts() {
        minimize(
            1, [this] { return best_.setting.stream.listed.size(); },
            [](scenario& s, std::size_t first, std::size_t count) {
                remove_posts(s, first, count);
            });
    }

    /// Faults keep their place among the posts: their times count from the first post.
    static void remove_posts(scenario& s, std::size_t first, std::size_t count) {
        auto& posts = s.stream.listed;
        const auto at = posts.begin() + static_cast<std::ptrdiff_t>(first);
        posts.erase(at, at + static_cast<std::ptrdiff_t>(count));
        for (post_choice& p : posts) {
            if (p.answers > first + count) {
                p.answers -= count;
            } else if (p.answers > first) {
                p.answers = 0;
            }
        }
        const double earlier = posts.front().at_s;
        for (post_choice& p : posts) p.at_s = std::round((p.at_s - earlier) * 1e9) / 1e9;
        for (fault& f : s.faults) {
            f.at_s = std::max(0.0, f.at_s - earlier);
            if (f.until_s > 0) f.until_s = std::max(f.at_s + 1e-9, f.until_s - earlier);
        }
    }

    /// Divides all queues among the first n machines, in n slices.
    static void divide_anew(scenario& s, std::size_t n) {
        std::set<std::string> runners;
        for (const machine_choice& m : s.machines) {
            for (const runner_choice& r : m.runners) runners.insert(r.runner);
        }
        s.machines.resize(n);
        s.policy.partition = named_partition(s.policy.partition).kind();
        for (std::size_t k = 0; k < n; ++k) {
            s.machines[k].runners.clear();
            for (const std::string& name : runners) s.machines[k].runners.push_back({name, k, n});
        }
        for (fault& f : s.faults) {
            const auto runner = parse_runner_slice(f.process);
            if (runner && runner->class_name != f.process) {
                const std::size_t k = std::min<std::size_t>(runner->slice, n - 1);
                f.process = to_string(runner_choice{std::string(runner->class_name), k, n});
                f.machine = s.machines[k].name;
            } else if (!f.machine.empty()) {
                const auto known = std::find_if(s.machines.begin(), s.machines.end(),
                                                [&](auto& m) { return m.name == f.machine; });
                if (known == s.machines.end()) f.machine = s.machines.back().name;
            }
        }
    }

    void fewer_machines() {
        const std::size_t machines = best_.setting.machines.size();
        for (std::size_t n = 1; n < machines; ++n) {
            if (with([&](scenario& s) { divide_anew(s, n); }) ||
                with_other_counts([&](scenario& s) { divide_anew(s, n); })) {
                break;
            }
        }
        minimize(
            1, [this] { return best_.setting.machines.size(); },
            [](scenario& s, std::size_t first, std::size_t count) {
                const auto at = s.machines.begin() + static_cast<std::ptrdiff_t>(first);
                s.machines.erase(at, at + static_cast<std::ptrdiff_t>(count));
            });
    }

    /// All runners of a class at once, so that no slice of a queue remains without a runner.
    void fewer_runners() {
        std::set<std::string> names;
        for (const machine_choice& m : best_.setting.machines) {
            for (const runner_choice& r : m.runners) names.insert(r.runner);
        }
        for (const std::string& name : names) {
            with([&](scenario& s) {
                for (machine_choice& m : s.machines) {
                    std::erase_if(m.runners, [&](auto& r) { return r.runner == name; });
                }
            });
        }
    }

    void plainer_site() {
        with([](scenario& s) { s.tie_seed = 0; });
        with([](scenario& s) { s.lists.clear(); });
        with([](scenario& s) { s.list_defaults.members = 1; });
        with([](scenario& s) { s.list_defaults.digest_members = 0; });
        with([](scenario& s) { s.list_defaults.archive = false; });
        with([](scenario& s) {
            s.list_defaults.held_share = s.list_defaults.discarded_share = 0;
            s.list_defaults.refused_types.clear();
        });
        with([](scenario& s) { s.storage.latency_spread = 0; });
        with([](scenario& s) { s.storage.kind = "disk"; });
        with([](scenario& s) { s.services.fails_for_now = s.services.fails_for_good = 0; });
        for (service_time service_choice::*time :
             {&service_choice::list_load, &service_choice::archive, &service_choice::delivery}) {
            with([&](scenario& s) { (s.services.*time).form = service_time::shape::constant; });
        }
        with([](scenario& s) { s.services = service_choice{}; });
        with([](scenario& s) { s.seed = 1; });
        with([](scenario& s) { s.drain_s = 60; });
        with([](scenario& s) { s.drain_s = std::min(s.drain_s, 120.0); });
    }

    void plainer_clocks() {
        for (std::size_t i = 0; i < best_.setting.machines.size(); ++i) {
            with([&](scenario& s) { s.machines[i].clock = {}; });
            with([&](scenario& s) { s.machines[i].clock.offset = {}; });
            with([&](scenario& s) { s.machines[i].clock.drift = 0; });
            with([&](scenario& s) { s.machines[i].clock.resolution = {}; });
            with([&](scenario& s) { s.machines[i].slowness = 1; });
            with([&](scenario& s) {
                auto& offset = s.machines[i].clock.offset;
                offset = to_duration(rounded(to_seconds(offset)));
            });
        }
    }

    static double rounded(double seconds) {
        for (const double unit : {1.0, 0.1, 0.01, 1e-3, 1e-4, 1e-5}) {
            const double r = std::round(seconds / unit) * unit;
            if (r != 0 && std::abs(r - seconds) < 0.3 * std::abs(seconds)) {
                return std::round(r * 1e9) / 1e9;
            }
        }
        return seconds;
    }

    void plainer_faults() {
        for (std::size_t i = 0; i < best_.setting.faults.size(); ++i) {
            const fault f = best_.setting.faults[i];
            with([&](scenario& s) { s.faults[i].machine.clear(); });
            with([&](scenario& s) {
                auto& process = s.faults[i].process;
                process.resize(class_of_process(process).size());
            });
            for (std::uint64_t c = 1; c < std::min<std::uint64_t>(f.count, 20); ++c) {
                if (with([&](scenario& s) { s.faults[i].count = c; })) break;
            }
            with([&](scenario& s) { s.faults[i].after_call = false; });
            with([&](scenario& s) { s.faults[i].files = 1; });
            with([&](scenario& s) { s.faults[i].down_s = fault{}.down_s; });
            with([&](scenario& s) { s.faults[i].until_s = 0; });
            with([&](scenario& s) { s.faults[i].at_s = 0; });
            with([&](scenario& s) { s.faults[i].at_s = rounded(f.at_s); });
            with([&](scenario& s) { s.faults[i].amount = rounded(f.amount); });
        }
    }

    void plainer_posts() {
        with([](scenario& s) {
            for (post_choice& p : s.stream.listed) {
                p.list = post_choice{}.list;
                p.sender = post_choice{}.sender;
                p.answers = 0;
                p.size_bytes = post_choice{}.size_bytes;
            }
        });
        with([](scenario& s) {
            for (post_choice& p : s.stream.listed) p.sender = post_choice{}.sender;
        });
        with([](scenario& s) {
            for (post_choice& p : s.stream.listed) p.list = post_choice{}.list;
        });
        with([](scenario& s) {
            for (post_choice& p : s.stream.listed) p.answers = 0;
        });
        with([](scenario& s) {
            for (post_choice& p : s.stream.listed) p.size_bytes = post_choice{}.size_bytes;
        });
        with([](scenario& s) {
            for (post_choice& p : s.stream.listed) p.at_s = 0;
        });
        for (std::size_t i = 1; i < best_.setting.stream.listed.size(); ++i) {
            // Later posts move as well.
            const double gap =
                best_.setting.stream.listed[i].at_s - best_.setting.stream.listed[i - 1].at_s;
            for (const double wanted : {0.0, rounded(gap)}) {
                const bool shown = with([&](scenario& s) {
                    for (std::size_t k = i; k < s.stream.listed.size(); ++k) {
                        auto& at = s.stream.listed[k].at_s;
                        at = std::round((at - gap + wanted) * 1e9) / 1e9;
                    }
                });
                if (shown) break;
            }
        }
    }

    shrunk_scenario best_;
    search_goal goal_;
    std::string wanted_;
    std::uint64_t most_runs_;
    bool orphaned_before_ = false;
};

}  // namespace

shrunk_scenario shrink(scenario failing, guarantee_result broken, const search_goal& goal,
                       std::uint64_t most_runs) {
    return shrinker(std::move(failing), std::move(broken), goal, most_runs).run();
}

}  // namespace qslice::sim
