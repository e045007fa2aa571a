#include "sim/model/process_name.hpp"

#include <catch2/catch.hpp>

using qslice::sim::selects_process;

TEST_CASE("a fault selects a runner by its class or by its whole name") {
    CHECK(selects_process("OutgoingRunner", "OutgoingRunner:1:3"));
    CHECK(selects_process("OutgoingRunner:1:3", "OutgoingRunner:1:3"));
    CHECK_FALSE(selects_process("OutgoingRunner:0:3", "OutgoingRunner:1:3"));
    CHECK_FALSE(selects_process("OutgoingRunner:1:30", "OutgoingRunner:1:3"));
    CHECK_FALSE(selects_process("OutgoingRunner:1", "OutgoingRunner:1:3"));
    CHECK_FALSE(selects_process("Outgoing", "OutgoingRunner:1:3"));
    CHECK_FALSE(selects_process("OutgoingRunner:1:3", "OutgoingRunner:1:30"));
    CHECK_FALSE(selects_process("OutgoingRunner", "Outgoing:1:3"));
}

TEST_CASE("a fault that names no process selects every runner and no other process") {
    CHECK(selects_process("", "ArchRunner:0:1"));
    CHECK_FALSE(selects_process("", "post"));
    CHECK_FALSE(selects_process("", "digests"));
    CHECK_FALSE(selects_process("", ""));
}

TEST_CASE("a process that is no runner is selected by its name") {
    CHECK(selects_process("post", "post"));
    CHECK_FALSE(selects_process("post", "posting"));
    CHECK_FALSE(selects_process("pos", "post"));
}
