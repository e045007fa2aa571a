// A program that has a loop of its own: it serves a queue between other things, here commands that
// it reads from a pipe, and is woken by whichever comes first.
#include <qslice/queue/work_queue.hpp>
#include <qslice/runner/runner_loop.hpp>
#include <qslice/runner/site.hpp>
#include <qslice/spool/watching_switchboard.hpp>
#include <qslice/world/posix_world.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <thread>

#include <poll.h>
#include <unistd.h>

namespace {

using spool = qslice::watching<qslice::keyed_spool<>>;
using shop = qslice::site<qslice::posix_world, spool>;

int printed = 0;

struct print_runner {
    static constexpr std::string_view class_name = "PrintRunner";
    static constexpr std::string_view queue = "print";
    static constexpr std::array<std::string_view, 0> flows_to{};

    template <class Site>
    qslice::result<qslice::disposition> dispose(Site&, qslice::plain_item& job) {
        std::printf("job: %s\n", job.text.c_str());
        ++printed;
        return qslice::disposition::done;
    }
};

/// Serves print/ and the commands until "quit" is one of them.
void serve(shop& s, int commands) {
    qslice::posix_world& world = s.world();
    qslice::runner_loop<print_runner, shop> loop(s, {});
    loop.recover();
    while (!world.stop_requested()) {
        if (loop.serve({.entries = 100, .seconds = 0.05}) > 0) continue;
        std::array<pollfd, 3> waited{pollfd{world.stop_descriptor(), POLLIN, 0},
                                     pollfd{loop.wake_descriptor(), POLLIN, 0},
                                     pollfd{commands, POLLIN, 0}};
        ::poll(waited.data(), waited.size(), static_cast<int>(loop.pause_s() * 1000));
        if (waited[2].revents == 0) continue;
        std::array<char, 64> text{};
        const auto size = ::read(commands, text.data(), text.size());
        const std::string_view command(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
        std::printf("command: %.*s\n", static_cast<int>(command.size()), command.data());
        if (command.empty() || command == "quit") world.request_stop();
    }
}

}  // namespace

int main() {
    std::string root = (std::filesystem::temp_directory_path() / "qslice-loop-XXXXXX").string();
    if (mkdtemp(root.data()) == nullptr) return EXIT_FAILURE;
    std::array<int, 2> commands{};
    if (::pipe(commands.data()) != 0) return EXIT_FAILURE;
    bool put = true;
    {
        const qslice::posix_world world;
        shop s(world, {root, "mx1/loop"});
        put = s.make_directories(std::array<std::string_view, 2>{"print", "shunt"}).has_value();
        const std::jthread others([&, world] {
            shop outside(world, {root, "mx1/outside"});
            for (int i = 0; i < 5; ++i) {
                put = outside.enqueue("print", "page " + std::to_string(i), {}) && put;
                std::this_thread::sleep_for(std::chrono::milliseconds(50));
            }
            std::this_thread::sleep_for(std::chrono::seconds(2));
            put = ::write(commands[1], "quit", 4) == 4 && put;
        });
        if (put) serve(s, commands[0]);
    }
    std::filesystem::remove_all(root);
    return put && printed == 5 ? EXIT_SUCCESS : EXIT_FAILURE;
}
