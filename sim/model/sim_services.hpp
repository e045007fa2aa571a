/// @file
/// The external services of a simulated site: lists that take time to load, a mail server and an
/// archive. Each process has its own; the library's runners and handlers call them like a real
/// site's.
#pragma once

#include "sim/engine/random_stream.hpp"
#include "sim/model/mailing_lists.hpp"
#include "sim/model/spool_recorder.hpp"
#include "sim/record/post_marks.hpp"
#include "sim/record/run_record.hpp"
#include "sim/world/sim_world.hpp"

#include <qslice/runner/services.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim {

/// Whether the mail server answers; shared by all processes.
struct mail_server {
    virtual_time down_until = virtual_time::min();
};

/// State shared by all processes of a simulation.
struct shared_site {
    const service_choice& services;
    const mailing_lists& lists;
    const mail_server& server;
    spool_recorder& recorder;
    bool reloads_lists = false;  ///< a list is loaded again under its lock, and saved
    const service_time* pace =
        nullptr;  ///< of all work on an entry, instead of `list_load`; null: as usual
};

/// The services of one process. Satisfies site_services.
///
/// Work first takes its time on the process's machine and then takes effect atomically, so that a
/// crash finds it either undone or done, possibly done but not yet finished.
class sim_services {
public:
    /// @param number  distinguishes the process in its random streams
    sim_services(sim_world world, const shared_site& site, std::uint64_t seed,
                 std::uint64_t number);

    const mailing_list* find_list(std::string_view name);
    result<const mailing_list*> reload_list(const mailing_list& list);
    result<void> save_list(const mailing_list& list);
    result<delivery_report> deliver(const mailing_list& list, const queued_message& message,
                                    const std::vector<std::string>& recipients);
    result<void> archive(const mailing_list& list, const queued_message& message);
    result<void> note_bounce(const mailing_list& list, const queued_message& message,
                             const std::vector<std::string>& addresses);

    /// Takes the scenario's time for the work on an item of this process's queue, if it states one.
    void work_on_item() {
        if (site_.pace != nullptr) work(*site_.pace);
    }

    /// For runners of one's own: takes this long on the process's machine.
    void work_for(double seconds) { work({service_time::shape::constant, seconds, 1}); }

    /// For services of one's own: an external effect of the item that the process's runner has in
    /// hand, which takes effect at once after this long. It is judged by the measures
    /// "effects.NAME...." and "fifo.NAME....".
    /// @param name  a participle of lower-case letters, digits, '_' and '-', not the name of a
    ///              queue: "charged"
    void report_effect(std::string_view name, double after_s = 0);

    /// The same of an item that is given, for runners that collect several.
    template <class Item>
    void report_effect_of(const Item& item, std::string_view name, double after_s = 0) {
        const auto number = item.data.number(post_key);
        report(name, number ? static_cast<std::uint32_t>(*number) : none, after_s);
    }

private:
    void work(const service_time& time, double further_s = 0);
    void report(std::string_view name, std::uint32_t post, double after_s);
    void work_towards_effect(const service_time& time, double further_s = 0);
    [[nodiscard]] effect_record effect_of(const queued_message& message) const;

    sim_world world_;
    shared_site site_;
    random_stream times_;
    random_stream failures_;
};

static_assert(site_services<sim_services>);

}  // namespace qslice::sim
