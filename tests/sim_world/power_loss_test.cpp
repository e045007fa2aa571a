// What the real world's calls, as they were made on real files, leave of the library's promises
// when the power fails after any of them.
#include "sim/engine/choices.hpp"
#include "sim/world/file_system.hpp"
#include "support/temporary_directory.hpp"

#include <qslice/codec/entry_format.hpp>
#include <qslice/hash/hash_policy.hpp>
#include <qslice/partition/equal_ranges.hpp>
#include <qslice/runner/list_lock.hpp>
#include <qslice/spool/convert_layout.hpp>
#include <qslice/spool/entry_order.hpp>
#include <qslice/spool/layout.hpp>
#include <qslice/spool/switchboard.hpp>
#include <qslice/world/posix_world.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace qslice;
using namespace qslice::sim;

namespace {

using tree = std::map<std::string, std::string>;

/// A call that succeeded and changed what is stored, or made it durable.
struct made_call {
    enum class kind {
        open,
        write,
        sync,
        close,
        rename,
        link,
        remove,
        make_directory,
        sync_directory,
        sync_file_system,
    };
    kind what;
    std::string path;
    std::string target{};
    std::string bytes{};
    open_mode mode{};
    std::size_t file = 0;
};

using call_record = std::vector<made_call>;

/// The real world, which keeps a record of the calls that it makes.
class recorded_world {
public:
    struct file {
        posix_world::file real;
        std::size_t number;
    };

    recorded_world(std::string root, std::shared_ptr<call_record> calls)
        : root_(std::move(root) + '/'), calls_(std::move(calls)) {}

    [[nodiscard]] timestamp now() { return {clock_ += 1}; }
    [[nodiscard]] double steady_s() const { return clock_; }
    void sleep_for(double seconds) { clock_ += seconds; }
    [[nodiscard]] bool stop_requested() const { return false; }

    result<file> open(const std::string& path, open_mode mode, permissions bits) {
        auto opened = real_.open(path, mode, bits);
        if (!opened) return failure(opened.error());
        const std::size_t number = calls_->size();
        if (mode != open_mode::read) {
            calls_->push_back({made_call::kind::open, below(path), {}, {}, mode, number});
        }
        return file{*std::move(opened), number};
    }
    result<void> write(file& f, std::string_view bytes) {
        return noted(real_.write(f.real, bytes),
                     {made_call::kind::write, {}, {}, std::string(bytes), {}, f.number});
    }
    result<std::string> read(file& f) { return real_.read(f.real); }
    result<void> sync(file& f) {
        return noted(real_.sync(f.real), {made_call::kind::sync, {}, {}, {}, {}, f.number});
    }
    result<void> close(file& f) {
        return noted(real_.close(f.real), {made_call::kind::close, {}, {}, {}, {}, f.number});
    }
    result<void> rename(const std::string& from, const std::string& to) {
        return noted(real_.rename(from, to), {made_call::kind::rename, below(from), below(to)});
    }
    result<void> rename_new(const std::string& from, const std::string& to) {
        return noted(real_.rename_new(from, to), {made_call::kind::rename, below(from), below(to)});
    }
    result<void> link(const std::string& from, const std::string& to) {
        return noted(real_.link(from, to), {made_call::kind::link, below(from), below(to)});
    }
    result<void> remove(const std::string& path) {
        return noted(real_.remove(path), {made_call::kind::remove, below(path)});
    }
    result<file_information> information(const std::string& path) {
        return real_.information(path);
    }
    result<void> set_modified(const std::string& path, double seconds) {
        return real_.set_modified(path, seconds);
    }
    result<void> make_directory(const std::string& path, permissions bits) {
        return noted(real_.make_directory(path, bits),
                     {made_call::kind::make_directory, below(path)});
    }
    result<void> sync_directory(const std::string& path) {
        return noted(real_.sync_directory(path), {made_call::kind::sync_directory, below(path)});
    }
    result<void> sync_file_system(const std::string& path) {
        return noted(real_.sync_file_system(path), {made_call::kind::sync_file_system, {}});
    }
    template <class Visit>
    result<void> list(const std::string& path, Visit&& visit) {
        return real_.list(path, visit);
    }
    void log(std::string_view, std::string_view) {}

private:
    [[nodiscard]] std::string below(const std::string& path) const {
        REQUIRE(path.starts_with(root_));
        return path.substr(root_.size());
    }
    result<void> noted(result<void> done, made_call call) {
        if (done) calls_->push_back(std::move(call));
        return done;
    }

