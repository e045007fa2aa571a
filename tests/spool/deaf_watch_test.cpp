#include "support/temporary_directory.hpp"
#include "support/test_world.hpp"

#include <qslice/spool/standard_spools.hpp>
#include <qslice/spool/watching_switchboard.hpp>

#include <catch2/catch.hpp>

#include <filesystem>
#include <string>

using namespace qslice;

namespace {

/// A world whose watch reports nothing, as of what another machine writes to a network file system.
class deaf_world : public test::test_world {
public:
    struct deaf_watch {
        static result<void> add(const std::string&) { return {}; }
        template <class Visit>
        static result<bool> collect(Visit&&) {
            return true;
        }
        static bool wait_for(double) { return false; }
    };
    static result<deaf_watch> watch() { return deaf_watch{}; }
};

}  // namespace

TEST_CASE("an entry that no watch reports is seen after at most 30 s") {
    const test::temporary_directory directory;
    std::filesystem::create_directory(directory.path() + "/in");
    deaf_world w;
    watching_switchboard<deaf_world, mailman21_spool> board(w, {directory.path() + "/in", "", {}});
    CHECK(board.files()->empty());
    test::write_file(directory.path() + "/in/1.5+" + std::string(40, 'a') + ".pck", "x");
    w.control().now += 29;
    CHECK(board.files()->empty());
    w.control().now += 2;
    CHECK(board.files()->size() == 1);
}
