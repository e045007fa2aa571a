#include "sim/balance/measure_balance.hpp"

#include "sim/balance/message_source.hpp"

#include <qslice/hash/any_hash_policy.hpp>
#include <qslice/partition/any_partition.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <concepts>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <time.h>

namespace qslice::sim {

namespace {

constexpr std::uint64_t most_counted_slices = std::uint64_t{1} << 24;
constexpr std::uint64_t most_messages = std::uint64_t{1} << 53;  // integers of a time stamp
constexpr std::uint64_t sampled =
    64;  // one message in this many is also hashed by the bare function

/// Processor time of the calling thread, so that other load on the machine does not count.
double thread_s() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

std::optional<failure> check(const balance_choice& c) {
    const auto range = [](const char* name, auto value, auto least,
                          auto most) -> std::optional<failure> {
        if (value >= least && value <= most) return std::nullopt;
        return failure(error_code::malformed, name,
                       fmt::format("expected {} to {}, found {}", least, most, value));
    };
    const std::uint64_t most_names = 10'000'000;
    for (auto wrong :
         {range("messages", c.messages, std::uint64_t{1}, most_messages),
          range("size", c.size_bytes, synthetic_source::least_size, synthetic_source::most_size),
          range("size_sigma", c.size_sigma, 0.0, 20.0),
          range("lists", c.lists, std::uint64_t{1}, most_names),
          range("list_popularity", c.list_popularity, 0.0, 20.0),
          range("senders", c.senders, std::uint64_t{1}, most_names),
          range("sender_activity", c.sender_activity, 0.0, 20.0),
          range("reply_share", c.reply_share, 0.0, 1.0),
          range("per_second", c.per_second, 1e-3, 1e12)}) {
        if (wrong) return wrong;
    }
    if (c.stream != nullptr && c.stream->arrivals.empty()) {
        return failure(error_code::malformed, "stream", "expected at least one post, found none");
    }
    return std::nullopt;
}

/// The counts and measurements of one thread.
struct tally {
    explicit tally(std::uint64_t slices) : counts(slices + cache_line) {}

    static constexpr std::size_t cache_line = 16;  // avoids false sharing
    std::vector<std::uint64_t> counts;
    std::uint64_t bytes = 0;
    std::unordered_map<std::string, std::uint64_t> keys;  // of a stream, for affinity policies
    double all_s = 0;
    std::uint64_t sample = 0;  // messages
    double sample_s = 0;
    double raw_s = 0;
};

/// The bytes that a key feeds to the hash function, message after message.
template <hash_key Key>
class raw_keys {
public:
    void clear() {
        bytes_.clear();
        ends_.clear();
    }
    void add(const hash_input& input) {
        Key::feed(input, [&](std::string_view bytes) { bytes_ += bytes; });
        ends_.push_back(bytes_.size());
        if constexpr (affinity_key<Key>) {
            bytes_ += Key::affinity(input);
            ends_.push_back(bytes_.size());
        }
    }
    /// Hashes all of them.
    /// @returns a value that depends on all hashes, so that none can be optimised away
    template <hash_function Function>
    std::uint64_t hash(Function& function) const {
        std::uint64_t mixed = 0;
        std::size_t begin = 0;
        for (const std::size_t end : ends_) {
            function.start();
            function.update(std::string_view(bytes_).substr(begin, end - begin));
            mixed ^= function.finish().high();
            begin = end;
        }
        return mixed;
    }

private:
    std::string bytes_;
    std::vector<std::size_t> ends_;
};

/// What a thread does, whatever it hashes.
class counting {
public:
    virtual ~counting() = default;
    /// Messages begin .. end-1, of one chunk.
    virtual void count(std::uint64_t begin, std::uint64_t end) = 0;
    [[nodiscard]] const tally& result() const { return result_; }

protected:
    explicit counting(std::uint64_t slices) : result_(slices) {}
    tally result_;
};

template <hash_key Key, hash_function Function, class Source>
class worker final : public counting {
public:
    worker(const balance_choice& choice, const any_partition& partition)
        : counting(partition.slice_count()), partition_(&partition), source_(choice) {}

    void count(std::uint64_t begin, std::uint64_t end) override {
        const std::uint64_t middle = begin + (end - begin + sampled - 1) / sampled;
        const double started = thread_s();
        slice(begin, middle);
        const double sample_done = thread_s();
        slice(middle, end);
        const double done = thread_s();
        result_.all_s += done - started;
        result_.sample_s += sample_done - started;
        result_.sample += middle - begin;

        keys_.clear();
        source_.template for_each<needs>(begin, middle,
                                         [&](const hash_input& input) { keys_.add(input); });
        const double keys_made = thread_s();
        mixed_ ^= keys_.hash(function_);
        result_.raw_s += thread_s() - keys_made;
    }

private:
    using policy = basic_hash_policy<Key, Function>;
    static constexpr input_needs needs{policy::uses_sender, policy::uses_thread};

