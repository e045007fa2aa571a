// A durable queue of anything: four workers, each customer's jobs in the order of their arrival.
#include <qslice/queue/work_in_threads.hpp>
#include <qslice/queue/work_queue.hpp>

#include <cstdio>
#include <string>

int main(int count, char** arguments) {
    const std::string directory = count > 1 ? arguments[1] : "jobs";
    qslice::posix_world world;
    auto jobs = qslice::work_queue::open(world, {.directory = directory});
    if (!jobs) return std::puts(jobs.error().to_string().c_str()), 1;
    for (const std::string customer : {"ada", "bob", "eve"}) {
        for (const std::string step : {"scan", "print", "bind"}) {
            if (const auto put = jobs->put(step, {{"key", customer}}); !put) return 1;
        }
    }
    const auto done = qslice::work_in_threads(
        world, {.directory = directory, .workers = 4},
        [](qslice::plain_item& job) -> qslice::result<void> {
            const std::string customer(job.data.text("key").value_or("nobody"));
            std::printf("%s: %s\n", customer.c_str(), job.text.c_str());
            return {};
        },
        0);
    if (!done) return std::puts(done.error().to_string().c_str()), 1;
    return *done == 9 ? 0 : 1;
}
