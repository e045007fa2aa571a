#include "sim/stream/trace.hpp"
#include "sim/stream/input_file.hpp"
#include "sim/stream/make_stream.hpp"

#include "stream/files.hpp"
#include "stream/stream_statistics.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <filesystem>
#include <string>

using namespace qslice;
using namespace qslice::sim;
using namespace std::chrono_literals;

namespace {

const std::string columns = std::string(trace_columns) + "\n";
const std::string good =
    "1655340899,users,7230,755b114d4559012c,e4284d382070c9c4,b222a1d801529f7a\n";

std::string error_of(const std::string& path) {
    const auto stream = read_trace(path);
    REQUIRE_FALSE(stream);
    return stream.error().to_string();
}

}  // namespace

TEST_CASE("a trace gives its posts, lists and senders") {
    const scratch_folder folder;
    const auto stream = read_trace(folder.write(
        "t.csv",
        columns + "1655340899,users,7230,755b114d4559012c,e4284d382070c9c4,b222a1d801529f7a\n"
                  "1655340901,devel-l,30484,6ad69f353287cd47,755b114d4559012c,b222a1d801529f7a\r\n"
                  "1655340955,users,1,98BEE5654ef78c4d,,00000000000000ff"));
    REQUIRE(stream);
    CHECK(stream->lists == std::vector<std::string>{"users", "devel-l"});
    CHECK(stream->senders == std::vector<std::string>{"b222a1d801529f7a@qslice.example",
                                                      "00000000000000ff@qslice.example"});
    CHECK(stream->texts.empty());
    const std::vector<arrival> expected = {
        {virtual_time(1655340899s), 0, 0, 7230, 0x755b114d4559012c, 0xe4284d382070c9c4,
         0xe4284d382070c9c4},
        {virtual_time(1655340901s), 1, 0, 30484, 0x6ad69f353287cd47, 0x755b114d4559012c,
         0xe4284d382070c9c4},
        {virtual_time(1655340955s), 0, 1, 1, 0x98bee5654ef78c4d, 0, 0x98bee5654ef78c4d}};
    CHECK(stream->arrivals == expected);
}

TEST_CASE("a trace compressed by gzip is read like the plain one, whatever its name") {
    const scratch_folder folder;
    const std::string text = columns + good + good;
    const auto plain = read_trace(folder.write("t.csv", text)).value();
    CHECK(read_trace(folder.write_gzip("t.csv.gz", text)).value().arrivals == plain.arrivals);
    CHECK(read_trace(folder.write_gzip("other.csv", text)).value().arrivals == plain.arrivals);
}

TEST_CASE("posts within a second keep their order and are spread evenly over it") {
    const scratch_folder folder;
    std::string text = columns;
    for (const char* id : {"a", "b", "c", "d"}) {
        text += std::string("1655340899,users,10,000000000000000") + id + ",,00000000000000ff\n";
    }
    text += "1655340900,users,10,00000000000000ee,,00000000000000ff\n";
    const auto posts = read_trace(folder.write("t.csv", text)).value().arrivals;
    REQUIRE(posts.size() == 5);
    for (std::size_t i = 0; i < 4; ++i) {
        CHECK(posts[i].message_id == 0xa + i);
        CHECK(posts[i].time == virtual_time(1655340899s + i * 250ms));
    }
    CHECK(posts[4].time == virtual_time(1655340900s));
}

TEST_CASE("an unsorted trace is sorted, with equal times in the order of the file") {
    const scratch_folder folder;
    const auto posts =
        read_trace(folder.write("t.csv", columns +
                                             "20,users,10,0000000000000003,,00000000000000ff\n"
                                             "10,users,10,0000000000000001,,00000000000000ff\n"
                                             "20,users,10,0000000000000004,,00000000000000ff\n"
                                             "10,users,10,0000000000000002,,00000000000000ff\n"))
            .value()
            .arrivals;
    REQUIRE(posts.size() == 4);
    for (std::size_t i = 0; i < 4; ++i) CHECK(posts[i].message_id == i + 1);
    CHECK(posts[1].time == virtual_time(10500ms));
}

