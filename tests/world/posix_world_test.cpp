#include "support/temporary_directory.hpp"

#include <qslice/world/posix_world.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

using namespace qslice;

namespace {

unsigned mode_of(const std::string& path) {
    struct stat s {};
    REQUIRE(::stat(path.c_str(), &s) == 0);
    return s.st_mode & 07777u;
}

/// Restores the process's umask.
class umask_of_test {
public:
    umask_of_test() : before_(::umask(022)) {}
    umask_of_test(const umask_of_test&) = delete;
    umask_of_test& operator=(const umask_of_test&) = delete;
    ~umask_of_test() { ::umask(before_); }

private:
    mode_t before_;
};

void write(posix_world& w, const std::string& path, open_mode mode, std::string_view bytes) {
    auto file = w.open(path, mode, entry_permissions);
    REQUIRE(file);
    REQUIRE(w.write(*file, bytes));
    REQUIRE(w.sync(*file));
    REQUIRE(w.close(*file));
}

std::string read(posix_world& w, const std::string& path) {
    auto file = w.open(path, open_mode::read, entry_permissions);
    REQUIRE(file);
    return w.read(*file).value();
}

}  // namespace

TEST_CASE("files and directories are accessible to owner and group only, as in Mailman") {
    const umask_of_test restored;
    use_mailman_umask();
    const test::temporary_directory d;
    posix_world w;
    write(w, d.path() + "/entry", open_mode::truncate, "x");
    REQUIRE(w.make_directory(d.path() + "/qfiles/in", directory_permissions));
    CHECK(mode_of(d.path() + "/entry") == 0660);
    CHECK(mode_of(d.path() + "/qfiles") == 0770);
    CHECK(mode_of(d.path() + "/qfiles/in") == 0770);
}

TEST_CASE("a file is truncated, appended to or created exclusively") {
    const test::temporary_directory d;
    posix_world w;
    const std::string path = d.path() + "/f";
    write(w, path, open_mode::create_exclusive, "long text");
    CHECK(w.open(path, open_mode::create_exclusive, entry_permissions).error().code ==
          error_code::exists);
    write(w, path, open_mode::truncate, "short");
    write(w, path, open_mode::append, " and more");
    CHECK(read(w, path) == "short and more");
    CHECK(w.information(path)->size_bytes == 14);
    CHECK_FALSE(w.information(path)->is_directory);
    CHECK(w.information(d.path())->is_directory);
}

TEST_CASE("a failed system call is an error with the path and the system's message") {
    const test::temporary_directory d;
    posix_world w;
    const std::string absent = d.path() + "/absent";
    const auto opened = w.open(absent, open_mode::read, entry_permissions);
    CHECK(opened.error().to_string() == absent + ": open: No such file or directory (not found)");
    CHECK(w.remove(absent).error().code == error_code::not_found);
    CHECK(w.rename(absent, absent + "2").error().code == error_code::not_found);
    CHECK(w.information(absent).error().code == error_code::not_found);
    CHECK(w.sync_directory(absent).error().code == error_code::not_found);
    CHECK(w.list(absent, [](std::string_view) {}).error().code == error_code::not_found);
    write(w, d.path() + "/f", open_mode::truncate, "");
    CHECK(w.make_directory(d.path() + "/f/g", directory_permissions).error().code ==
          error_code::exists);
    CHECK(w.open(d.path() + "/f/g", open_mode::read, entry_permissions).error().code ==
          error_code::not_found);
}

TEST_CASE("a full disk is distinguished from other failures") {
    if (!std::filesystem::exists("/dev/full")) return;
    posix_world w;
    auto file = w.open("/dev/full", open_mode::truncate, entry_permissions);
    REQUIRE(file);
    CHECK(w.write(*file, "x").error().code == error_code::no_space);
}

TEST_CASE("a directory may already exist, and so may its parents") {
    const test::temporary_directory d;
    posix_world w;
    CHECK(w.make_directory(d.path() + "/a/b/c", directory_permissions));
    CHECK(w.make_directory(d.path() + "/a/b/c", directory_permissions));
    CHECK(w.make_directory(d.path() + "/a/b/d", directory_permissions));
    CHECK(w.sync_directory(d.path() + "/a/b"));
    CHECK(test::names_in(d.path() + "/a/b") == std::set<std::string>{"c", "d"});
}

TEST_CASE("rename_new replaces nothing, and names what is new") {
    const test::temporary_directory d;
    posix_world w;
    const std::string from = d.path() + "/from";
    const std::string there = d.path() + "/there";
    test::write_file(from, "new");
    test::write_file(there, "old");
    CHECK(w.rename_new(from, there).error().code == error_code::exists);
    CHECK(test::read_file(from) == "new");
    CHECK(test::read_file(there) == "old");
    REQUIRE(w.rename_new(from, d.path() + "/free"));
    CHECK(test::names_in(d.path()) == std::set<std::string>{"free", "there"});
}

TEST_CASE("rename replaces its target, remove takes the name away") {
    const test::temporary_directory d;
    posix_world w;
    write(w, d.path() + "/a", open_mode::truncate, "new");
    write(w, d.path() + "/b", open_mode::truncate, "old");
    REQUIRE(w.rename(d.path() + "/a", d.path() + "/b"));
    CHECK(read(w, d.path() + "/b") == "new");
    REQUIRE(w.remove(d.path() + "/b"));
    CHECK(test::names_in(d.path()).empty());
}

