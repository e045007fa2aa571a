// expect: the site's services lack what this runner type needs
#include <qslice/qslice.hpp>

using lone_site = qslice::site<qslice::posix_world, qslice::mailman21_spool>;

int main() {
    lone_site s(qslice::posix_world(), {"/nowhere", "mx1/test"});
    qslice::runner_loop<qslice::archive_runner, lone_site> loop(s, {});
}