TEST_CASE("a malformed trace is an error that names file, line and what was expected") {
    const scratch_folder folder;
    const auto wrong = [&](const std::string& text) {
        const std::string path = folder.write("bad.csv", text);
        std::string message = error_of(path);
        REQUIRE(message.starts_with(path));
        return message.substr(path.size());
    };
    // The second post of line 3 is wrong.
    const auto line = [&](const std::string& text) {
        const std::string message = wrong(columns + good + text + "\n");
        INFO(message);
        REQUIRE(message.starts_with(":3: "));
        return message.substr(4);
    };
    const std::string epoch_form =
        "arrival_epoch_s: expected seconds since the epoch, 0 to 9223372035, with up to 9 "
        "decimals, found ";
    const std::string id = "755b114d4559012c";
    CHECK(line("") == "expected 6 fields separated by commas, found 1: '' (malformed)");
    CHECK(line("12,users,10") ==
          "expected 6 fields separated by commas, found 3: '12,users,10' (malformed)");
    CHECK(line("12,users,10," + id + ",," + id + ",")
              .starts_with("expected 6 fields separated by commas, found 7: "));
    CHECK(line("12.,users,10," + id + ",," + id) == epoch_form + "'12.' (malformed)");
    CHECK(line("1.0123456789,users,10," + id + ",," + id).starts_with(epoch_form));
    CHECK(line("-1,users,10," + id + ",," + id) == epoch_form + "'-1' (malformed)");
    CHECK(line(",users,10," + id + ",," + id) == epoch_form + "nothing (malformed)");
    CHECK(line("9223372036,users,10," + id + ",," + id) == epoch_form + "'9223372036' (malformed)");
    CHECK(line("99999999999999999999999,users,10," + id + ",," + id).starts_with(epoch_form));
    CHECK(line("12,,10," + id + ",," + id) ==
          "list: expected a list's name of letters, digits and . - _ + @ =, found nothing "
          "(malformed)");
    CHECK(line("12,../etc,10," + id + ",," + id).starts_with("list: expected a list's name"));
    CHECK(line("12,\x1b[2J,10," + id + ",," + id).ends_with("found '\\x1b[2J' (malformed)"));
    CHECK(line("12,users,0," + id + ",," + id) ==
          "size_bytes: expected a number of bytes, 1 to 4294967295, found '0' (malformed)");
    CHECK(line("12,users,4294967296," + id + ",," + id).starts_with("size_bytes: expected "));
    CHECK(line("12,users,10k," + id + ",," + id).starts_with("size_bytes: expected "));
    CHECK(line("12,users,10,755b114d4559012x,," + id).starts_with("message_id_sha1: expected "));
    CHECK(line("12,users,10,0000000000000000,," + id).starts_with("message_id_sha1: expected "));
    CHECK(line("12,users,10," + id + "," + id + "0," + id) ==
          "in_reply_to_sha1: expected 16 hex digits, not all 0, or an empty field, found "
          "'755b114d4559012c0' (malformed)");
    CHECK(line("12,users,10," + id + ",,").starts_with("sender_sha1: expected "));
    CHECK(line(std::string(200, 'x')).ends_with(std::string(60, 'x') + "...' (malformed)"));

    CHECK(wrong("") == ":1: expected the columns '" + std::string(trace_columns) +
                           "', or a JSON object per line, found an empty file (malformed)");
    CHECK(wrong(good).starts_with(":1: expected the columns '" + std::string(trace_columns) +
                                  "', or a JSON object per line, found '1655340899,users"));
    CHECK(wrong("{\"list\": 1\n") ==
          ":1: expected a JSON object, found '{\"list\": 1' (malformed)");
    CHECK(wrong("{\"arrival_epoch_s\": 1, \"list\": \"users\"}\n") ==
          ":1: size_bytes: expected a number of bytes, 1 to 4294967295, found nothing (malformed)");
    CHECK(wrong(columns) ==
          ": expected at least one post after the header line, found none (malformed)");
    CHECK(wrong(columns + std::string(input_file::longest_line + 1, '1') + "\n") ==
          ":2: expected lines of at most 1048576 bytes (malformed)");
    CHECK(wrong(std::string(3 * input_file::longest_line, '1')) ==
          ":1: expected lines of at most 1048576 bytes (malformed)");
}

TEST_CASE("a trace that cannot be read is an error that names it and the reason") {
    const scratch_folder folder;
    CHECK(error_of(folder.path("none.csv")) ==
          folder.path("none.csv") + ": cannot be opened: No such file or directory (not found)");
    CHECK(
        error_of(folder.path("")).ends_with("cannot be read: Is a directory (input/output error)"));
    std::string many = columns;
    for (int i = 0; i < 5000; ++i) many += good;
    std::string packed = folder.gzip(many);
    CHECK(error_of(folder.write("cut.csv.gz", packed.substr(0, packed.size() - 20))) ==
          folder.path("cut.csv.gz") + ": the gzip file is truncated (malformed)");
    packed[packed.size() - 6] ^= 0x55;  // of the checksum
    CHECK(error_of(folder.write("hurt.csv.gz", packed))
              .find("hurt.csv.gz: the gzip file is damaged") != std::string::npos);
}