    posix_world real_;
    std::string root_;
    std::shared_ptr<call_record> calls_;
    double clock_ = 1'400'000'000;
};
static_assert(syncs_file_systems<recorded_world> && renames_without_replacing<recorded_world>);

/// A disk to which recorded calls happen.
class replayed_disk {
public:
    void play(const made_call& call) {
        using kind = made_call::kind;
        switch (call.what) {
            case kind::open:
                open_.insert_or_assign(
                    call.file, done(disk_.open(by_, call.path, call.mode, entry_permissions)));
                break;
            case kind::write: done(disk_.write(by_, open_.at(call.file), call.bytes)); break;
            case kind::sync: done(disk_.sync(by_, open_.at(call.file))); break;
            case kind::close: done(disk_.close(by_, open_.at(call.file))); break;
            case kind::rename: done(disk_.rename(by_, call.path, call.target)); break;
            case kind::link: done(disk_.link(by_, call.path, call.target)); break;
            case kind::remove: done(disk_.remove(by_, call.path)); break;
            case kind::make_directory:
                done(disk_.make_directory(by_, call.path, directory_permissions));
                break;
            case kind::sync_directory: done(disk_.sync_directory(by_, call.path)); break;
            case kind::sync_file_system: sync_everything(); break;
        }
    }
    tree lose_power(choice_source& choices) {
        disk_.power_loss({}, choices);
        return disk_.content();
    }

private:
    void done(const result<void>& call) {
        if (!call) FAIL(call.error().to_string());
    }
    template <class T>
    T done(result<T> call) {
        if (!call) FAIL(call.error().to_string());
        return *std::move(call);
    }
    void sync_everything() {
        done(disk_.sync_directory(by_, "/"));
        for (const auto& [path, content] : disk_.content()) {
            if (path.ends_with('/')) {
                done(disk_.sync_directory(by_, path));
                continue;
            }
            auto file = done(disk_.open(by_, path, open_mode::read, entry_permissions));
            done(disk_.sync(by_, file));
            done(disk_.close(by_, file));
        }
    }

    file_system disk_;
    caller by_{disk_.attach(), {}, 0, {}};
    std::map<std::size_t, open_file> open_;
};

template <class Layout = flat_layout>
using traits =
    spool_traits<mailman21_format, mailman21_policy, equal_ranges<1>, strict_order, Layout>;
template <class Layout = flat_layout>
using board = switchboard<recorded_world, traits<Layout>>;

/// What is true of the files from the moment a call has reported success.
struct promise {
    std::string what;
    std::function<bool(const tree&)> holds;
    std::size_t from;
    std::size_t until = SIZE_MAX;  ///< until a call that may end it begins
};

/// A site on real files, whose calls are recorded, and what it has promised so far.
class promising_site {
public:
    promising_site() {
        for (const char* queue : {"qfiles/in", "qfiles/bad", "locks"}) {
            REQUIRE(world().make_directory(path(queue), directory_permissions));
        }
        REQUIRE(world().sync_file_system(path("qfiles")));
    }

    recorded_world world() { return {directory_.path(), calls_}; }
    [[nodiscard]] std::string path(std::string_view below) const {
        return directory_.path() + '/' + std::string(below);
    }
    template <class Layout = flat_layout>
    board<Layout> open() {
        return {world(), {path("qfiles/in"), path("qfiles/bad"), {}}};
    }

    /// @returns the promise's number, for end()
    std::size_t promises(std::string what, std::function<bool(const tree&)> holds) {
        promises_.push_back({std::move(what), std::move(holds), calls_->size()});
        return promises_.size() - 1;
    }
    void end(std::size_t number) { promises_[number].until = calls_->size(); }

