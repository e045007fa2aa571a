#include "support/notified_socket.hpp"
#include "support/temporary_directory.hpp"

#include <qslice/world/service_manager.hpp>

#include <catch2/catch.hpp>

#include <cstdlib>
#include <string>

#include <unistd.h>

using namespace qslice;
using test::notified_socket;

namespace {

class environment {
public:
    ~environment() {
        for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"})
            ::unsetenv(name);
    }
    environment() = default;
    environment(const environment&) = delete;
    environment& operator=(const environment&) = delete;
    void set(const char* name, const std::string& value) { ::setenv(name, value.c_str(), 1); }
};

}  // namespace

TEST_CASE("a service manager is told by a datagram to a path or an abstract name") {
    const test::temporary_directory place;
    for (const std::string& name :
         {place.path() + "/notify", "@qslice-test-" + std::to_string(::getpid())}) {
        notified_socket socket(name);
        const service_manager manager(name, 0);
        REQUIRE(manager.ready());
        REQUIRE(manager.status("12 runners\nof mx1"));
        REQUIRE(manager.alive());
        REQUIRE(manager.stopping());
        CHECK(socket.received() == std::vector<std::string>{"READY=1", "STATUS=12 runners of mx1",
                                                            "WATCHDOG=1", "STOPPING=1"});
    }
}

TEST_CASE("without NOTIFY_SOCKET there is no service manager, and telling it does nothing") {
    const environment e;
    const auto manager = service_manager::from_environment();
    REQUIRE(manager);
    CHECK_FALSE(manager->is_there());
    CHECK(manager->ready());
}

TEST_CASE("the watchdog's time is this process's alone") {
    environment e;
    e.set("NOTIFY_SOCKET", "@qslice-nobody");
    e.set("WATCHDOG_USEC", "2500000");
    CHECK(service_manager::from_environment()->watchdog_s() == 2.5);
    e.set("WATCHDOG_PID", std::to_string(::getpid()));
    CHECK(service_manager::from_environment()->watchdog_s() == 2.5);
    e.set("WATCHDOG_PID", std::to_string(::getppid()));
    CHECK(service_manager::from_environment()->watchdog_s() == 0);
    e.set("WATCHDOG_PID", "1x");
    CHECK(service_manager::from_environment().error().to_string() ==
          "WATCHDOG_PID: expected a number, found '1x' (malformed)");
}

TEST_CASE("a service manager that cannot be told is named") {
    CHECK(service_manager("relative", 0).ready().error().to_string() ==
          "NOTIFY_SOCKET: expected a path or '@' and a name, found 'relative' (rejected)");
    CHECK(service_manager("/" + std::string(200, 'x'), 0).ready().error().what ==
          "expected less than 108 bytes, found 201");
    CHECK(service_manager("/nowhere/notify", 0).ready().error().to_string() ==
          "/nowhere/notify: sendto: No such file or directory (not found)");
}
