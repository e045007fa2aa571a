#include "sim/site/slice_plan.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace qslice;
using namespace qslice::sim::diagnosis;
using Catch::Matchers::Contains;
using qslice::sim::runner_choice;

namespace {

std::string why_not(const slice_plan_options& options) {
    const auto plan = slice_plan::make(options);
    if (!plan) return plan.error().to_string();
    const auto queue = plan->for_queue("in");
    return queue ? "" : queue.error().to_string();
}

std::string why_no_runner(std::string_view text) {
    const auto runners = parse_runners(text);
    return runners ? "" : runners.error().to_string();
}

}  // namespace

TEST_CASE("runners are read in the form of qrunner's option") {
    const auto runners = parse_runners("IncomingRunner:0:3, ArchRunner\nout:1:2").value();
    CHECK(runners == std::vector<runner_choice>{
                         {"IncomingRunner", 0, 3}, {"ArchRunner", 0, 1}, {"out", 1, 2}});
}

TEST_CASE("runners are found in the output of ps") {
    const auto runners =
        parse_runners(
            "11516 Sat May 24 15:00:00 2014 /usr/bin/python qrunner --runner=IncomingRunner:0:3 "
            "-s\n"
            "12769 Sat May 24 15:00:00 2014 /usr/bin/python qrunner --runner=BounceRunner:1:3 -s\n")
            .value();
    CHECK(runners == std::vector<runner_choice>{{"IncomingRunner", 0, 3}, {"BounceRunner", 1, 3}});
}

TEST_CASE("the listings that this program asks for are read as they are") {
    const std::string python = "/usr/bin/python /usr/lib/mailman/bin/qrunner --runner=";
    using list = std::vector<runner_choice>;
    SECTION("the search for runners is none") {
        CHECK(parse_runners(
                  "  PID                  STARTED COMMAND\n21394 Tue Feb 20 18:45:00 2007 " +
                  python +
                  "IncomingRunner:0:4 -s\n22001 Tue Feb 20 22:01:00 2007 grep -e "
                  "--runner=\n")
                  .value() == list{{"IncomingRunner", 0, 4}});
        CHECK(parse_runners("77 grep --runner=in:0:2\n").value().empty());
        CHECK(
            parse_runners("root@mx1:~# ps ax | grep -- --runner=\n5 sh -c pgrep -af -- --runner=\n")
                .value()
                .empty());
    }
    SECTION("a wrapper and its program are one") {
        CHECK(parse_runners("1 sudo -u list " + python + "ArchRunner:0:1 -s\n2 " + python +
                            "ArchRunner:0:1 -s\n3 runuser -u list -- " + python +
                            "ArchRunner:0:1\n")
                  .value() == list{{"ArchRunner", 0, 1}});
        CHECK(parse_runners("1 /bin/sh -c '" + python + "ArchRunner:0:1'\n").value() ==
              list{{"ArchRunner", 0, 1}});
    }
    SECTION("two processes on one slice are two") {
        CHECK(parse_runners("1 " + python + "ArchRunner:0:1\n2 " + python + "ArchRunner:0:1\n")
                  .value()
                  .size() == 2);
    }
    SECTION("gunicorn's workers are the REST runner") {
        const std::string rest =
            " /usr/bin/python3 /usr/lib/mailman3/bin/runner --runner=rest:0:1\n";
        CHECK(parse_runners('1' + rest + '2' + rest + '3' + rest).value() == list{{"rest", 0, 1}});
    }
    SECTION("nothing, or a heading alone, is that nothing runs") {
        for (const char* text : {"", " \n", "  PID                  STARTED COMMAND\n"}) {
            INFO(text);
            REQUIRE(parse_runners(text));
            CHECK(parse_runners(text)->empty());
        }
    }
}

TEST_CASE("a listing that is cut off is an error, and not a site without runners") {
    const std::string head =
        "USER       PID %CPU %MEM    VSZ   RSS TTY STAT START   TIME COMMAND\n";
    const std::string line = "list      1201  0.0  0.3  43500 12400 ?   Ss   Nov12   0:00 ";
    for (const char* program :
         {"/usr/bin/python\n", "/usr/bin/python3 \n", "python qrunner --runner=Incom\n"}) {
        const auto runners = parse_runners(head + line + program);
        REQUIRE_FALSE(runners);
        CHECK_THAT(runners.error().what, Catch::Matchers::Contains("cut off") &&
                                             Catch::Matchers::Contains("ps -eo pid,lstart,args"));
    }
    // Also without the heading, and in the middle of the program's path.
    const auto narrow = parse_runners(line + "/usr/bin/python /usr/lib/mailm\n");
    REQUIRE_FALSE(narrow);
    CHECK_THAT(narrow.error().what, Catch::Matchers::Contains("cut off"));
    CHECK(parse_runners(line + "/usr/bin/python3 /usr/sbin/firewalld\n").value().empty());
    CHECK(parse_runners(head + line + "/usr/sbin/cron -f\n").value().empty());
    CHECK(parse_runners(head + line + "/usr/bin/python3 web.py\n").value().empty());
    CHECK(parse_runners(head + line + "/usr/bin/python\n" + line +
                        "python qrunner "
                        "--runner=IncomingRunner:0:1\n")
              .value()
              .size() == 1);
}

