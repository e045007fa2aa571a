// SimGrid's actors that do nothing but sleep: prints the processor time of an event in
// nanoseconds. Arguments: actors, sleeps of each, stack size in KiB.
#include <simgrid/s4u.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>

namespace {

double processor_time_s() {
    timespec t{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

}  // namespace

int main(int, char** argv) {
    const long actors = std::strtol(argv[1], nullptr, 10);
    const long sleeps = std::strtol(argv[2], nullptr, 10);
    const std::string stack = std::string("--cfg=contexts/stack-size:") + argv[3];
    char* arguments[] = {argv[0], const_cast<char*>(stack.c_str()), nullptr};
    int count = 2;
    simgrid::s4u::Engine engine(&count, arguments);
    auto* zone = simgrid::s4u::create_full_zone("zone");
    auto* host = zone->create_host("host", 1e9);
    zone->seal();
    for (long i = 0; i < actors; ++i) {
        simgrid::s4u::Actor::create("sleeper", host, [i, sleeps] {
            std::uint64_t random = static_cast<std::uint64_t>(i) * 0x9e3779b97f4a7c15 + 1;
            for (long s = 0; s < sleeps; ++s) {
                random = random * 6364136223846793005 + 1442695040888963407;
                simgrid::s4u::this_actor::sleep_for(1 + static_cast<double>(random >> 44) * 1e-6);
            }
        });
    }
    const double begin = processor_time_s();
    engine.run();
    std::printf("%.3f\n",
                (processor_time_s() - begin) * 1e9 / static_cast<double>(actors * sleeps));
}
