// Runs the jobs of paid_jobs.hpp on real files, each machine in its thread, and succeeds if each
// job was charged once, at the price of the configured runner, and the first customer's jobs were
// in slice 0.
#include "paid_jobs.hpp"

#include <qslice/topology/configured.hpp>
#include <qslice/world/posix_world.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

namespace {

/// The real service: here it only adds up.
struct cash_box {
    std::atomic<int> charges = 0;
    std::atomic<int> cents = 0;

    qslice::result<void> charge(const qslice::plain_item&, int price) {
        ++charges;
        cents += price;
        return {};
    }
};

}  // namespace

int main() {
    namespace files = std::filesystem;
    constexpr int jobs = 20;
    std::string root = (files::temp_directory_path() / "qslice-paid-XXXXXX").string();
    if (mkdtemp(root.data()) == nullptr) return EXIT_FAILURE;

    cash_box box;
    qslice::posix_world world;
    const auto open = [&](const std::string& who) {
        return qslice::open_site<paid_jobs>(world, box, qslice::site_settings{root, who});
    };
    auto entrance = open("entrance");
    bool works = entrance.make_directories(paid_jobs::queues).has_value();
    int first = 0;
    for (int i = 0; i < jobs && works; ++i) {
        const std::string customer = i % 4 == 0 ? "ada" : "customer" + std::to_string(i);
        auto job = paid_jobs::arriving({0, customer, "", "print " + std::to_string(i)});
        const auto name = entrance.enqueue("orders", job.text, job.data);
        works = name.has_value();
        if (works && name->find("+0000000000000000") != std::string::npos) ++first;
    }

    std::vector<std::thread> machines;
    std::atomic<int> failures = 0;
    for (const std::string_view machine : paid_jobs::machine_names) {
        machines.emplace_back([&, machine] {
            const auto ran = qslice::run_machine<paid_jobs>(
                machine, [&](const qslice::runner_slice& r) { return open(to_string(r)); });
            if (!ran) ++failures;
        });
    }
    for (int i = 0; i < 600 && box.charges < jobs; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    world.request_stop();
    for (std::thread& machine : machines) machine.join();
    std::printf("%d charges, %d cents, %d jobs of ada in slice 0\n", box.charges.load(),
                box.cents.load(), first);
    files::remove_all(root);
    works = works && failures == 0 && box.charges == jobs && box.cents == jobs * 250 && first == 5;
    return works ? EXIT_SUCCESS : EXIT_FAILURE;
}
