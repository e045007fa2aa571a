#include "sim/model/intake.hpp"

#include "sim/record/process_names.hpp"
#include "sim/stream/compose.hpp"

#include <string>
#include <utility>

namespace qslice::sim {

intake::intake(site_context& site, quiet& when_quiet, outage& outages)
    : site_(site), quiet_(when_quiet) {
    outages.on_boot([this](machine& m) {
        for (gateway& g : gateways_) {
            if (g.on == &m) start_server(g);
        }
    });
}

void intake::find_gateways() {
    for (std::size_t i = 0; i < site_.machines.size(); ++i) {
        if (!site_.setting.machines[i].accepts_posts) continue;
        machine& m = site_.machines[i];
        gateways_.push_back({&m, site_.add_process(m, std::string(post_process))});
    }
}

void intake::start() {
    next_post_ = static_cast<std::uint32_t>(site_.standing_posts());
    for (gateway& g : gateways_) start_server(g);
    schedule_next_post();
}

void intake::schedule_next_post() {
    if (next_post_ == site_.record.stream.arrivals.size()) return;
    site_.simulation.schedule_at(site_.record.stream.arrivals[next_post_].time, [this] {
        post(next_post_++);
        schedule_next_post();
    });
}

void intake::post(std::uint32_t number) {
    gateway* const g = gateway_for(number);
    ++site_.record.posts[number].attempts;
    if (g == nullptr || !g->on->is_up()) return post_again(number);
    if (site_.setting.intake.what == intake_choice::kind::program) return run_program(*g, number);
    if (g->server == process_id{}) return post_again(number);
    g->posts.push_back(number);
    if (std::exchange(g->idle, false)) site_.simulation.wake(g->server);
}

void intake::post_again(std::uint32_t number) {
    site_.simulation.schedule_in(to_duration(mail_server_retries_after_s),
                                 [this, number] { post(number); });
}

intake::gateway* intake::gateway_for(std::uint32_t number) {
    const std::size_t count = gateways_.size();
    const arrival& a = site_.record.stream.arrivals[number];
    switch (site_.setting.intake.by) {
        case intake_choice::route::list: return &gateways_[a.list % count];
        case intake_choice::route::sender: return &gateways_[a.sender % count];
        case intake_choice::route::turns: break;
    }
    const std::size_t turn = number + site_.record.posts[number].attempts;
    for (std::size_t i = 0; i < count; ++i) {
        gateway& candidate = gateways_[(turn + i) % count];
        if (candidate.on->is_up()) return &candidate;
    }
    return nullptr;
}

void intake::run_program(gateway& g, std::uint32_t number) {
    const process_id id = g.on->run(std::string(post_process), [this, &g, number](sim_world w) {
        sim_services services = site_.services_for(w, 0);
        const auto view = site_.program.open(w, services, site_.settings_of(*g.on, post_process));
        enqueue_post(*view, w, number);
    });
    site_.recorder.name_process(id, g.process);
    site_.simulation.on_end(id, [this, number](const process_end&) {
        if (!is_accepted(number)) post_again(number);
    });
}

void intake::start_server(gateway& g) {
    if (site_.setting.intake.what != intake_choice::kind::server || !g.on->is_up()) return;
    g.idle = false;
    g.server =
        g.on->run(std::string(post_process), [this, &g](sim_world w) { serve(g, std::move(w)); });
    site_.recorder.name_process(g.server, g.process);
    site_.simulation.on_end(g.server, [this, &g](const process_end&) {
        g.server = {};
        for (const std::uint32_t number : std::exchange(g.posts, {})) {
            if (!is_accepted(number)) post_again(number);
        }
        site_.simulation.schedule_in(to_duration(site_.setting.restart_after_s), [this, &g] {
            if (g.server == process_id{}) start_server(g);
        });
    });
}

// The body of a server's process. It runs as long as its machine.
void intake::serve(gateway& g, sim_world w) {
    sim_services services = site_.services_for(w, 0);
    const auto view = site_.program.open(w, services, site_.settings_of(*g.on, post_process));
    while (true) {
        if (g.posts.empty()) {
            g.idle = true;
            site_.simulation.suspend();
            continue;
        }
        const std::uint32_t number = g.posts.front();
        enqueue_post(*view, w, number);
        g.posts.pop_front();
        if (!is_accepted(number)) post_again(number);
    }
}

void intake::enqueue_post(site_program::view& view, sim_world& w, std::uint32_t number) {
    const message_stream& stream = site_.record.stream;
    const mailing_list& list = site_.lists.all()[stream.arrivals[number].list];
    arriving_item item{number, list.name, stream.senders[stream.arrivals[number].sender],
                       compose_message(stream, number)};
    const auto queued = view.put(site_.record.entry_queue, std::move(item), list, number);
    if (!queued) return w.log("error", "post not accepted: " + queued.error().to_string());
    site_.record.posts[number].accepted = site_.simulation.now();
    quiet_.post_accepted();
}

}  // namespace qslice::sim
