#include "support/test_site.hpp"

#include <qslice/runner/archive_runner.hpp>
#include <qslice/runner/incoming_runner.hpp>
#include <qslice/runner/outgoing_runner.hpp>
#include <qslice/runner/runner_loop.hpp>
#include <qslice/spool/watching_switchboard.hpp>

#include <catch2/catch.hpp>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <malloc.h>

using namespace qslice;
using test::basic_test_site;

#if !defined(QSLICE_SANITIZED)  // which allocates for its own purposes
namespace {

/// A site with runners that live long, and all that goes wrong in a life.
template <class Spool>
struct long_life {
    using test_site = basic_test_site<Spool>;
    using site_type = typename test_site::site_type;

    test_site t;
    runner_loop<incoming_runner, site_type> incoming{t.site, {}};
    runner_loop<outgoing_runner, site_type> outgoing{t.site, {}};
    runner_loop<archive_runner, site_type> archive{t.site, {}};

    long_life() {
        t.users().archive = true;
        t.world.control().reaches_disk = false;
        incoming.recover();
    }

    void cycle(int number) {
        const std::string in = t.directory_of("in") + "/";
        const std::string hash(40, 'a');
        const std::string n = std::to_string(number);
        t.enqueue("in", "Message-ID: <" + n + "@x>\nSubject: hello\n\nbody\n");
        // A name that no runner can parse, and an entry that none can read.
        test::write_file(in + "odd" + n + ".pck", "");
        test::write_file(in + "1." + n + "+" + hash + ".pck", "no pickle");
        // Sometimes storage fails in the middle.
        if (number % 7 == 0) {
            t.world.control().fail = [](std::string_view call, const std::string& path) {
                return call == "write" && path.find("/out/") != std::string::npos
                           ? std::optional(error_code::no_space)
                           : std::nullopt;
            };
            incoming.one_pass();
            t.world.control().fail = nullptr;
        }
        for (int i = 0; i < 2; ++i) incoming.one_pass();
        outgoing.one_pass();
        archive.one_pass();
        std::filesystem::remove(in + "odd" + n + ".pck");
        for (const std::string& name : t.names("bad")) {
            std::filesystem::remove(t.directory_of("bad") + "/" + name);
        }
        std::filesystem::remove(t.site.list_directory("users") + "/digest.mbox");
        handled += t.services.deliveries.size();
        forget();
    }

    /// What the test itself remembers.
    void forget() {
        auto& control = t.world.control();
        control.now += 1;
        control.log = {};
        control.sleeps = {};
        control.synced_directories = {};
        control.synced_files = {};
        t.services.deliveries = {};
        t.services.archived = {};
    }

    std::size_t handled = 0;
};

/// Bytes that the program has allocated and not freed.
std::size_t bytes_in_use() { return ::mallinfo2().uordblks; }

}  // namespace

TEMPLATE_TEST_CASE("a runner that lives long needs no more memory than at its start", "",
                   mailman21_spool, watching<mailman21_spool>) {
    long_life<TestType> life;
    // Two of the watching switchboard's full listings, each after 30 s.
    constexpr int warm_up = 70;
    constexpr int cycles = 700;
    for (int i = 0; i < warm_up; ++i) life.cycle(1000 + i);
    const std::size_t before = bytes_in_use();
    for (int i = 0; i < cycles; ++i) life.cycle(2000 + i);
    CHECK(life.handled == static_cast<std::size_t>(warm_up + cycles));
    // A single string for each cycle would be 20 kB.
    CHECK(bytes_in_use() < before + 8192);
}
#endif
