// Takes and releases a list's lock again and again, with a random delay before each storage call,
// and writes when it held it:
//   locker DIRECTORY IDENTITY ROUNDS SEED [DELAY_S [CRASHES [LATE]]]
// One in so many calls CRASHES the process (status 9); one in so many holders is LATE, beyond its
// lock's expiry. 0: never. Lines: "A TIME EXPIRY" acquired, "R TIME" about to release, "C TIME"
// about to crash, "T TIME" timed out, "D" the end; times are seconds since the epoch.
#include <qslice/runner/list_lock.hpp>
#include <qslice/world/posix_world.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <unistd.h>

namespace {

using namespace qslice;

struct disturbance {
    std::mt19937_64 draw;
    double delay_s = 0;
    std::uint64_t crashes = 0;

    bool one_in(std::uint64_t n) { return n > 0 && draw() % n == 0; }
};

void say(char what, double time, double expiry = 0) {
    std::printf("%c %.6f %.6f\n", what, time, expiry);
    std::fflush(stdout);
}

/// The real world, whose calls come late or not at all.
class disturbed_world : public posix_world {
public:
    explicit disturbed_world(std::shared_ptr<disturbance> d) : disturbance_(std::move(d)) {}

    result<file> open(const std::string& path, open_mode mode, permissions bits) {
        disturb();
        return posix_world::open(path, mode, bits);
    }
    result<void> write(file& f, std::string_view bytes) {
        disturb();
        return posix_world::write(f, bytes);
    }
    result<std::string> read(file& f) {
        disturb();
        return posix_world::read(f);
    }
    result<void> link(const std::string& from, const std::string& to) {
        disturb();
        return posix_world::link(from, to);
    }
    result<void> remove(const std::string& path) {
        disturb();
        return posix_world::remove(path);
    }
    result<file_information> information(const std::string& path) {
        disturb();
        return posix_world::information(path);
    }
    result<void> set_modified(const std::string& path, double seconds) {
        disturb();
        return posix_world::set_modified(path, seconds);
    }

private:
    void disturb() {
        disturbance& d = *disturbance_;
        if (d.one_in(d.crashes)) {
            say('C', now().seconds);
            _exit(9);
        }
        if (d.delay_s <= 0) return;
        const double delay = std::exponential_distribution<double>(1 / d.delay_s)(d.draw);
        std::this_thread::sleep_for(std::chrono::duration<double>(delay));
    }

    std::shared_ptr<disturbance> disturbance_;
};

/// When the lock that was just taken may be ended by others.
double expiry_of(const std::string& path, const lock_times& times) {
    posix_world quiet;
    auto file = quiet.open(path, open_mode::read, entry_permissions);
    const auto content = file ? quiet.read(*file) : result<std::string>(failure(file.error()));
    const auto parsed = content ? detail::lock_content::parse(*content) : std::nullopt;
    return parsed ? parsed->expires.seconds + times.clock_slop_s : 0;
}

}  // namespace

int main(int count, char** words) {
    if (count < 5) return 2;
    const auto number = [&](int i) { return count > i ? std::strtod(words[i], nullptr) : 0.0; };
    const std::string directory = words[1];
    auto disturbs = std::make_shared<disturbance>();
    disturbs->draw.seed(static_cast<std::uint64_t>(number(4)));
    disturbs->delay_s = number(5);
    disturbs->crashes = static_cast<std::uint64_t>(number(6));
    const auto late = static_cast<std::uint64_t>(number(7));
    const lock_times times{.wait_s = 1,
                           .lifetime_s = 0.3,
                           .clock_slop_s = 0.1,
                           .between_attempts_s = 0.0005,
                           .attempts_spread_s = 0.001};
    disturbed_world w(disturbs);
    for (int round = 0; round < static_cast<int>(number(3));) {
        auto lock = list_lock<disturbed_world>::acquire(w, directory, "users", words[2], times);
        const double now = w.now().seconds;
        if (!lock) {
            if (lock.error().code != error_code::timed_out) {
                std::fprintf(stderr, "%s\n", lock.error().to_string().c_str());
                return 1;
            }
            say('T', now);
            continue;
        }
        ++round;
        say('A', now, expiry_of(directory + "/users.lock", times));
        const double hold = disturbs->one_in(late) ? 1.6 : disturbs->delay_s;
        std::this_thread::sleep_for(std::chrono::duration<double>(hold));
        say('R', w.now().seconds);
        lock->release();
    }
    std::printf("D 0 0\n");
    return 0;
}