    /// A message is found whole somewhere: waiting, in hand or preserved.
    std::size_t keeps(const std::string& text) {
        return promises("the message is kept: " + text, [text](const tree& files) {
            return std::any_of(files.begin(), files.end(),
                               [&](const auto& file) { return text_in(file) == text; });
        });
    }
    std::size_t has(const std::string& name) {
        return promises(name + " is there", [name](const tree& f) { return f.contains(name); });
    }

    /// Lets the power fail after each call, in each way.
    /// @returns how many states that can leave
    std::size_t check() const {
        std::size_t states = 0;
        for (std::size_t made = 0; made <= calls_->size(); ++made) {
            exhaustive_choices all;
            do {
                replayed_disk disk;
                for (std::size_t i = 0; i < made; ++i) disk.play((*calls_)[i]);
                const tree left = disk.lose_power(all);
                ++states;
                check_state(left, made);
            } while (all.next());
        }
        return states;
    }

    /// Calls visit(directory) with the real files of each state that a power loss now can leave.
    void for_each_state_now(const std::function<void(const std::string&)>& visit) const {
        exhaustive_choices all;
        do {
            replayed_disk disk;
            for (const made_call& call : *calls_) disk.play(call);
            const test::temporary_directory made;
            for (const auto& [name, content] : disk.lose_power(all)) {
                const std::string whole = made.path() + '/' + name;
                if (name.ends_with('/')) {
                    std::filesystem::create_directories(whole);
                } else {
                    test::write_file(whole, content);
                }
            }
            visit(made.path());
        } while (all.next());
    }

private:
    static std::string text_in(const std::pair<const std::string, std::string>& file) {
        const auto state = state_of(split_extension(file.first).extension);
        if (!state || *state == entry_state::partial) return "";
        const auto entry = mailman21_format::read(std::string_view(file.second));
        return entry ? std::string(std::string_view(entry->text)) : "";
    }

    void check_state(const tree& left, std::size_t made) const {
        for (const auto& file : left) {
            const bool is_entry = file.first.ends_with(".pck") || file.first.ends_with(".bak") ||
                                  file.first.ends_with(".psv");
            if (is_entry && text_in(file).empty()) {
                FAIL("after call " << made << " " << file.first << " is torn");
            }
        }
        for (const promise& p : promises_) {
            if (made < p.from || made > p.until || p.holds(left)) continue;
            std::string files;
            for (const auto& [name, content] : left) files += '\n' + name;
            FAIL("after call " << made << " of " << calls_->size() << " it is not true that "
                               << p.what << "; there is" << files);
        }
    }

    test::temporary_directory directory_;
    std::shared_ptr<call_record> calls_ = std::make_shared<call_record>();
    std::vector<promise> promises_;
};

const metadata for_users{{"listname", "users"}};
const std::string first = "Subject: first\n\na\n";
const std::string second = "Subject: second\n\nb\n";

}  // namespace

TEST_CASE(
    "the real calls of enqueue, dequeue and finish keep a message from the first to the last") {
    promising_site s;
    auto in = s.open();
    const std::string base = in.enqueue(first, for_users).value();
    const auto kept = s.keeps(first);
    const auto waits = s.has("qfiles/in/" + base + ".pck");
    const std::string other = in.enqueue(second, for_users).value();
    s.keeps(second);
    s.end(waits);
    REQUIRE(in.dequeue(base));
    s.end(kept);
    REQUIRE(in.finish(base));
    CHECK(s.check() > 20);
}

TEST_CASE("the real calls of a batch keep all its messages, in any layout") {
    promising_site s;
    auto in = s.open<prefix_layout<1>>();
    std::vector<queued_message> batch;
    for (const std::string& text : {first, second}) batch.push_back({text, for_users});
    for (const auto& base : in.enqueue_batch(batch)) REQUIRE(base);
    s.keeps(first);
    s.keeps(second);
    CHECK(s.check() > 20);
}

