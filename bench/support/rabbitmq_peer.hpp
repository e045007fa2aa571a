/// @file
/// RabbitMQ as a peer: persistent messages through a consistent-hash exchange into three durable
/// queues, each confirmed by the broker.
#pragma once

#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_tcp_socket.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>

namespace qslice::bench {

/// A connection to a broker on loopback, as user guest.
/// @throws std::runtime_error if the broker cannot be reached or refuses
class rabbitmq_peer {
public:
    explicit rabbitmq_peer(int port) : connection_(amqp_new_connection()) {
        amqp_socket_t* const socket = amqp_tcp_socket_new(connection_.get());
        if (socket == nullptr || amqp_socket_open(socket, "127.0.0.1", port) != AMQP_STATUS_OK) {
            throw std::runtime_error("RabbitMQ cannot be reached");
        }
        check(amqp_login(connection_.get(), "/", 0, 131072, 0, AMQP_SASL_METHOD_PLAIN, "guest",
                         "guest"),
              "login");
        amqp_channel_open(connection_.get(), channel);
        check_last("channel");
        amqp_exchange_declare(connection_.get(), channel, amqp_cstring_bytes(exchange),
                              amqp_cstring_bytes("x-consistent-hash"), 0, 1, 0, 0,
                              amqp_empty_table);
        check_last("exchange");
        for (const char* queue : queues) {
            amqp_queue_declare(connection_.get(), channel, amqp_cstring_bytes(queue), 0, 1, 0, 0,
                               amqp_empty_table);
            check_last("queue");
            // The routing key of a binding is the queue's weight.
            amqp_queue_bind(connection_.get(), channel, amqp_cstring_bytes(queue),
                            amqp_cstring_bytes(exchange), amqp_cstring_bytes("1"),
                            amqp_empty_table);
            check_last("binding");
        }
        amqp_confirm_select(connection_.get(), channel);
        check_last("confirms");
    }

    /// Publishes this many messages with these bytes, then waits until all are confirmed.
    void put(const std::string& bytes, std::size_t count) {
        amqp_basic_properties_t properties{};
        properties._flags = AMQP_BASIC_DELIVERY_MODE_FLAG;
        properties.delivery_mode = AMQP_DELIVERY_PERSISTENT;
        const amqp_bytes_t body{bytes.size(), const_cast<char*>(bytes.data())};
        for (std::size_t i = 0; i < count; ++i) {
            unconfirmed_.insert(++published_);
            const std::string key = std::to_string(published_);
            if (amqp_basic_publish(connection_.get(), channel, amqp_cstring_bytes(exchange),
                                   amqp_cstring_bytes(key.c_str()), 0, 0, &properties,
                                   body) != AMQP_STATUS_OK) {
                throw std::runtime_error("RabbitMQ: a message could not be published");
            }
        }
        while (!unconfirmed_.empty()) wait_for_confirm();
    }

    /// Deletes all messages.
    void clear() {
        for (const char* queue : queues) {
            amqp_queue_purge(connection_.get(), channel, amqp_cstring_bytes(queue));
            check_last("purge");
        }
    }

private:
    static constexpr amqp_channel_t channel = 1;
    static constexpr const char* exchange = "qslice-bench";
    static constexpr const char* queues[] = {"qslice-bench-0", "qslice-bench-1", "qslice-bench-2"};

    struct destroy_connection {
        void operator()(amqp_connection_state_t c) const noexcept { amqp_destroy_connection(c); }
    };

    static void check(const amqp_rpc_reply_t& reply, const char* what) {
        if (reply.reply_type != AMQP_RESPONSE_NORMAL) {
            throw std::runtime_error("RabbitMQ refused: " + std::string(what));
        }
    }
    void check_last(const char* what) { check(amqp_get_rpc_reply(connection_.get()), what); }

    void wait_for_confirm() {
        amqp_frame_t frame;
        if (amqp_simple_wait_frame(connection_.get(), &frame) != AMQP_STATUS_OK ||
            frame.frame_type != AMQP_FRAME_METHOD ||
            frame.payload.method.id != AMQP_BASIC_ACK_METHOD) {
            throw std::runtime_error("RabbitMQ: a message was not confirmed");
        }
        const auto* ack = static_cast<const amqp_basic_ack_t*>(frame.payload.method.decoded);
        // Confirms come in any order, of one message or of all up to it.
        const auto confirmed = unconfirmed_.upper_bound(ack->delivery_tag);
        if (ack->multiple != 0) {
            unconfirmed_.erase(unconfirmed_.begin(), confirmed);
        } else {
            unconfirmed_.erase(ack->delivery_tag);
        }
        amqp_maybe_release_buffers(connection_.get());
    }

    std::unique_ptr<amqp_connection_state_t_, destroy_connection> connection_;
    std::uint64_t published_ = 0;
    std::set<std::uint64_t> unconfirmed_;
};

}  // namespace qslice::bench
