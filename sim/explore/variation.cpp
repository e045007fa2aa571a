#include "sim/explore/variation.hpp"

#include "sim/engine/random_stream.hpp"
#include "sim/model/simulation.hpp"
#include "sim/record/built_site.hpp"
#include "sim/scenario/scenario_file.hpp"
#include "sim/stream/listed.hpp"

#include <qslice/core/hash_value.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>

namespace qslice::sim {

namespace {

class varier {
public:
    varier(const scenario& base, const message_stream& stream, const search_bounds& bounds,
           std::uint64_t seed)
        : scenario_(base), stream_(stream), bounds_(bounds), random_(seed, "explore") {
        // Integers in a scenario file are below 2^63.
        scenario_.seed = random_() >> 1;
        scenario_.tie_seed = flip(0.5) ? 0 : random_() >> 1;
        for (const variation v : bounds_.vary) {
            if (flip(0.5)) active_.push_back(v);
        }
        if (active_.empty() && !bounds_.vary.empty()) active_.push_back(one_of(bounds_.vary));
    }

    scenario run() && {
        scenario_.drain_s = std::min(scenario_.drain_s, bounds_.drain_s);
        posts();
        if (is_active(variation::times)) times();
        if (is_active(variation::clocks)) clocks();
        if (is_active(variation::configuration)) configuration();
        std::vector<variation> faults;
        for (const variation v : active_) {
            if (v != variation::times && v != variation::configuration) faults.push_back(v);
        }
        if (!faults.empty()) {
            const std::uint64_t count = 1 + random_.below(bounds_.most_faults);
            for (std::uint64_t i = 0; i < count; ++i) add_fault(one_of(faults));
        }
        return std::move(scenario_);
    }

private:
    bool flip(double probability) { return random_.uniform() < probability; }

    template <class T>
    const T& one_of(const std::vector<T>& values) {
        return values[random_.below(values.size())];
    }

    /// Log-uniformly distributed.
    double spread(double least, double most) {
        return least * std::pow(most / least, random_.uniform());
    }

    /// At least 1; small numbers are more likely.
    std::uint64_t small_count() { return static_cast<std::uint64_t>(spread(1, 100.99)); }

    [[nodiscard]] bool is_active(variation v) const {
        return std::find(active_.begin(), active_.end(), v) != active_.end();
    }

    void posts() {
        const std::size_t all = stream_.arrivals.size();
        const std::size_t count =
            1 + random_.below(std::min<std::uint64_t>(bounds_.most_posts, all));
        message_stream part;
        part.lists = stream_.lists;
        part.senders = stream_.senders;
        const std::size_t first = random_.below(all - count + 1);
        part.arrivals.assign(stream_.arrivals.begin() + static_cast<std::ptrdiff_t>(first),
                             stream_.arrivals.begin() + static_cast<std::ptrdiff_t>(first + count));
        scenario_.stream = {};
        scenario_.stream.what = stream_choice::kind::listed;
        auto& listed = scenario_.stream.listed;
        listed = list_posts(part);
        // Large posts cost time and reveal nothing more than small ones.
        for (post_choice& p : listed) p.size_bytes = std::min<std::uint64_t>(p.size_bytes, 8000);
        const double length = listed.back().at_s;
        const double wanted =
            spread(1e-3, bounds_.most_gap_s) * static_cast<double>(listed.size() - 1);
        for (post_choice& p : listed) {
            if (length > 0) p.at_s = whole_ns(p.at_s * wanted / length);
        }
        drop_lists_without_posts(scenario_);
    }

    void times() {
        const double equal = 0.3 * static_cast<double>(random_.below(3));
        const double near = 0.3 * static_cast<double>(random_.below(3));
        auto& listed = scenario_.stream.listed;
        for (std::size_t i = 1; i < listed.size(); ++i) {
            const double drawn = random_.uniform();
            if (drawn < equal) {
                listed[i].at_s = listed[i - 1].at_s;
            } else if (drawn < equal + near) {
                // Close enough for the bump of 0.1 ms.
                listed[i].at_s = listed[i - 1].at_s + static_cast<double>(random_.below(12)) * 1e-5;
            }
            listed[i].at_s = std::max(whole_ns(listed[i].at_s), listed[i - 1].at_s);
        }
        const double resolution = one_of(std::vector<double>{-1, 0, 1e-3, 1});
        for (machine_choice& m : scenario_.machines) {
            if (resolution >= 0) m.clock.resolution = to_duration(resolution);
        }
    }

    void clocks() {
        for (machine_choice& m : scenario_.machines) {
            if (flip(0.5)) m.clock.offset += to_duration(skew());
            if (flip(0.2)) m.clock.drift = (flip(0.5) ? 1 : -1) * spread(1e-6, 1e-3);
        }
    }

    double skew() { return whole_ns((flip(0.5) ? 1 : -1) * spread(1e-3, bounds_.most_skew_s)); }

    static double whole_ns(double seconds) { return std::round(seconds * 1e9) / 1e9; }

    void configuration() {
        machine_choice& m = scenario_.machines[random_.below(scenario_.machines.size())];
        if (m.runners.empty()) return;
        runner_choice& r = m.runners[random_.below(m.runners.size())];
        switch (random_.below(3)) {
            case 0: m.runners.erase(m.runners.begin() + (&r - m.runners.data())); return;
            case 1:
                r.slices = 1 + random_.below(4);
                r.slice = std::min(r.slice, r.slices - 1);
                break;
            default: {
                const runner_choice also = r;
                auto& other = scenario_.machines[random_.below(scenario_.machines.size())].runners;
                if (std::find(other.begin(), other.end(), also) == other.end()) {
                    other.push_back(also);
                }
            }
        }
    }

