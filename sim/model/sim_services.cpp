#include "sim/model/sim_services.hpp"

#include <boost/random/exponential_distribution.hpp>
#include <boost/random/lognormal_distribution.hpp>

#include <cmath>
#include <cstdint>

namespace qslice::sim {

namespace {

double draw(const service_time& time, random_stream& stream) {
    if (time.mean_s <= 0) return 0;
    switch (time.form) {
        case service_time::shape::constant: return time.mean_s;
        case service_time::shape::exponential:
            return boost::random::exponential_distribution<double>(1 / time.mean_s)(stream);
        case service_time::shape::lognormal: {
            const double m = std::log(time.mean_s) - time.sigma * time.sigma / 2;
            return boost::random::lognormal_distribution<double>(m, time.sigma)(stream);
        }
    }
    return 0;
}

}  // namespace

sim_services::sim_services(sim_world world, const shared_site& site, std::uint64_t seed,
                           std::uint64_t number)
    : world_(std::move(world)),
      site_(site),
      times_(seed, "service times", number),
      failures_(seed, "delivery failures", number) {}

void sim_services::work(const service_time& time, double further_s) {
    const double seconds = draw(time, times_) + further_s;
    machine& on = world_.on();
    if (on.simulation().current()) {
        on.simulation().sleep_for(to_duration(seconds * on.slowness()));
        world_.stand_still();
    }
}

void sim_services::work_towards_effect(const service_time& time, double further_s) {
    machine& on = world_.on();
    if (on.observer() != nullptr) on.observer()->going_to_deliver(on.simulation().current());
    work(time, further_s);
}

const mailing_list* sim_services::find_list(std::string_view name) {
    work(site_.pace != nullptr ? *site_.pace : site_.services.list_load);
    return site_.lists.find(name);
}

effect_record sim_services::effect_of(const queued_message& message) const {
    effect_record effect;
    effect.process = site_.recorder.process_index(world_.on().simulation().current());
    effect.time = world_.on().simulation().now();
    if (const auto post = message.data.number(post_key)) {
        effect.post = static_cast<std::uint32_t>(*post);
    } else {
        effect.digest = site_.recorder.digest_in(message.text);
    }
    return effect;
}

void sim_services::report_effect(std::string_view name, double after_s) {
    report(name,
           site_.recorder.post_in_hand(
               site_.recorder.process_index(world_.on().simulation().current())),
           after_s);
}

void sim_services::report(std::string_view name, std::uint32_t post, double after_s) {
    work_towards_effect({service_time::shape::constant, after_s, 1});
    effect_record effect;
    effect.post = post;
    effect.process = site_.recorder.process_index(world_.on().simulation().current());
    effect.time = world_.on().simulation().now();
    site_.recorder.reported(name, effect);
}

result<const mailing_list*> sim_services::reload_list(const mailing_list& list) {
    if (site_.reloads_lists) work(site_.services.list_load);
    return &list;
}

result<void> sim_services::save_list(const mailing_list&) {
    if (site_.reloads_lists) work(site_.services.list_load);
    return {};
}

result<delivery_report> sim_services::deliver(const mailing_list& list,
                                              const queued_message& message,
                                              const std::vector<std::string>& recipients) {
    if (site_.server.down_until > world_.on().simulation().now()) {
        return failure(error_code::timed_out, list.name, "the mail server does not answer");
    }
    work_towards_effect(site_.services.delivery, site_.services.delivery_per_recipient_s *
                                                     static_cast<double>(recipients.size()));
    delivery_report report;
    std::vector<std::string> reached;
    const double now_share = site_.services.fails_for_now;
    const double good_share = site_.services.fails_for_good;
    if (now_share > 0 || good_share > 0) {
        for (const std::string& recipient : recipients) {
            const double drawn = failures_.uniform();
            if (drawn < now_share) {
                report.failed_for_now.push_back(recipient);
            } else if (drawn < now_share + good_share) {
                report.failed_for_good.push_back(recipient);
            } else {
                reached.push_back(recipient);
            }
        }
    }
    const bool all = report.failed_for_now.empty() && report.failed_for_good.empty();
    site_.recorder.delivered(effect_of(message), all ? recipients : reached);
    return report;
}

result<void> sim_services::archive(const mailing_list&, const queued_message& message) {
    work_towards_effect(site_.services.archive);
    site_.recorder.archived(effect_of(message));
    return {};
}

result<void> sim_services::note_bounce(const mailing_list&, const queued_message& message,
                                       const std::vector<std::string>& addresses) {
    site_.recorder.bounced(effect_of(message), addresses);
    return {};
}

}  // namespace qslice::sim
