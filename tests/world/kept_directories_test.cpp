#include "support/temporary_directory.hpp"

#include <qslice/hash/hash_function.hpp>
#include <qslice/world/posix_world.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <string>
#include <thread>

using namespace qslice;

namespace {

std::ptrdiff_t open_descriptors() {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
}

}  // namespace

TEST_CASE("a rename whose directory was kept open for its whole second still works") {
    const test::temporary_directory place;
    posix_world world;
    REQUIRE(world.open(place.path() + "/a", open_mode::truncate, entry_permissions));
    REQUIRE(world.sync_directory(place.path()));
    std::this_thread::sleep_for(std::chrono::milliseconds(1100));
    CHECK(world.rename(place.path() + "/a", place.path() + "/b"));
}

TEST_CASE("a process that waits keeps no directory open") {
    const test::temporary_directory place;
    posix_world world;
    const auto before = open_descriptors();
    REQUIRE(world.sync_directory(place.path()));
    CHECK(open_descriptors() == before + 1);
    world.sleep_for(1.3);
    CHECK(open_descriptors() == before);
}

TEST_CASE("of a thread's worlds the one that waits closes the directories of all") {
    const test::temporary_directory place;
    posix_world world;
    posix_world copy = world;
    const auto before = open_descriptors();
    REQUIRE(copy.sync_directory(place.path()));
    CHECK(open_descriptors() == before + 1);
    world.sleep_for(1.3);
    CHECK(open_descriptors() == before);
}

TEST_CASE("a program that makes no more calls closes its directories when it says so") {
    const test::temporary_directory place;
    posix_world world;
    const auto before = open_descriptors();
    REQUIRE(world.sync_directory(place.path()));
    posix_world::close_directories();
    CHECK(open_descriptors() == before);
}

TEST_CASE("a hash algorithm that OpenSSL does not offer is named") {
    CHECK_THROWS_WITH((openssl_hash<"NOSUCH", "nosuch">()),
                      "OpenSSL offers no hash algorithm NOSUCH");
}