TEST_CASE("every name in a directory is listed once, except dot and dot-dot") {
    const test::temporary_directory d;
    posix_world w;
    std::set<std::string> expected;
    for (int i = 0; i < 3000; ++i) {
        const std::string name = std::to_string(i) + std::string(60, 'n');
        test::write_file(d.path() + "/" + name, "");
        expected.insert(name);
    }
    std::vector<std::string> listed;
    REQUIRE(w.list(d.path(), [&](std::string_view name) { listed.emplace_back(name); }));
    CHECK(listed.size() == expected.size());
    CHECK(std::set<std::string>(listed.begin(), listed.end()) == expected);
}

TEST_CASE("a file without a size, or one that has grown, is read to its end") {
    posix_world w;
    const std::string status = read(w, "/proc/self/status");
    CHECK(status.size() > 500);
    CHECK(status.find("nonvoluntary_ctxt_switches") != std::string::npos);
}

TEST_CASE("a file is read from its start every time, whatever bytes it contains") {
    const test::temporary_directory d;
    posix_world w;
    std::string bytes(200'000, '\0');
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 131 >> 3);
    write(w, d.path() + "/f", open_mode::truncate, bytes);
    auto file = w.open(d.path() + "/f", open_mode::read, entry_permissions);
    REQUIRE(file);
    CHECK(w.read(*file).value() == bytes);
    CHECK(w.read(*file).value() == bytes);
}

TEST_CASE("a sleep ends soon after a stop is requested from another thread") {
    posix_world w;
    const auto start = std::chrono::steady_clock::now();
    std::jthread stopper([w]() mutable {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        w.request_stop();
    });
    w.sleep_for(60);
    CHECK(w.stop_requested());
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(30));
}

TEST_CASE("the clock is the machine's, in seconds since 1970") {
    const double now = posix_world().now().seconds;
    CHECK(std::abs(now - static_cast<double>(std::time(nullptr))) < 2);
}

TEST_CASE("log lines go to the given sink, with their log's name") {
    std::vector<std::pair<std::string, std::string>> lines;
    posix_world w(
        [&](std::string_view log, std::string_view line) { lines.emplace_back(log, line); });
    posix_world copy = w;
    copy.log("smtp", "sent");
    CHECK(lines == std::vector<std::pair<std::string, std::string>>{{"smtp", "sent"}});
}

TEST_CASE("a directory that was removed and made again is found again at once") {
    const test::temporary_directory top;
    posix_world w;
    const std::string queue = top.path() + "/queue";
    for (int round = 0; round < 2; ++round) {
        REQUIRE(w.make_directory(queue, directory_permissions));
        write(w, queue + "/a", open_mode::truncate, "a");
        REQUIRE(w.sync_directory(queue));
        REQUIRE(w.rename(queue + "/a", queue + "/b"));
        CHECK(read(w, queue + "/b") == "a");
        std::filesystem::remove_all(queue);
        CHECK(w.rename(queue + "/b", queue + "/c").error().code == error_code::not_found);
        CHECK(w.remove(queue + "/b").error().code == error_code::not_found);
        CHECK(w.open(queue + "/b", open_mode::read, entry_permissions).error().code ==
              error_code::not_found);
    }
}

TEST_CASE("a directory that the process itself has moved is no longer found by its old path") {
    const test::temporary_directory top;
    posix_world w;
    REQUIRE(w.make_directory(top.path() + "/old", directory_permissions));
    write(w, top.path() + "/old/a", open_mode::truncate, "a");
    REQUIRE(w.sync_directory(top.path() + "/old"));
    REQUIRE(w.rename(top.path() + "/old", top.path() + "/new"));
    CHECK(w.open(top.path() + "/old/a", open_mode::read, entry_permissions).error().code ==
          error_code::not_found);
    CHECK(read(w, top.path() + "/new/a") == "a");
    CHECK(w.sync_directory(top.path() + "/old").error().code == error_code::not_found);
}

TEST_CASE("another directory at the same path is noticed within a second") {
    const test::temporary_directory top;
    posix_world w;
    const std::string queue = top.path() + "/queue";
    REQUIRE(w.make_directory(queue, directory_permissions));
    REQUIRE(w.sync_directory(queue));
    std::filesystem::rename(queue, top.path() + "/moved");
    std::filesystem::create_directory(queue);
    std::this_thread::sleep_for(std::chrono::milliseconds(1050));
    write(w, queue + "/a", open_mode::truncate, "a");
    CHECK(std::filesystem::exists(queue + "/a"));
    CHECK(w.sync_directory(queue));
}

TEST_CASE("relative names follow the working directory") {
    const test::temporary_directory top;
    posix_world w;
    const auto before = std::filesystem::current_path();
    for (const char* const place : {"/one", "/two"}) {
        REQUIRE(w.make_directory(top.path() + place + "/queue", directory_permissions));
        std::filesystem::current_path(top.path() + place);
        CHECK(w.sync_directory("queue"));
        write(w, "queue/a", open_mode::truncate, place);
        CHECK(w.sync_directory("queue"));
    }
    std::filesystem::current_path(before);
    CHECK(read(w, top.path() + "/one/queue/a") == "/one");
    CHECK(read(w, top.path() + "/two/queue/a") == "/two");
}
