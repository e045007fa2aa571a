/// @file
/// How posts reach the site: the mail server passes each to a machine that accepts posts, and
/// retries later if that fails. A process per post queues it, or a server on each such machine.
#pragma once

#include "sim/model/outage.hpp"
#include "sim/model/quiet.hpp"
#include "sim/model/site_context.hpp"

#include <cstdint>
#include <deque>

namespace qslice::sim {

/// The path of posts into in/.
/// @source Mailman 2.1 mail/post (a process per post), Mailman 3 runners/lmtp.py (a server)
class intake {
public:
    /// How long the mail server waits before it retries a post. The simulator's own choice: mail
    /// servers wait longer (Postfix: minimal_backoff_time, 300 s), but this wait is not a property
    /// of the site.
    static constexpr double mail_server_retries_after_s = 60;

    /// Restarts a machine's server whenever it boots.
    intake(site_context& site, quiet& when_quiet, outage& outages);

    /// Records the machines that accept posts. To be called once all are made.
    void find_gateways();

    /// Starts the servers and schedules the first post.
    void start();

private:
    /// A machine that accepts posts.
    struct gateway {
        machine* on = nullptr;
        std::uint32_t process = none;  ///< indices of run_record::processes that queue posts
        // Of a server:
        process_id server{};
        bool idle = false;                  ///< it is waiting to be woken
        std::deque<std::uint32_t> posts{};  ///< passed to it and not yet finished
    };

    void schedule_next_post();
    void post(std::uint32_t number);
    void post_again(std::uint32_t number);
    [[nodiscard]] gateway* gateway_for(std::uint32_t number);
    void run_program(gateway& g, std::uint32_t number);
    void start_server(gateway& g);
    void serve(gateway& g, sim_world w);
    void enqueue_post(site_program::view& view, sim_world& w, std::uint32_t number);
    [[nodiscard]] bool is_accepted(std::uint32_t number) const {
        return site_.record.posts[number].accepted != never;
    }

    site_context& site_;
    quiet& quiet_;
    std::deque<gateway> gateways_;
    std::uint32_t next_post_ = 0;
};

}  // namespace qslice::sim
