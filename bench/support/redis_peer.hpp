/// @file
/// Redis streams as a peer: XADD to a server that syncs its log before each answer.
#pragma once

#include <hiredis/hiredis.h>

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>

namespace qslice::bench {

/// A connection to a server on loopback.
/// @throws std::runtime_error if the server cannot be reached or refuses
class redis_peer {
public:
    explicit redis_peer(int port) : context_(redisConnect("127.0.0.1", port)) {
        if (!context_ || context_->err != 0) throw std::runtime_error("Redis cannot be reached");
        const auto policy = answer_of(redisCommand(context_.get(), "CONFIG GET appendfsync"));
        if (policy->elements != 2 || std::string(policy->element[1]->str) != "always") {
            throw std::runtime_error("expected a Redis server with appendfsync always");
        }
    }

    /// Adds this many entries with these bytes, then waits for all replies.
    void put(const std::string& bytes, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            redisAppendCommand(context_.get(), "XADD queue * message %b", bytes.data(),
                               bytes.size());
        }
        for (std::size_t i = 0; i < count; ++i) {
            void* answer = nullptr;
            if (redisGetReply(context_.get(), &answer) != REDIS_OK) answer = nullptr;
            (void)answer_of(answer);
        }
    }

    /// Makes the group of workers that the stream's entries are given to.
    void make_group() {
        (void)answer_of(redisCommand(context_.get(), "XGROUP CREATE queue workers 0 MKSTREAM"));
    }

    /// Takes one entry for a worker of the group, acknowledges and deletes it.
    /// @returns false if none was waiting
    bool take_and_finish(const std::string& worker) {
        const auto taken = answer_of(
            redisCommand(context_.get(), "XREADGROUP GROUP workers %b COUNT 1 STREAMS queue >",
                         worker.data(), worker.size()));
        if (taken->type != REDIS_REPLY_ARRAY || taken->elements == 0) return false;
        const redisReply* const entry = taken->element[0]->element[1]->element[0];
        const std::string id(entry->element[0]->str, entry->element[0]->len);
        for (const char* end : {"XACK queue workers %b", "XDEL queue %b"}) {
            (void)answer_of(redisCommand(context_.get(), end, id.data(), id.size()));
        }
        return true;
    }

    /// Deletes all entries, so that memory does not grow.
    void clear() { (void)answer_of(redisCommand(context_.get(), "DEL queue")); }

private:
    struct free_context {
        void operator()(redisContext* c) const noexcept { redisFree(c); }
    };
    struct free_reply {
        void operator()(redisReply* r) const noexcept { freeReplyObject(r); }
    };
    using reply = std::unique_ptr<redisReply, free_reply>;

    static reply answer_of(void* answer) {
        reply r(static_cast<redisReply*>(answer));
        if (!r || r->type == REDIS_REPLY_ERROR) {
            throw std::runtime_error("Redis: " + std::string(r ? r->str : "no answer"));
        }
        return r;
    }

    std::unique_ptr<redisContext, free_context> context_;
};

}  // namespace qslice::bench