TEST_CASE("a trace is truncated to its number of posts and sped up") {
    const scratch_folder folder;
    std::string text = columns;
    for (int i = 0; i < 10; ++i) {
        text += std::to_string(1000 + 60 * i) + ",users,10,755b114d4559012c,,00000000000000ff\n";
    }
    stream_choice choice;
    choice.what = stream_choice::kind::trace;
    choice.path = folder.write("t.csv", text);
    choice.posts = 4;
    choice.speedup = 60;
    choice.start_s = 5000;
    const auto posts = make_stream(choice, 1).value().arrivals;
    REQUIRE(posts.size() == 4);
    for (std::size_t i = 0; i < 4; ++i) CHECK(posts[i].time == virtual_time(5000s + i * 1s));
    choice.posts = 0;
    CHECK(make_stream(choice, 1).value().arrivals.size() == 10);
}

TEST_CASE("the real traces have the documented figures") {
    const std::filesystem::path folder = QSLICE_TEST_TRACES;
    if (!std::filesystem::exists(folder / "lists8-2022-2023.csv.gz")) {
        WARN("skipped: there is no " + folder.string());
        return;
    }
    const auto whole = read_trace((folder / "lists8-2022-2023.csv.gz").string());
    REQUIRE(whole);
    CHECK(whole->arrivals.size() == 57377);
    CHECK(whole->lists.size() == 8);
    CHECK(whole->senders.size() == 1723);
    const stream_statistics s = statistics_of(*whole);
    CHECK(s.per_hour == Approx(3.3).margin(0.05));
    CHECK(s.dispersion == Approx(9.3).margin(0.05));
    CHECK(s.same_second == Approx(0.048).margin(0.0005));
    CHECK(s.most_in_one_second == 15);
    CHECK(s.replies == Approx(0.84).margin(0.005));
    CHECK(s.size_quantiles[1] == 7457);

    const auto month = read_trace((folder / "lists8-2023-03.csv").string());
    REQUIRE(month);
    CHECK(month->arrivals.size() == 3423);
    CHECK(month->senders.size() == 307);
    const auto day = read_trace((folder / "burst-day.csv").string());
    REQUIRE(day);
    CHECK(day->arrivals.size() == 316);
}

TEST_CASE("a post without a Message-ID is one that nothing answers") {
    const scratch_folder folder;
    const auto posts =
        read_trace(folder.write("t.csv", columns +
                                             "10,users,10,,,00000000000000ff\n"
                                             "20,users,10,,,00000000000000ff\n"
                                             "30,users,10,0000000000000003,,00000000000000ff\n"))
            .value()
            .arrivals;
    REQUIRE(posts.size() == 3);
    CHECK(posts[0].message_id != 0);
    CHECK(posts[0].message_id != posts[1].message_id);
    CHECK(posts[0].thread == posts[0].message_id);
    CHECK(posts[0].thread != posts[1].thread);
}

TEST_CASE("arrivals within a second are where the trace puts them") {
    const scratch_folder folder;
    const auto posts =
        read_trace(folder.write("t.csv", columns +
                                             "10.25,users,10,0000000000000001,,00000000000000ff\n"
                                             "10.25,users,10,0000000000000002,,00000000000000ff\n"
                                             "10.123456789,users,10,0000000000000003,,"
                                             "00000000000000ff\n"))
            .value()
            .arrivals;
    REQUIRE(posts.size() == 3);
    CHECK(posts[0].time == virtual_time(10123456789ns));
    CHECK(posts[1].time == virtual_time(10250ms));
    CHECK(posts[2].time == virtual_time(10250ms));
}

TEST_CASE("JSON lines are read like CSV") {
    const scratch_folder folder;
    const auto csv = read_trace(folder.write("t.csv", columns + good)).value();
    const auto json = read_trace(folder.write(
        "t.jsonl",
        R"({"list":"users","arrival_epoch_s":1655340899,"size_bytes":7230,"message_id_sha1":)"
        R"("755b114d4559012c","in_reply_to_sha1":"e4284d382070c9c4","sender_sha1":)"
        R"("b222a1d801529f7a"})"
        "\n"));
    REQUIRE(json);
    CHECK(json->arrivals == csv.arrivals);
    CHECK(json->lists == csv.lists);
    CHECK(json->senders == csv.senders);
}
