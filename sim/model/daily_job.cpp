#include "sim/model/daily_job.hpp"

#include "sim/record/process_names.hpp"

#include <string>

namespace qslice::sim {

void daily_job::schedule() {
    if (site_.setting.digests.period_s <= 0) return;
    site_.simulation.schedule_in(to_duration(site_.setting.digests.period_s), [this] {
        if (machine* const m = site_.first_up()) run_on(*m);
        schedule();
    });
}

void daily_job::run_on(machine& m) {
    const process_id id =
        m.run(std::string(digest_process), [this, &m, stream = site_.next_stream()](sim_world w) {
            sim_services services = site_.services_for(w, stream);
            site_.program.send_digests(w, services, site_.settings_of(m, digest_process),
                                       site_.lists);
        });
    site_.recorder.name_process(id, site_.add_process(m, std::string(digest_process)));
    site_.simulation.on_end(id, [this](const process_end& end) {
        site_.recorder.process_ended(end.id, site_.simulation.now(),
                                     end.reason != end_reason::ended);
    });
}

}  // namespace qslice::sim
