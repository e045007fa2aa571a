#include "app/qslice_sim.hpp"
#include "support/run_program.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>
#include <vector>

using Catch::Matchers::Contains;
using nlohmann::json;
using qslice::test::in_one_line;
using qslice::test::qslice_sim;
using qslice::test::scratch_directory;

namespace {

namespace fs = std::filesystem;

/// Mailman 2.1's queues with three preserved entries: one that its runner in out/ died on, one that
/// was never counted, and one that cannot be read.
struct site_with_preserved {
    site_with_preserved() {
        for (const char* queue : {"in", "out", "bad"}) {
            fs::create_directories(scratch.path() / "qfiles" / queue);
        }
        add(counted, message("counted") +
                         "(dS'listname'\nS'users'\nsS'_bak_count'\nI3\ns"
                         "S'_preserved_from'\nS'out'\ns.");
        add(whole, message("whole") + "(dS'listname'\nS'users'\ns.");
        add(torn, "S'Message-ID: <torn");
        logs = scratch.file("smtp",
                            "Nov 28 10:00:00 2026 (77) <whole@example.org> smtp to users for 2 "
                            "recips, completed in 0.100 seconds\n");
    }

    static std::string message(const std::string& id) {
        return "S'Message-ID: <" + id + "@example.org>\\n\\nbody\\n'\n.";
    }
    void add(const std::string& name, const std::string& bytes) const {
        (void)scratch.file("qfiles/bad/" + name, bytes);
    }
    [[nodiscard]] std::string path() const { return (scratch.path() / "qfiles").string(); }
    [[nodiscard]] bool has(const std::string& below) const {
        return fs::exists(scratch.path() / "qfiles" / below);
    }
    /// The objects of `restore --json`, in the order counted, whole, torn.
    [[nodiscard]] json seen(std::vector<std::string> options, int status) const {
        options.insert(options.begin(), {"restore", path(), "--json"});
        const auto run = qslice_sim(options);
        CHECK(run.status == status);
        return json::parse(run.out).at("preserved");
    }

    const std::string hash = "+905614b68b0427faada6e1816699495e13797be8";
    const std::string counted = "1400972196.5" + hash + ".psv";
    const std::string whole = "1400972197.5" + hash + ".psv";
    const std::string torn = "1400972198.5" + hash + ".psv";
    scratch_directory scratch;
    std::string logs;
};

}  // namespace

TEST_CASE("restore says what each preserved entry is, and changes nothing") {
    const site_with_preserved site;
    const auto run = qslice_sim({"restore", site.path()});
    CHECK(run.status == 0);
    CHECK_THAT(in_one_line(run.out),
               Contains("3 entries are preserved (.psv); --requeue would put back 0") &&
                   Contains("<counted@example.org>") &&
                   Contains("its runner ended with it in hand 3 times") &&
                   Contains("two runners on one slice, or storage failed") &&
                   Contains("cannot be read") && Contains("from out/"));
    CHECK(site.has("bad/" + site.counted));
    CHECK(site.has("bad/" + site.whole));
    CHECK(site.has("bad/" + site.torn));
    CHECK(fs::is_empty(site.scratch.path() / "qfiles/out"));
}

TEST_CASE("without logs nothing is put back unless it may be sent again") {
    const site_with_preserved site;
    for (const json& entry : site.seen({"--requeue", "--queue", "in"}, 1)) {
        CHECK(entry.at("restored_as").is_null());
        CHECK(entry.at("logs_show_sent").is_null());
    }
    const json seen = site.seen({"--requeue", "--queue", "in", "--even-if-sent"}, 1);
    CHECK(seen[0].at("restored_as") == site.path() + "/out/1400972196.5" + site.hash + ".pck");
    CHECK(seen[1].at("restored_as") == site.path() + "/in/1400972197.5" + site.hash + ".pck");
    CHECK(seen[2].at("reason") == "unreadable");
    CHECK(seen[2].at("restored_as").is_null());
    CHECK(site.has("bad/" + site.torn));
}

TEST_CASE("with logs what they show as sent stays, and the rest goes back") {
    const site_with_preserved site;
    const json seen = site.seen({"--requeue", "--queue", "in", "--logs", "mx1=" + site.logs}, 1);
    CHECK(seen[0].at("logs_show_sent") == false);
    CHECK(seen[0].at("queue") == "out");
    CHECK_FALSE(seen[0].at("restored_as").is_null());
    CHECK(seen[1].at("logs_show_sent") == true);
    CHECK(seen[1].at("restored_as").is_null());
    CHECK_THAT(seen[1].at("obstacle").get<std::string>(), Contains("show that it was sent"));
    CHECK(site.has("bad/" + site.whole));
    CHECK(site.has("out/1400972196.5" + site.hash + ".pck"));
}

TEST_CASE("only the named entry is put back, into a queue that exists") {
    const site_with_preserved site;
    const std::vector<std::string> one{"--requeue", "--even-if-sent", "--entry", site.whole};
    auto into = [&](const std::string& queue) {
        auto options = one;
        options.insert(options.end(), {"--queue", queue});
        return options;
    };
    CHECK(site.seen(one, 1)[1].at("obstacle") == "its queue is not known; name it by --queue");
    CHECK_THAT(site.seen(into("inn"), 1)[1].at("obstacle").get<std::string>(),
               Contains("there is no queue inn/"));
    CHECK_THAT(site.seen(into("bad"), 1)[1].at("obstacle").get<std::string>(),
               Contains("a queue that a runner serves"));
    const json seen = site.seen(into("in"), 1);
    CHECK_FALSE(seen[1].at("restored_as").is_null());
    CHECK(site.has("bad/" + site.counted));
    const auto missing = qslice_sim({"restore", site.path(), "--entry", "nothing.psv"});
    CHECK(missing.status == 2);
    CHECK_THAT(missing.err, Contains("--entry") && Contains("nothing.psv"));
}

TEST_CASE("the status is 0 when everything was put back, and when nothing is preserved") {
    const site_with_preserved site;
    fs::remove(site.scratch.path() / "qfiles/bad" / site.torn);
    CHECK(site.seen({"--requeue", "--queue", "in", "--even-if-sent"}, 0).size() == 2);
    const auto run = qslice_sim({"restore", site.path(), "--requeue"});
    CHECK(run.status == 0);
    CHECK_THAT(run.out, Contains("No entry is preserved"));
}
