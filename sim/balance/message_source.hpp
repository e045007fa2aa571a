/// @file
/// The messages for measuring a balance: synthetic ones and those of a stream. Both produce a hash
/// policy's input for message i, and fill in only what the policy uses.
#pragma once

#include "sim/balance/measure_balance.hpp"
#include "sim/engine/random_stream.hpp"
#include "sim/stream/compose.hpp"
#include "sim/stream/synthetic.hpp"
#include "sim/stream/zipf.hpp"

#include <qslice/core/hash_value.hpp>
#include <qslice/hash/hash_input.hpp>
#include <qslice/message/headers.hpp>

#include <boost/random/lognormal_distribution.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace qslice::sim {

/// The optional parts of its input that a hash policy uses.
struct input_needs {
    bool sender = false;
    bool thread = false;
};

/// Cheap messages: 16 hex digits of the message's number, then filler.
/// @safety an object may be used by one thread only
class synthetic_source {
public:
    static constexpr std::uint64_t chunk = 65536;  ///< messages
    static constexpr std::uint32_t least_size = 16;
    static constexpr std::uint32_t most_size = 1 << 20;

    explicit synthetic_source(const balance_choice& choice)
        : choice_(&choice),
          lists_(choice.lists, choice.list_popularity),
          senders_(choice.senders, choice.sender_activity),
          text_(choice.size_sigma > 0 ? most_size : choice.size_bytes, ' ') {
        for (std::size_t i = least_size; i < text_.size(); ++i) {
            text_[i] = i % 72 == 71 ? '\n' : static_cast<char>('a' + i % 26);
        }
        for (std::uint64_t k = 1; k <= choice.lists; ++k) {
            names_.push_back("list" + std::to_string(k));
            ids_.push_back(names_.back() + ".qslice.example");
        }
    }

    /// Messages begin .. end-1 of one chunk: calls visit(const hash_input&) for each.
    template <input_needs Needs, class Visit>
    void for_each(std::uint64_t begin, std::uint64_t end, Visit&& visit) {
        const std::uint64_t number = begin / chunk;
        random_stream random(choice_->seed, "balance messages", number);
        random_stream sizes(choice_->seed, "balance sizes", number);
        threads_ = thread_window(choice_->seed, number, choice_->reply_share);
        hash_input input;
        std::uint32_t size = choice_->size_bytes;
        for (std::uint64_t i = number * chunk; i < end; ++i) {
            // Draws for messages before `begin` are made and discarded.
            const std::uint32_t list = lists_(random());
            if (choice_->size_sigma > 0) size = draw_size(sizes);
            if constexpr (Needs.sender) write_sender(senders_(random()));
            if constexpr (Needs.thread) threads_.next();
            if (i < begin) continue;
            detail::format_hex(i, 16, text_.data());
            input.message = {text_.data(), size};
            input.list_name = names_[list];
            input.list_id = ids_[list];
            if constexpr (Needs.sender) input.sender = sender_;
            if constexpr (Needs.thread) input.thread = threads_.text();
            input.now = {synthetic_start_s + static_cast<double>(i) / choice_->per_second};
            visit(input);
        }
    }

private:
    /// The threads that messages of a chunk may belong to: a window of the most recent ones.
    class thread_window {
    public:
        thread_window() : random_(0, "") {}
        thread_window(std::uint64_t seed, std::uint64_t number, double reply_share)
            : random_(seed, "balance threads", number), reply_share_(reply_share) {}

        void next() {
            if (begun_ > 0 && random_.uniform() < reply_share_) {
                now_ = open_[random_.below(std::min<std::uint64_t>(begun_, open_.size()))];
            } else {
                now_ = random_();
                open_[begun_++ % open_.size()] = now_;
            }
        }
        [[nodiscard]] std::string_view text() {
            detail::format_hex(now_, 16, text_.data());
            return text_;
        }

    private:
        random_stream random_;
        double reply_share_ = 0;
        std::array<std::uint64_t, 64> open_{};
        std::uint64_t begun_ = 0;
        std::uint64_t now_ = 0;
        std::string text_ = "0123456789abcdef@qslice.example";
    };

    std::uint32_t draw_size(random_stream& random) const {
        const double size = boost::random::lognormal_distribution<double>(
            std::log(choice_->size_bytes), choice_->size_sigma)(random);
        return static_cast<std::uint32_t>(std::clamp(size, double{least_size}, double{most_size}));
    }

    void write_sender(std::uint32_t sender) {
        detail::format_hex(sender, 8, sender_.data() + std::string_view("sender").size());
    }

    const balance_choice* choice_;
    zipf lists_;
    zipf senders_;
    std::vector<std::string> names_;
    std::vector<std::string> ids_;
    std::string text_;
    std::string sender_ = "sender01234567@qslice.example";
    thread_window threads_;
};

/// The posts of a stream, repeated; each repetition is later by the stream's duration.
/// @safety an object may be used by one thread only
class stream_source {
public:
    static constexpr std::uint64_t chunk = 1024;  ///< messages

    explicit stream_source(const balance_choice& choice) : stream_(choice.stream) {
        for (const std::string& list : stream_->lists) ids_.push_back(list + ".qslice.example");
        const auto& posts = stream_->arrivals;
        round_s_ = std::floor(to_seconds(posts.back().time - posts.front().time)) + 1;
    }

    template <input_needs Needs, class Visit>
    void for_each(std::uint64_t begin, std::uint64_t end, Visit&& visit) {
        hash_input input;
        for (std::uint64_t i = begin; i < end; ++i) {
            const std::uint64_t round = i / stream_->arrivals.size();
            const std::size_t post = i % stream_->arrivals.size();
            const arrival& a = stream_->arrivals[post];
            compose_message(*stream_, post, text_);
            input.message = text_;
            input.list_name = stream_->lists[a.list];
            input.list_id = ids_[a.list];
            if constexpr (Needs.sender) input.sender = sender_address(text_);
            if constexpr (Needs.thread) input.thread = thread_root(text_);
            input.now = {to_seconds(a.time) + static_cast<double>(round) * round_s_};
            visit(input);
        }
    }

private:
    const message_stream* stream_;
    std::vector<std::string> ids_;
    double round_s_ = 0;
    std::string text_;
};

}  // namespace qslice::sim
