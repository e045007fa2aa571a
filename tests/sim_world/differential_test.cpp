// Random sequences of calls, made on the simulated world and on the operating system's files:
// every result and the tree that is left must be the same.
#include "simulated_site.hpp"

#include <qslice/world/posix_world.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include <unistd.h>

using namespace qslice;
using namespace qslice::sim;

namespace {

struct temporary_directory {
    temporary_directory() {
        // In memory if possible, since thousands of real fsyncs take minutes.
        const std::filesystem::path memory = "/dev/shm";
        const bool in_memory = ::access(memory.c_str(), W_OK) == 0;
        std::string name =
            (in_memory ? memory : std::filesystem::temp_directory_path()) / "qslice-XXXXXX";
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path = name;
    }
    ~temporary_directory() { std::filesystem::remove_all(path); }
    std::string path;
};

// Names that collide often, and the special ones for which POSIX has rules.
constexpr std::array<std::string_view, 26> paths{
    "a",     "b",   "c",    "d",   "e",      "d/a", "d/b",    "d/s",  "d/s/a",
    "d/s/b", "e/a", "a",    "b",   "a/x",    "d/",  "a/",     "e/",   "d/.",
    "d/..",  ".",   "d//a", "e/b", "none/x", "./a", "d/../b", "none/"};
constexpr std::array<std::string_view, 4> texts{"", "x", "hello", "a longer piece of text"};

struct step {
    call_kind what;
    std::size_t slot;
    std::size_t path;
    std::size_t target;
    std::size_t text;
    open_mode mode;
};

std::vector<step> draw_steps(std::uint64_t seed, std::size_t count) {
    random_stream draw(seed, "differential test");
    std::vector<step> steps;
    for (std::size_t i = 0; i < count; ++i) {
        // Directories come first, since otherwise most calls would find nothing.
        const auto kind =
            i < 4 ? call_kind::make_directory : static_cast<call_kind>(draw.below(call_kinds));
        steps.push_back({kind, draw.below(3), draw.below(paths.size()), draw.below(paths.size()),
                         draw.below(texts.size()), static_cast<open_mode>(draw.below(4))});
    }
    return steps;
}

template <class T>
std::string outcome_of(const result<T>& r) {
    return r ? "done" : "failed: " + r.error().to_string();
}

// The results of the steps, one per line.
template <class World>
std::vector<std::string> play(World w, const std::string& top, const std::vector<step>& steps) {
    std::array<std::optional<typename World::file>, 3> open;
    std::vector<std::string> told;
    for (const step& s : steps) {
        const std::string path = top + '/' + std::string(paths[s.path]);
        const std::string target = top + '/' + std::string(paths[s.target]);
        auto& slot = open[s.slot];
        std::string line = std::string(to_string(s.what)) + ' ' + path + ": ";
        switch (s.what) {
            case call_kind::open: {
                slot.reset();
                auto opened = w.open(path, s.mode, entry_permissions);
                line += std::to_string(static_cast<int>(s.mode)) + ' ' + outcome_of(opened);
                if (opened) slot.emplace(*std::move(opened));
                break;
            }
            case call_kind::write:
                if (slot) line += outcome_of(w.write(*slot, texts[s.text]));
                break;
            case call_kind::read:
                if (slot) {
                    const auto got = w.read(*slot);
                    line += got ? '"' + *got + '"' : outcome_of(got);
                }
                break;
            case call_kind::sync:
                if (slot) line += outcome_of(w.sync(*slot));
                break;
            case call_kind::close:
                if (slot) line += outcome_of(w.close(*slot));
                break;
            case call_kind::rename:
                line += target + ' ' + outcome_of(w.rename(path, target));
                break;
            case call_kind::link: line += target + ' ' + outcome_of(w.link(path, target)); break;
            case call_kind::remove: line += outcome_of(w.remove(path)); break;
            case call_kind::information: {
                const auto found = w.information(path);
                line += outcome_of(found);
                if (found && found->is_directory) line += " directory";
                if (found && !found->is_directory) line += ' ' + std::to_string(found->size_bytes);
                break;
            }
            case call_kind::make_directory:
                line += outcome_of(w.make_directory(path, directory_permissions));
                break;
            case call_kind::sync_directory: line += outcome_of(w.sync_directory(path)); break;
            case call_kind::list: {
                std::vector<std::string> names;
                line += outcome_of(
                    w.list(path, [&](std::string_view name) { names.emplace_back(name); }));
                std::sort(names.begin(), names.end());
                for (const std::string& name : names) line += ' ' + name;
                break;
            }
        }
        told.push_back(std::move(line));
    }
    return told;
}

tree tree_below(const std::string& top) {
    tree all;
    for (const auto& e : std::filesystem::recursive_directory_iterator(top)) {
        const std::string path = e.path().string().substr(1);
        if (e.is_directory()) {
            all[path + '/'] = "";
        } else {
            std::ifstream in(e.path(), std::ios::binary);
            all[path] = std::string(std::istreambuf_iterator<char>(in), {});
        }
    }
    return all;
}

void compare(const std::vector<step>& steps) {
    const temporary_directory top;
    const auto real = play(posix_world(), top.path, steps);
    simulated_site s;
    std::vector<std::string> simulated;
    REQUIRE(s.host.outside().make_directory(top.path, directory_permissions));
    s.host.run("p", [&](sim_world w) { simulated = play(std::move(w), top.path, steps); });
    s.e.run();
    for (std::size_t i = 0; i < steps.size(); ++i) {
        if (real[i] == simulated.at(i)) continue;
        INFO("step " << i << "\nreal:      " << real[i] << "\nsimulated: " << simulated[i]);
        FAIL();
    }
    tree left = s.disk.content();
    std::erase_if(left, [&](const auto& entry) {
        return entry.first.size() <= top.path.size() && entry.first.ends_with('/');
    });
    CHECK(left == tree_below(top.path));
}

}  // namespace

TEST_CASE("the simulated file system answers every call as the operating system does") {
    for (std::uint64_t seed = 0; seed < 600; ++seed) {
        INFO("seed " << seed);
        compare(draw_steps(seed, 60));
    }
}

TEST_CASE("a long history leads to the same tree in the simulation and in reality") {
    compare(draw_steps(4711, 20'000));
}

TEST_CASE("names and paths that are too long fail in the same way") {
    const std::string longest(255, 'n');
    for (const std::string& name : {longest, longest + 'n', std::string("none/") + longest + 'n',
                                    std::string(4095, '/'), std::string(4100, '/')}) {
        const auto tell = [&](auto w) {
            std::vector<std::string> told;
            told.push_back(outcome_of(w.information(name)));
            told.push_back(outcome_of(w.open(name, open_mode::read, entry_permissions)));
            return told;
        };
        simulated_site s;
        CHECK(tell(s.host.outside()) == tell(posix_world()));
    }
}
