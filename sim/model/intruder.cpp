#include "sim/model/intruder.hpp"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <utility>

namespace qslice::sim {

void intruder::put_foreign_files(std::string_view queue, std::uint64_t count) {
    static constexpr std::array<const char*, 5> names{
        "README.pck", "1400972196.0+.pck", "+.pck",
        "yesterday+da39a3ee5e6b4b0d3255bfef95601890afd80709.pck", "1400972196.0+zz.pck"};
    sim_world outside = site_.machines.front().outside("foreign writer");
    for (std::uint64_t i = 0; i < count; ++i) {
        std::string path = fmt::format("{}/qfiles/{}/", site_root, queue);
        if (i >= names.size()) path += std::to_string(i);
        path += names[i % names.size()];
        if (auto file = outside.open(path, open_mode::truncate, entry_permissions)) {
            (void)outside.write(*file, "not an entry");
        }
    }
}

void intruder::put_crafted_entry(std::string_view queue, const std::string& hash) {
    machine* const m = site_.first_up();
    if (m == nullptr || site_.lists.all().empty()) return;
    m->run("foreign writer", [this, m, hash, queue = std::string(queue)](sim_world w) {
        const mailing_list& list = site_.lists.all().front();
        sim_services services = site_.services_for(w, 0);
        (void)w.make_directory(fmt::format("{}/qfiles/crafted", site_root), directory_permissions);
        const auto made =
            site_.program.open(w, services, site_.settings_of(*m, "foreign writer"))
                ->put("crafted", {0, list.name, "", "Subject: crafted\n\n"}, list, std::nullopt);
        if (!made) return w.log("error", made.error().to_string());
        const std::string from = fmt::format("{}/qfiles/crafted/{}.pck", site_root, *made);
        const std::string to = fmt::format("{}/qfiles/{}/{}{}.pck", site_root, queue,
                                           made->substr(0, made->find('+') + 1), hash);
        const auto moved =
            w.rename(from, to + ".tmp").and_then([&] { return w.rename(to + ".tmp", to); });
        if (!moved) w.log("error", moved.error().to_string());
    });
}

}  // namespace qslice::sim