TEST_CASE("the real calls of an enqueue make a new place durable with its first entry") {
    promising_site s;
    auto in = s.open<prefix_layout<2>>();
    const std::string base = in.enqueue(first, for_users).value();
    s.has("qfiles/in/" + base + ".pck");
    CHECK(s.check() > 10);
}

TEST_CASE("the real calls of a recovery keep a message, its count and its place") {
    promising_site s;
    auto in = s.open();
    const std::string base = in.enqueue(first, for_users).value();
    s.keeps(first);
    for (int death = 1; death <= 2; ++death) {
        REQUIRE(in.dequeue(base));
        REQUIRE(in.recover()->requeued == 1);
        const std::string name = "qfiles/in/" + base + ".pck";
        const auto counted = s.promises("it is queued with its count", [=](const tree& left) {
            const auto at = left.find(name);
            if (at == left.end()) return false;
            const auto entry = mailman21_format::read_metadata(at->second);
            return entry && entry->data.number("_bak_count") == death;
        });
        s.end(counted);
    }
    REQUIRE(in.dequeue(base));
    REQUIRE(in.recover()->preserved == 1);
    s.has("qfiles/bad/" + base + ".psv");
    CHECK(s.check() > 40);
}

TEST_CASE("the real calls of a preservation leave the message in bad/") {
    promising_site s;
    auto in = s.open();
    const std::string base = in.enqueue(first, for_users).value();
    s.keeps(first);
    REQUIRE(in.dequeue(base));
    REQUIRE(in.finish(base, finish_as::preserved));
    s.has("qfiles/bad/" + base + ".psv");
    s.promises("its queue has forgotten it", [base](const tree& left) {
        return !left.contains("qfiles/in/" + base + ".bak") &&
               !left.contains("qfiles/in/" + base + ".pck");
    });
    CHECK(s.check() > 10);
}

TEST_CASE(
    "the real calls of a put-back keep the old message or the new one, and then the new one") {
    promising_site s;
    auto in = s.open();
    const std::string base = in.enqueue(first, for_users).value();
    const auto kept = s.keeps(first);
    queued_message message = in.dequeue(base).value();
    message.data.set("attempts", 2);
    REQUIRE(in.put_back(base, message));
    s.promises("it waits as it was put back", [base](const tree& left) {
        const auto at = left.find("qfiles/in/" + base + ".pck");
        if (at == left.end()) return false;
        const auto entry = mailman21_format::read_metadata(at->second);
        return entry && entry->data.number("attempts") == 2.0;
    });
    s.end(kept);
    CHECK(s.check() > 10);
}

TEST_CASE(
    "the real calls of a conversion between layouts keep each entry, and then in its new place") {
    promising_site s;
    auto in = s.open();
    const std::string base = in.enqueue(first, for_users).value();
    const std::string other = in.enqueue(second, for_users).value();
    s.keeps(first);
    s.keeps(second);
    recorded_world w = s.world();
    REQUIRE(convert_layout<prefix_layout<1>>(w, s.path("qfiles/in"))->moved == 2);
    for (const std::string& name : {base, other}) {
        s.has("qfiles/in/" + std::string(1, name[name.find('+') + 1]) + '/' + name + ".pck");
    }
    CHECK(s.check() > 20);
}

TEST_CASE("a lock that a power loss left, whole or torn, does not keep its process from the list") {
    promising_site s;
    recorded_world w = s.world();
    auto lock = list_lock<recorded_world>::acquire(w, s.path("locks"), "users", "mx1/a");
    REQUIRE(lock);
    std::size_t states = 0;
    s.for_each_state_now([&](const std::string& left) {
        ++states;
        posix_world again;
        auto taken = list_lock<posix_world>::acquire(again, left + "/locks", "users", "mx1/a",
                                                     {.wait_s = 0});
        if (!taken) FAIL(taken.error().to_string());
        taken->release();
        CHECK(test::names_in(left + "/locks").empty());
    });
    CHECK(states > 2);
}
