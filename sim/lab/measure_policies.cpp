#include "sim/lab/measure_policies.hpp"

#include "sim/check/fifo.hpp"
#include "sim/check/run_index.hpp"
#include "sim/check/split_statistics.hpp"
#include "sim/check/statistics.hpp"
#include "sim/lab/key_measures.hpp"
#include "sim/model/simulation.hpp"
#include "sim/scenario/standard_runner_names.hpp"
#include "sim/stream/compose.hpp"
#include "sim/stream/timing.hpp"

#include <qslice/hash/any_hash_policy.hpp>
#include <qslice/message/headers.hpp>
#include <qslice/partition/named_partition.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <map>
#include <mutex>
#include <numeric>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include <time.h>

namespace qslice::sim {

namespace {

/// Processor time of the calling thread, so that other work on the machine counts less.
double thread_s() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// The median of several measurements of the time per item in work().
template <class Work>
double nanoseconds_each(std::size_t items, Work&& work) {
    std::vector<double> measured;
    for (int turn = 0; turn < 5; ++turn) {
        const double started = thread_s();
        work();
        measured.push_back((thread_s() - started) * 1e9 / static_cast<double>(items));
    }
    std::nth_element(measured.begin(), measured.begin() + 2, measured.end());
    return measured[2];
}

/// Times a policy on messages that are ready in memory; parsing the header fields that a key needs
/// is included.
class stopwatch {
public:
    explicit stopwatch(const message_stream& stream) : stream_(stream) {
        const std::size_t count = std::min<std::size_t>(stream.arrivals.size(), 2000);
        for (std::size_t i = 0; i < count; ++i) texts_.push_back(compose_message(stream, i));
    }

