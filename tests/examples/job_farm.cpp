// Runs the farm of job_farm.hpp on real files: each of its machines is a process here.
//
//   job_farm [TENANT...]
//
// puts a job for each tenant named, waits until all are done, and prints for each tenant the
// numbers of its jobs in the order in which they were completed.
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
#include <string>
#include <thread>
#include <vector>

namespace {

using farm_site = qslice::site<qslice::posix_world, farm_spool>;

qslice::posix_world* stopped_by_signal = nullptr;

int run_machine(const std::string& root, std::string_view machine) {
    qslice::posix_world world;
    stopped_by_signal = &world;
    std::signal(SIGTERM, [](int) { stopped_by_signal->request_stop(); });
    const auto ran = qslice::run_machine<job_farm>(machine, [&](const qslice::runner_slice& r) {
        return farm_site(world, {root, std::string(machine) + '/' + qslice::to_string(r)});
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

}  // namespace

int main(int count, char** arguments) {
    namespace files = std::filesystem;
    std::vector<std::string> tenants(arguments + 1, arguments + count);
    for (int i = 0; tenants.size() < 70 && count == 1; ++i) {
        tenants.push_back("tenant" + std::to_string(i * i % 9));
    }
    std::string root = (files::temp_directory_path() / "qslice-farm-XXXXXX").string();
    if (mkdtemp(root.data()) == nullptr) return EXIT_FAILURE;

    std::vector<pid_t> machines;
    bool works = false;
    {
        farm_site s(qslice::posix_world(), {root, "gate/entrance"});
        works = s.make_directories(job_farm::queues).has_value();
        for (const std::string_view machine : job_farm::machine_names) {
            const pid_t child = fork();
            if (child == 0) std::_Exit(run_machine(root, machine));
            machines.push_back(child);
        }
        for (std::size_t i = 0; i < tenants.size() && works; ++i) {
            job j = job_farm::arriving({i, tenants[i], "", "print " + std::to_string(i)});
            works = s.enqueue("accept", j.text, std::move(j.data)).has_value();
        }
        const auto done = [&] {
            std::size_t entries = 0;
            for (const auto& e : files::recursive_directory_iterator(root + "/done")) {
                entries += e.path().extension() == ".pck" ? 1 : 0;
            }
            return entries >= tenants.size();
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
        works = works && jobs == tenants.size();
    }
    files::remove_all(root);
    return works ? EXIT_SUCCESS : EXIT_FAILURE;
}
