// A sanitizer has its own versions of the calls that are replaced here.
#ifndef QSLICE_SANITIZED

#include "support/temporary_directory.hpp"

#include <qslice/world/posix_world.hpp>

#include <catch2/catch.hpp>

#include <cerrno>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

/// The calls that a signal interrupts once more each, by name.
std::set<std::string_view> interrupts;

bool is_interrupted(std::string_view call) {
    if (interrupts.erase(call) == 0) return false;
    errno = EINTR;
    return true;
}

int call(long number, auto... arguments) {
    return static_cast<int>(::syscall(number, arguments...));
}

}  // namespace

// In place of the C library's, for this program.
extern "C" {
int link(const char* from, const char* to) noexcept {
    if (is_interrupted("link")) return -1;
    return call(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
}
int mkdir(const char* path, mode_t mode) noexcept {
    if (is_interrupted("mkdir")) return -1;
    return call(SYS_mkdirat, AT_FDCWD, path, mode);
}
int stat(const char* path, struct stat* s) noexcept {
    if (is_interrupted("stat")) return -1;
    return call(SYS_newfstatat, AT_FDCWD, path, s, 0);
}
int utimensat(int directory, const char* path, const timespec* times, int flags) noexcept {
    if (is_interrupted("utimensat")) return -1;
    return call(SYS_utimensat, directory, path, times, flags);
}
int renameat(int from, const char* old_path, int to, const char* new_path) noexcept {
    if (is_interrupted("renameat")) return -1;
    return call(SYS_renameat2, from, old_path, to, new_path, 0);
}
int unlinkat(int directory, const char* path, int flags) noexcept {
    if (is_interrupted("unlinkat")) return -1;
    return call(SYS_unlinkat, directory, path, flags);
}
int fsync(int descriptor) {
    if (is_interrupted("fsync")) return -1;
    return call(SYS_fsync, descriptor);
}
}

namespace qslice::test {

TEST_CASE("a call that a signal interrupts is repeated, whichever it is") {
    const temporary_directory place;
    const std::string at = place.path() + "/";
    posix_world w([](std::string_view, std::string_view) {});
    interrupts = {"mkdir", "link", "stat", "utimensat", "renameat", "unlinkat", "fsync"};

    CHECK(w.make_directory(at + "queue", {0770}).has_value());
    {
        auto file = w.open(at + "queue/a", open_mode::truncate, {0660});
        REQUIRE(file.has_value());
        CHECK(w.write(*file, "text").has_value());
        CHECK(w.sync(*file).has_value());
        CHECK(w.close(*file).has_value());
    }
    CHECK(w.link(at + "queue/a", at + "queue/b").has_value());
    CHECK(w.set_modified(at + "queue/a", 12.5).has_value());
    CHECK(w.information(at + "queue/a").value().modified_s == 12.5);
    CHECK(w.rename(at + "queue/b", at + "queue/c").has_value());
    CHECK(w.remove(at + "queue/c").has_value());
    CHECK(interrupts.empty());
}

}  // namespace qslice::test

#endif