    void slice(std::uint64_t begin, std::uint64_t end) {
        source_.template for_each<needs>(begin, end, [&](const hash_input& input) {
            ++result_.counts[partition_->slice_of(policy_(input))];
            result_.bytes += input.message.size();
            if constexpr (affinity_key<Key> && std::same_as<Source, stream_source>) {
                ++result_.keys[std::string(Key::affinity(input))];
            }
        });
    }

    const any_partition* partition_;
    Source source_;
    policy policy_;
    raw_keys<Key> keys_;
    Function function_;
    std::uint64_t mixed_ = 0;
};

using worker_maker = std::function<std::unique_ptr<counting>()>;

balance_result run(const balance_choice& choice, const any_partition& partition,
                   std::uint64_t chunk, const worker_maker& make_worker, unsigned threads,
                   const std::function<void(std::uint64_t)>& progress) {
    const std::uint64_t chunks = (choice.messages - 1) / chunk + 1;
    threads = static_cast<unsigned>(std::clamp<std::uint64_t>(threads, 1, chunks));
    std::vector<std::unique_ptr<counting>> workers;
    for (unsigned t = 0; t < threads; ++t) workers.push_back(make_worker());
    const auto started = std::chrono::steady_clock::now();
    std::atomic<std::uint64_t> next{0};
    const auto work = [&](counting& w) {
        for (std::uint64_t c; (c = next.fetch_add(1, std::memory_order_relaxed)) < chunks;) {
            const std::uint64_t begin = c * chunk;
            const std::uint64_t end = std::min(begin + chunk, choice.messages);
            w.count(begin, end);
            if (progress) progress(end - begin);
        }
    };
    std::vector<std::thread> others;
    for (unsigned t = 1; t < threads; ++t) others.emplace_back(work, std::ref(*workers[t]));
    work(*workers[0]);
    for (std::thread& t : others) t.join();

    balance_result result;
    result.threads = threads;
    result.messages = choice.messages;
    result.wall_s =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    result.counts.resize(partition.slice_count());
    double all_s = 0, sample_s = 0, raw_s = 0;
    std::uint64_t sample = 0;
    std::map<std::string, std::uint64_t> keys;  // in an order that no thread decides
    for (const auto& w : workers) {
        const tally& t = w->result();
        for (const auto& [key, count] : t.keys) keys[key] += count;
        for (std::size_t k = 0; k < result.counts.size(); ++k) result.counts[k] += t.counts[k];
        result.bytes += t.bytes;
        all_s += t.all_s;
        sample_s += t.sample_s;
        raw_s += t.raw_s;
        sample += t.sample;
    }
    for (const auto& [key, count] : keys) {
        if (count <= result.largest_key_messages) continue;
        result.largest_key = key;
        result.largest_key_messages = count;
    }
    result.message_ns = all_s * 1e9 / static_cast<double>(choice.messages);
    result.raw_hash_ns = raw_s * 1e9 / static_cast<double>(sample);
    result.ratio = sample_s / raw_s;
    return result;
}

}  // namespace

result<balance_result> measure_balance(const balance_choice& choice, unsigned threads,
                                       const std::function<void(std::uint64_t)>& progress) {
    if (auto wrong = check(choice)) return *std::move(wrong);
    const auto policy = make_hash_policy(choice.hash);
    if (!policy) return failure(policy.error());
    const auto partition = make_partition(choice.partition);
    if (!partition) return failure(partition.error());
    if (partition->slice_count() > most_counted_slices) {
        return failure(error_code::malformed, choice.partition,
                       fmt::format("expected at most {} slices to count messages in, found {}",
                                   most_counted_slices, partition->slice_count()));
    }

    // The loop is compiled per policy, since a policy chosen at run time would require every part
    // of the input.
    const std::string name = policy->name();  // KEY/FUNCTION
    const std::string_view key = std::string_view(name).substr(0, name.find('/'));
    const std::string_view function = std::string_view(name).substr(name.find('/') + 1);
    worker_maker make_worker;
    detail::with_named(detail::named_keys{}, key, [&]<class Key>() {
        detail::with_named(detail::named_functions{}, function, [&]<class Function>() {
            make_worker = [&]() -> std::unique_ptr<counting> {
                if (choice.stream == nullptr) {
                    return std::make_unique<worker<Key, Function, synthetic_source>>(choice,
                                                                                     *partition);
                }
                return std::make_unique<worker<Key, Function, stream_source>>(choice, *partition);
            };
        });
    });
    const std::uint64_t chunk =
        choice.stream == nullptr ? synthetic_source::chunk : stream_source::chunk;
    return run(choice, *partition, chunk, make_worker, threads, progress);
}

}  // namespace qslice::sim