    void add_fault(variation v) {
        fault f;
        switch (v) {
            case variation::crashes: {
                f.what = fault::kind::crash_process;
                at_some_call(f, true);
                break;
            }
            case variation::power: {
                const bool all = flip(0.5);
                f.what = all ? fault::kind::power_loss : fault::kind::crash_machine;
                f.down_s = std::round(spread(1, bounds_.most_down_s));
                at_some_call(f, true);
                if (all) f.after_call = false;
                break;
            }
            case variation::clocks: {
                f.what = fault::kind::clock_step;
                f.machine = some_machine().name;
                f.at_s = some_time();
                f.amount = skew();
                break;
            }
            case variation::storage: storage(f); break;
            case variation::outside: outside(f); break;
            case variation::crafted: {
                f.what = fault::kind::crafted_entry;
                f.at_s = some_time();
                if (!at_end_of_slice(f)) return;
                break;
            }
            case variation::pauses: {
                if (flip(0.25)) {
                    f.what = fault::kind::cut_off;
                    f.machine = some_machine().name;
                    f.at_s = some_time();
                    f.until_s = f.at_s + std::round(spread(1, bounds_.most_down_s));
                } else {
                    f.what = fault::kind::pause_process;
                    f.down_s = std::round(spread(1, bounds_.most_down_s));
                    at_some_call(f, false);
                }
                break;
            }
            case variation::lease_clocks: {
                f.what = fault::kind::lease_clock_step;
                f.machine = some_machine().name;
                f.at_s = some_time();
                f.amount = std::round(spread(1, 60));
                break;
            }
            case variation::times:
            case variation::configuration: return;
        }
        scenario_.faults.push_back(std::move(f));
    }

    const machine_choice& some_machine() { return one_of(scenario_.machines); }

    /// From the first post to a few seconds after the last.
    double some_time() {
        return whole_ns(random_.uniform() * (scenario_.stream.listed.back().at_s + 5));
    }

    void at_some_call(fault& f, bool also_post) {
        const machine_choice& m = some_machine();
        f.machine = m.name;
        f.process =
            m.runners.empty() || (also_post && flip(0.25)) ? "post" : to_string(one_of(m.runners));
        f.call = some_call();
        f.count = small_count();
        f.after_call = flip(0.5);
    }

    /// Calls that change storage matter most; they are drawn twice as often.
    call_kind some_call() {
        static const std::vector<call_kind> kinds = [] {
            std::vector<call_kind> all;
            for (const call_row& row : call_table)
                all.insert(all.end(), row.changes ? 2 : 1, row.value);
            return all;
        }();
        return one_of(kinds);
    }

    void storage(fault& f) {
        switch (random_.below(3)) {
            case 0: {
                f.what = fault::kind::fail_calls;
                at_some_call(f, true);
                f.after_call = false;
                f.code = one_of(std::vector<error_code>{error_code::io, error_code::no_space,
                                                        error_code::denied});
                return;
            }
            case 1: f.what = fault::kind::disk_full; break;
            default: f.what = fault::kind::storage_stall; break;
        }
        f.at_s = some_time();
        f.until_s = f.at_s + std::round(spread(1, 60));
    }

    void outside(fault& f) {
        f.at_s = some_time();
        switch (random_.below(3)) {
            case 0:
                f.what = fault::kind::slow_machine;
                f.machine = some_machine().name;
                f.amount = std::round(spread(2, 1000));
                f.until_s = f.at_s + std::round(spread(1, 60));
                return;
            case 1:
                f.what = fault::kind::delivery_outage;
                f.until_s = f.at_s + std::round(spread(1, 60));
                return;
            default:
                f.what = fault::kind::foreign_files;
                f.queue = one_of(own_built_site() == nullptr
                                     ? std::vector<std::string>{"in", "out", "archive"}
                                     : own_built_site()->queues);
                f.files = 1 + random_.below(5);
        }
    }

    /// A divided queue, and the lower or upper end of one of its slices.
    bool at_end_of_slice(fault& f) {
        const auto program = program_for(scenario_.policy);
        if (!program) return false;
        std::vector<runner_choice> divided;
        for (const machine_choice& m : scenario_.machines) {
            for (const runner_choice& r : m.runners) {
                if (r.slices > 1) divided.push_back(r);
            }
        }
        if (divided.empty()) return false;
        const runner_choice r = one_of(divided);
        for (const auto& known : (*program)->runners()) {
            if (known.class_name == r.runner) f.queue = known.queue;
        }
        const hash_value lower = hash_value::fraction(1 + random_.below(r.slices - 1), r.slices);
        f.hash = (flip(0.5) ? lower : lower.previous()).hex();
        return true;
    }

    scenario scenario_;
    const message_stream& stream_;
    const search_bounds& bounds_;
    random_stream random_;
    std::vector<variation> active_;
};

}  // namespace

void drop_lists_without_posts(scenario& s) {
    std::erase_if(s.lists,
                  [&](const list_choice& list) { return !has_posts_of(s.stream, list.name); });
}

scenario vary(const scenario& base, const message_stream& stream, const search_bounds& bounds,
              std::uint64_t seed) {
    return varier(base, stream, bounds, seed).run();
}

}  // namespace qslice::sim
