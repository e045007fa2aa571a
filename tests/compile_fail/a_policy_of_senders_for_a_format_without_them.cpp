// expect: the hash policy uses the sender, and the format has no sender_of
#include <qslice/qslice.hpp>

int main() {
    qslice::queue_writer<qslice::posix_world, qslice::plain_format, qslice::sender_affinity_policy>
        writer(qslice::posix_world(), "jobs", qslice::durability::file, {});
}