    void measure(const lab_policy& policy, const any_partition& partition, lab_row& row) {
        any_hash_policy hash = make_hash_policy(policy.spool.hash).value();
        const bool sender = hash.needs_sender();
        const bool thread = hash.needs_thread();
        std::vector<hash_value> hashes(texts_.size());
        std::uint64_t sum = 0;
        row.message_ns = nanoseconds_each(texts_.size(), [&] {
            for (std::size_t i = 0; i < texts_.size(); ++i) {
                const arrival& a = stream_.arrivals[i];
                hash_input input;
                input.message = texts_[i];
                input.list_name = stream_.lists[a.list];
                input.list_id = input.list_name;
                if (sender) input.sender = sender_address(texts_[i]);
                if (thread) input.thread = thread_root(texts_[i]);
                input.now = {to_seconds(a.time)};
                hashes[i] = hash(input);
                sum += partition.slice_of(hashes[i]);
            }
        });
        row.partition_ns = nanoseconds_each(20 * texts_.size(), [&] {
            for (int turn = 0; turn < 20; ++turn) {
                for (const hash_value& d : hashes) sum += partition.slice_of(d);
            }
        });
        used_ = used_ + sum;
    }

private:
    const message_stream& stream_;
    std::vector<std::string> texts_;
    volatile std::uint64_t used_ = 0;  // prevents the loop from being optimised away
};

scenario scenario_of(const lab_choice& choice, const lab_row& row, const lab_policy& policy) {
    scenario s;
    s.name = row.policy;
    s.seed = choice.seed;
    s.policy = policy.spool;
    s.intake = policy.intake;
    s.storage.kind = "network";
    s.digests.period_s = 0;
    s.list_defaults.digest_threshold_kib = 0;
    for (std::uint64_t k = 0; k < row.slices; ++k) {
        machine_choice m;
        m.name = "machine" + std::to_string(k + 1);
        for (const std::string& name : standard_runner_names(s.policy.format)) {
            m.runners.push_back({name, k, row.slices});
        }
        s.machines.push_back(std::move(m));
    }
    return s;
}

/// The first posts of a stream, sped up to the required load.
message_stream busy_stream(const lab_choice& choice, const message_stream& stream,
                           const scenario& s) {
    message_stream busy = stream;
    keep_first(busy, choice.simulated_posts);
    const double length = to_seconds(busy.arrivals.back().time - busy.arrivals.front().time);
    const double delivery_s =
        s.services.list_load.mean_s + s.services.delivery.mean_s +
        s.services.delivery_per_recipient_s * static_cast<double>(s.list_defaults.members);
    const double wanted = delivery_s * static_cast<double>(busy.arrivals.size()) /
                          (choice.load * static_cast<double>(s.machines.size()));
    if (length > 0) retime(busy, length / wanted, 0);
    return busy;
}

lab_order order_of(const std::vector<fifo_result>& all, order_scope scope) {
    for (const fifo_result& fifo : all) {
        if (fifo.at.what == order_stage::kind::delivery && fifo.scope == scope) {
            return {fifo.inversions, fifo.overtaken, fifo.overtaken_share};
        }
    }
    return {};
}

result<void> play(const lab_choice& choice, const message_stream& stream, const lab_policy& policy,
                  lab_row& row) {
    const scenario s = scenario_of(choice, row, policy);
    const auto run = simulate(s, busy_stream(choice, stream, s));
    if (!run) return failure(run.error());
    const run_index index(*run);
    const std::vector<fifo_result> fifo = check_fifo(index);
    row.list = order_of(fifo, order_scope::list);
    row.sender = order_of(fifo, order_scope::sender);
    row.thread = order_of(fifo, order_scope::thread);
    std::vector<double> delivery_s;
    for (std::uint32_t p = 0; p < run->posts.size(); ++p) {
        if (run->posts[p].accepted == never || index.deliveries[p].empty()) continue;
        const virtual_time first = run->deliveries[index.deliveries[p].front()].time;
        delivery_s.push_back(to_seconds(first - run->posts[p].accepted));
    }
    std::sort(delivery_s.begin(), delivery_s.end());
    row.delivery_p99_s = quantile_of_sorted(delivery_s, 0.99);
    row.simulated = true;
    return {};
}

/// What all messages of the stream say of a policy.
void measure_all(const hashed_stream& hashed, const message_stream& stream,
                 const lab_policy& policy, const lab_choice& choice, lab_row& row) {
    const lab_division division = division_of(policy.division(row.slices));
    row.independent = make_hash_policy(policy.spool.hash)->keeps_together() == affinity_kind::none;
    measure_keys(hashed, stream, division, choice.seed, row);
    for (const std::uint64_t next : {row.slices + 1, row.slices - 1}) {
        if (next == 0 || !policy.divides_into(next)) continue;
        row.movements.push_back(movement_between(hashed, division, row.slices,
                                                 division_of(policy.division(next)), next));
    }
}

}  // namespace

result<lab_results> measure_policies(const lab_choice& choice, const message_stream& stream,
                                     unsigned jobs, const std::function<void()>& progress) {
    if (stream.arrivals.empty()) {
        return failure(error_code::malformed, "stream", "expected at least one post, found none");
    }
    lab_results results;
    results.messages = stream.arrivals.size();
    results.lists = stream.lists.size();
    results.senders = stream.senders.size();
    for (const arrival& a : stream.arrivals) results.bytes += a.size_bytes;
    results.simulated_posts = std::min(choice.simulated_posts, results.messages);

    std::map<std::string, hashed_stream> hashed;
    for (const lab_policy& policy : choice.policies) {
        const auto [at, is_new] = hashed.try_emplace(policy.spool.hash);
        if (is_new) at->second = hash_all(stream, policy.spool.hash);
    }
    std::vector<lab_policy> policies;
    for (const lab_policy& policy : choice.policies) {
        policies.push_back(with_known_loads(policy, hashed.at(policy.spool.hash)));
    }
    std::vector<const lab_policy*> policy_of;
    std::optional<stopwatch> watch;
    if (choice.times) watch.emplace(stream);
    for (const std::uint64_t slices : choice.slices) {
        if (slices == 0) {
            return failure(error_code::malformed, "slices", "expected at least 1, found 0");
        }
        for (const lab_policy& policy : policies) {
            lab_row& row = results.rows.emplace_back();
            policy_of.push_back(&policy);
            row.policy = policy.name;
            row.partition = policy.spool.partition.substr(0, policy.spool.partition.find('['));
            // A table is for one number of slices.
            row.setting = policy.spool.partition;
            if (row.setting != row.partition) row.setting += ':' + std::to_string(slices);
            row.slices = slices;
            row.measured = policy.divides_into(slices);
            if (!row.measured) continue;
            measure_all(hashed.at(policy.spool.hash), stream, policy, choice, row);
            if (!watch) continue;
            const any_partition division = policy.division(slices);
            row.memory_bytes = division.memory_bytes();
            watch->measure(policy, division, row);
        }
    }

    std::atomic<std::size_t> next{0};
    std::mutex failing;
    std::optional<error> problem;
    const auto work = [&] {
        for (std::size_t i; (i = next.fetch_add(1)) < results.rows.size();) {
            lab_row& row = results.rows[i];
            if (row.measured && choice.simulated_posts > 0) {
                if (auto played = play(choice, stream, *policy_of[i], row); !played) {
                    const std::lock_guard lock(failing);
                    problem = played.error();
                }
            }
            if (progress) progress();
        }
    };
    std::vector<std::thread> others;
    for (unsigned t = 1; t < jobs; ++t) others.emplace_back(work);
    work();
    for (std::thread& t : others) t.join();
    if (problem) return failure(*problem);
    mark_pareto(results.rows);
    return results;
}

void mark_pareto(std::vector<lab_row>& rows) {
    const auto better = [](const lab_row& a, const lab_row& b) {
        const double balance_a = a.messages.max_over_mean, balance_b = b.messages.max_over_mean;
        const double order_a = a.list.overtaken_share, order_b = b.list.overtaken_share;
        return balance_a <= balance_b && order_a <= order_b &&
               (balance_a < balance_b || order_a < order_b);
    };
    for (lab_row& row : rows) {
        row.pareto = row.simulated && std::none_of(rows.begin(), rows.end(), [&](const auto& o) {
                         return o.simulated && o.slices == row.slices && better(o, row);
                     });
    }
}

}  // namespace qslice::sim
