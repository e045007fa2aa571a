// Runs the farm of job_farm.hpp on real files: each of its machines is a process here.
//
//   job_farm [--records DIR] [TENANT...]
//
// puts a job for each tenant named, waits until all are done, and prints for each tenant the
// numbers of its jobs in the order in which they were completed. With --records each process keeps
// a record of what it does, which the farm's simulator checks: 'job-farm-sim check DIR'.
#include "job_farm.hpp"

#include <qslice/runner/site.hpp>
#include <qslice/world/posix_world.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

using farm_site = qslice::site<qslice::posix_world, farm_spool>;
using recording = qslice::recording_world_of<job_farm>;

/// What a farm is told.
struct farm_options {
    std::string root;
    std::string records;  ///< empty: none
    std::vector<std::string> tenants;
};

qslice::posix_world* stopped_by_signal = nullptr;

/// @throws std::runtime_error  if the record cannot be made
recording recording_as(const qslice::posix_world& world, const farm_options& o,
                       std::string_view machine, const std::string& process) {
    auto made = recording::make(world, o.records, machine, process);
    if (!made) throw std::runtime_error(made.error().to_string());
    return *std::move(made);
}

int run_machine(const farm_options& o, std::string_view machine) {
    qslice::posix_world world;
    stopped_by_signal = &world;
    std::signal(SIGTERM, [](int) { stopped_by_signal->request_stop(); });
    const auto settings = [&](const qslice::runner_slice& r) {
        return qslice::site_settings{o.root, std::string(machine) + '/' + qslice::to_string(r)};
    };
    const auto ran =
        o.records.empty()
            ? qslice::run_machine<job_farm>(
                  machine,
                  [&](const qslice::runner_slice& r) { return farm_site(world, settings(r)); })
            : qslice::run_machine<job_farm>(machine, [&](const qslice::runner_slice& r) {
                  return qslice::site<recording, farm_spool>(
                      recording_as(world, o, machine, qslice::to_string(r)), settings(r));
              });
    if (!ran) std::fprintf(stderr, "%s\n", ran.error().to_string().c_str());
    return ran ? 0 : 1;
}

/// The numbers of each tenant's jobs in done/, in their order there.
std::map<std::string, std::vector<std::string>> finished(farm_site& s) {
    std::map<std::string, std::vector<std::string>> numbers;
    auto done = s.open_queue("done", {*dealt_out::make(1), 0});
    const auto found = done.files();
    if (!found) return numbers;
    for (std::size_t i = 0; i < found->size(); ++i) {
        const auto j = done.dequeue(found->base_name(i));
        if (!j || j->data.text("steps") != "afrcb") continue;
        numbers[std::string(j->data.text("tenant").value_or(""))].emplace_back(
            j->data.text("number").value_or(""));
    }
    return numbers;
}

template <class Site>
bool put_jobs(Site s, const std::vector<std::string>& tenants) {
    for (std::size_t i = 0; i < tenants.size(); ++i) {
        job j = job_farm::arriving({i, tenants[i], "", "print " + std::to_string(i)});
        if (!s.enqueue("accept", j.text, std::move(j.data))) return false;
    }
    return true;
}

bool put_jobs(const farm_options& o) {
    const qslice::posix_world world;
    const qslice::site_settings settings{o.root, "gate/entrance"};
    if (o.records.empty()) return put_jobs(farm_site(world, settings), o.tenants);
    return put_jobs(
        qslice::site<recording, farm_spool>(recording_as(world, o, "gate", "entrance"), settings),
        o.tenants);
}

farm_options read_options(int count, char** arguments) {
    farm_options o;
    o.tenants.assign(arguments + 1, arguments + count);
    if (o.tenants.size() >= 2 && o.tenants.front() == "--records") {
        o.records = o.tenants[1];
        o.tenants.erase(o.tenants.begin(), o.tenants.begin() + 2);
    }
    if (o.tenants.empty()) {
        for (int i = 0; i < 70; ++i) o.tenants.push_back("tenant" + std::to_string(i * i % 9));
    }
    return o;
}

}  // namespace

int main(int count, char** arguments) {
    namespace files = std::filesystem;
    farm_options o = read_options(count, arguments);
    o.root = (files::temp_directory_path() / "qslice-farm-XXXXXX").string();
    if (mkdtemp(o.root.data()) == nullptr) return EXIT_FAILURE;

    std::vector<pid_t> machines;
    bool works = false;
    {
        farm_site s(qslice::posix_world(), {o.root, "gate/look"});
        works = s.make_directories(job_farm::queues).has_value();
        for (const std::string_view machine : job_farm::machine_names) {
            const pid_t child = fork();
            if (child == 0) std::_Exit(run_machine(o, machine));
            machines.push_back(child);
        }
        works = works && put_jobs(o);
        const auto done = [&] {
            std::size_t entries = 0;
            for (const auto& e : files::recursive_directory_iterator(o.root + "/done")) {
                entries += e.path().extension() == ".pck" ? 1 : 0;
            }
            return entries >= o.tenants.size();
        };
        for (int i = 0; i < 600 && works && !done(); ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
        }
        for (const pid_t machine : machines) kill(machine, SIGTERM);
        for (const pid_t machine : machines) {
            int status = 0;
            works = waitpid(machine, &status, 0) == machine && status == 0 && works;
        }
        std::size_t jobs = 0;
        for (const auto& [tenant, numbers] : finished(s)) {
            std::printf("%s:", tenant.c_str());
            for (const std::string& number : numbers) std::printf(" %s", number.c_str());
            std::printf("\n");
            jobs += numbers.size();
        }
        works = works && jobs == o.tenants.size();
    }
    files::remove_all(o.root);
    return works ? EXIT_SUCCESS : EXIT_FAILURE;
}