TEST_CASE("Mailman 3 is not given a number that it refuses") {
    const auto why = [](const slice_plan_options& options, mailman_version version) {
        const auto accepted = slice_plan::make(options).value().accepted_by(version);
        return accepted ? std::string() : accepted.error().to_string();
    };
    CHECK_THAT(why({.slices = "3", .partition = {}, .running = {}}, mailman_version::v3),
               Contains("--slices") && Contains("power of two"));
    CHECK_THAT(why({.slices = "2,out=6", .partition = {}, .running = {}}, mailman_version::v3),
               Contains("found 6 slices"));
    CHECK(why({.slices = "4", .partition = {}, .running = {}}, mailman_version::v3).empty());
    CHECK(why({.slices = "3", .partition = {}, .running = {}}, mailman_version::v21).empty());
    CHECK(why({.slices = "3", .partition = "equal", .running = {}}, mailman_version::v3).empty());
}

TEST_CASE("an invalid runner is an error that shows the expected form") {
    CHECK_THAT(why_no_runner("IncomingRunner:3:3"), Contains("slices count from 0"));
    CHECK_THAT(why_no_runner("IncomingRunner:1"), Contains("found no slice number"));
    CHECK_THAT(why_no_runner("IncomingRunner:a:3"), Contains("IncomingRunner:0:3"));
    CHECK_THAT(why_no_runner(":0:1"), Contains("found no runner"));
    CHECK_THAT(why_no_runner("in:0:0"), Contains("found 0 slices"));
    CHECK_THAT(why_no_runner("in:-1:2"), Contains("found no slice number"));
    CHECK_THAT(why_no_runner("in:0:65537"), Contains("at most 65536 slices"));
    CHECK_THAT(why_no_runner(" , "), Contains("found none"));
    CHECK_THAT(why_no_runner("--runner= -s"), Contains("found no runner"));
}

TEST_CASE("slices and partitions that do not fit are errors that name the option") {
    CHECK_THAT(why_not({.slices = "0", .partition = {}, .running = {}}), Contains("--slices"));
    CHECK_THAT(why_not({.slices = "in=", .partition = {}, .running = {}}), Contains("'in='"));
    CHECK_THAT(why_not({.slices = "=3", .partition = {}, .running = {}}), Contains("'=3'"));
    CHECK_THAT(why_not({.slices = "3;4", .partition = {}, .running = {}}), Contains("'3;4'"));
    CHECK_THAT(why_not({.slices = "in=70000", .partition = {}, .running = {}}), Contains("65536"));
    CHECK_THAT(why_not({.slices = "3", .partition = "mailman3", .running = {}}),
               Contains("--partition") && Contains("power of two"));
    CHECK_THAT(why_not({.slices = "3", .partition = "even", .running = {}}),
               Contains("expected a partition"));
    CHECK_THAT(why_not({.slices = "2", .partition = "weighted:3,2,1", .running = {}}),
               Contains("its own number of slices"));
    CHECK_THAT(why_not({.slices = {},
                        .partition = "weighted:3,2,1",
                        .running = std::vector<runner_choice>{{"IncomingRunner", 0, 2}}}),
               Contains("--running") && Contains("'weighted:3,2,1' has 3"));
    CHECK(why_not({.slices = "3", .partition = "weighted:3,2,1", .running = {}}).empty());
}

TEST_CASE("each queue has its own number of slices, the default, or its runners'") {
    const auto plan =
        slice_plan::make(
            {.slices = "2,in=3",
             .partition = {},
             .running = std::vector<runner_choice>{{"IncomingRunner", 1, 3}, {"ArchRunner", 0, 4}}})
            .value();
    CHECK(plan.for_queue("in")->division.slice_count() == 3);
    CHECK(plan.for_queue("out")->division.slice_count() == 2);
    CHECK(plan.for_queue("archive")->division.slice_count() == 2);
    CHECK(plan.for_queue("archive")->groups[0].division.slice_count() == 4);
    const auto silent =
        slice_plan::make({.slices = {},
                          .partition = {},
                          .running = std::vector<runner_choice>{{"ArchRunner", 0, 4}}})
            .value();
    CHECK(silent.for_queue("archive")->division.slice_count() == 4);
    CHECK(silent.for_queue("in")->division.slice_count() == 1);
    CHECK(plan.unknown_queues({"out"}) == std::vector<std::string>{"in"});
    CHECK(plan.without_queue({"in"}) == std::vector<runner_choice>{{"ArchRunner", 0, 4}});
}
