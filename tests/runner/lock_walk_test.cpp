// Every order in which the storage calls of two or three processes can come when they take, break
// and release one list's lock, with a crash at any call.
#include <qslice/runner/list_lock.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <semaphore>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

using namespace qslice;

namespace {

struct stored_file {
    std::string content;
    double modified = 0;
};

/// What all processes of one course share.
struct shared_storage {
    std::map<std::string, std::shared_ptr<stored_file>> names;
    double now = 1'000'000;
};

struct crashed {};

/// A process whose thread runs one storage call at a time, when it is told to.
struct walked_process {
    std::binary_semaphore ready{0};
    std::binary_semaphore go{0};
    bool crash = false;
    bool dead = false;        ///< its calls have no effect any more
    bool ended = false;       ///< its thread has
    bool runs_alone = false;  ///< its calls do not wait for their turns
    bool holds = false;
    int sleeps = 0;
    std::string history;  ///< what it has seen: with the files it decides what it does next
    std::thread thread;
};

/// The world of one process, in which each call waits for its turn.
class walked_world {
public:
    struct file {
        std::shared_ptr<stored_file> open;
    };

    walked_world(shared_storage& s, walked_process& p) : storage_(&s), process_(&p) {}

    [[nodiscard]] timestamp now() const { return {storage_->now}; }
    [[nodiscard]] double steady_s() const { return storage_->now; }
    void sleep_for(double) {
        ++process_->sleeps;
        step("sleep");
    }
    [[nodiscard]] bool stop_requested() const { return process_->sleeps >= 2; }

    result<file> open(const std::string& path, open_mode mode, permissions) {
        if (!step("open " + path)) return dead();
        auto& names = storage_->names;
        const auto at = names.find(path);
        if (mode == open_mode::read && at == names.end())
            return seen_failure(error_code::not_found);
        if (mode == open_mode::create_exclusive) {
            if (at != names.end()) return seen_failure(error_code::exists);
            names[path] = std::make_shared<stored_file>();
        }
        return file{names[path]};
    }
    result<void> write(file& f, std::string_view bytes) {
        if (!step("write")) return dead();
        f.open->content += bytes;
        return {};
    }
    result<std::string> read(file& f) {
        if (!step("read")) return dead();
        process_->history += f.open->content;
        return f.open->content;
    }
    result<void> sync(file&) { return {}; }
    result<void> close(file&) { return {}; }
    result<void> rename(const std::string&, const std::string& path) {
        return failure(error_code::io, path, "not of this world");
    }
    result<void> link(const std::string& from, const std::string& to) {
        if (!step("link " + to)) return dead();
        const auto at = storage_->names.find(from);
        if (at == storage_->names.end()) return seen_failure(error_code::not_found);
        if (!storage_->names.emplace(to, at->second).second)
            return seen_failure(error_code::exists);
        return {};
    }
    result<void> remove(const std::string& path) {
        if (!step("remove " + path)) return dead();
        if (storage_->names.erase(path) == 0) return seen_failure(error_code::not_found);
        return {};
    }
    result<file_information> information(const std::string& path) {
        if (!step("information")) return dead();
        const auto at = storage_->names.find(path);
        if (at == storage_->names.end()) return seen_failure(error_code::not_found);
        return file_information{at->second->content.size(), at->second->modified, false, 1};
    }
    result<void> set_modified(const std::string&, double) { return {}; }
    result<void> make_directory(const std::string&, permissions) { return {}; }
    result<void> sync_directory(const std::string&) { return {}; }
    template <class Visit>
    result<void> list(const std::string&, Visit&&) {
        return {};
    }
    void log(std::string_view, std::string_view) {}

    void let_all_expire() { storage_->now += 10 * 3600; }

    /// A point between two calls: while the lock is held.
    void step_here() { step("here"); }

private:
    /// Waits for this process's turn.
    /// @returns false for a dead process, whose destructors still run
    bool step(const std::string& what) {
        if (process_->dead) return false;
        if (process_->runs_alone) return true;
        process_->ready.release();
        process_->go.acquire();
        if (process_->crash) {
            process_->dead = true;
            throw crashed();
        }
        process_->history += what + ';';
        return true;
    }
    static failure dead() { return {error_code::stopped, "", "dead"}; }
    failure seen_failure(error_code code) {
        process_->history += to_string(code);
        return {code, "", "as it is"};
    }

    shared_storage* storage_;
    walked_process* process_;
};
static_assert(sets_file_times<walked_world> && has_steady_clock<walked_world>);

using walked_lock = list_lock<walked_world>;
constexpr const char* lock_path = "locks/users.lock";

/// What a process does; `hold` marks it as the holder from then on until it releases.
using course = std::function<void(walked_world, walked_process&)>;

void take_and_release(walked_world w, walked_process& p, const char* identity) {
    auto lock = walked_lock::acquire(w, "locks", "users", identity);
    if (!lock) return;
    p.holds = true;
    w.step_here();
    p.holds = false;
    lock->release();
}

struct walk_outcome {
    std::size_t courses = 0;
    std::size_t held = 0;
    std::set<std::string> faults;
};

/// Walks through all orders, in depth and each state once.
class walk {
public:
    walk(std::function<void(shared_storage&)> begin, std::vector<course> processes, int crashes)
        : begin_(std::move(begin)), courses_(std::move(processes)), crashes_(crashes) {}

    walk_outcome run() {
        std::vector<std::vector<std::size_t>> open{{}};
        while (!open.empty()) {
            auto choices = std::move(open.back());
            open.pop_back();
            follow(std::move(choices), open);
        }
        return outcome_;
    }

    /// So many courses at random.
    walk_outcome sample(std::size_t courses) {
        for (seed_ = 1; seed_ <= courses; ++seed_) {
            std::vector<std::vector<std::size_t>> unused;
            follow({}, unused);
        }
        return outcome_;
    }

private:
    /// Choice i < n: process i makes its next call; n + i: it dies instead.
    void follow(std::vector<std::size_t> choices, std::vector<std::vector<std::size_t>>& open) {
        ++outcome_.courses;
        shared_storage storage;
        begin_(storage);
        std::vector<std::unique_ptr<walked_process>> all;
        for (const course& c : courses_) {
            all.push_back(std::make_unique<walked_process>());
            walked_process& p = *all.back();
            p.thread = std::thread([&storage, &p, &c] {
                try {
                    c(walked_world(storage, p), p);
                } catch (const crashed&) {
                    p.holds = false;
                }
                p.ended = true;
                p.ready.release();
            });
            p.ready.acquire();
        }
        int crashes = 0;
        std::uint64_t draw = seed_;
        for (std::size_t at = 0;; ++at) {
            check(all, choices);
            const auto possible = next(all, crashes);
            if (possible.empty()) break;
            std::size_t choice = possible.front();
            if (at < choices.size()) {
                choice = choices[at];
            } else if (seed_ != 0) {
                draw = draw * 6364136223846793005u + 1442695040888963407u;
                // Some are crashes, if one is allowed.
                const auto alive = static_cast<std::size_t>(
                    std::count_if(possible.begin(), possible.end(),
                                  [&](std::size_t c) { return c < all.size(); }));
                const std::size_t among = draw >> 60 == 0 ? possible.size() : alive;
                choice = possible[static_cast<std::size_t>(draw >> 33) % among];
                choices.push_back(choice);
            } else {
                if (!seen_.insert(state(storage, all, crashes)).second) break;
                for (std::size_t i = possible.size(); i-- > 1;) {
                    auto other = choices;
                    other.push_back(possible[i]);
                    open.push_back(std::move(other));
                }
                choices.push_back(choice);
            }
            walked_process& p = *all[choice % all.size()];
            p.crash = choice >= all.size();
            if (p.crash) ++crashes;
            p.go.release();
            p.ready.acquire();
        }
        for (auto& p : all) {
            while (!p->ended) {
                p->crash = true;
                p->go.release();
                p->ready.acquire();
            }
            p->thread.join();
        }
    }

    [[nodiscard]] std::vector<std::size_t> next(const auto& all, int crashes) const {
        std::vector<std::size_t> possible;
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (!all[i]->ended) possible.push_back(i);
        }
        const std::size_t alive = possible.size();
        for (std::size_t i = 0; i < alive && crashes < crashes_; ++i) {
            possible.push_back(all.size() + possible[i]);
        }
        return possible;
    }

    void check(const auto& all, const std::vector<std::size_t>& choices) {
        std::size_t holders = 0;
        for (const auto& p : all) holders += p->holds ? 1 : 0;
        if (holders > 0) ++outcome_.held;
        if (holders < 2) return;
        std::string story;
        for (const auto& p : all) story += p->history + "\n";
        for (const std::size_t c : choices) story += std::to_string(c) + ' ';
        if (outcome_.faults.size() < 3) outcome_.faults.insert(story);
    }

    static std::string state(const shared_storage& storage, const auto& all, int crashes) {
        std::string all_of_it = std::to_string(crashes) + ' ' + std::to_string(storage.now);
        for (const auto& [name, file] : storage.names) {
            all_of_it += '|' + name + '=' + file->content;
        }
        for (const auto& p : all) {
            all_of_it += '#' + p->history + (p->ended ? "e" : "") + (p->dead ? "d" : "");
        }
        return all_of_it;
    }

    std::function<void(shared_storage&)> begin_;
    std::vector<course> courses_;
    int crashes_;
    std::set<std::string> seen_;
    std::uint64_t seed_ = 0;  ///< of a course at random
    walk_outcome outcome_;
};

course taker(const char* identity) {
    return [identity](walked_world w, walked_process& p) { take_and_release(w, p, identity); };
}

void nothing(shared_storage&) {}

void stale(shared_storage& s) {
    auto lock = std::make_shared<stored_file>();
    lock->content = "mx9/dead 0123 " + to_repr({s.now - 100}) + "\n";
    s.names[lock_path] = lock;
    s.names[std::string(lock_path) + ".mx9@dead"] = lock;
}

void check_walk(walk_outcome outcome, std::size_t least) {
    for (const std::string& story : outcome.faults) FAIL_CHECK(story);
    CHECK(outcome.courses >= least);
    CHECK(outcome.held > 0);
}

}  // namespace

TEST_CASE("whatever the order of their calls and crashes, two processes never hold one lock") {
    check_walk(walk(nothing, {taker("a"), taker("b")}, 1).run(), 100);
}

TEST_CASE("whatever the order of their calls and crashes, two never hold a lock that they break",
          "[unsanitized]") {
    check_walk(walk(stale, {taker("a"), taker("b")}, 1).run(), 100);
}

TEST_CASE("an owner that is late, another that breaks its lock: the next one's lock stays",
          "[unsanitized]") {
    const walked_process* other = nullptr;
    const course late = [&other](walked_world w, walked_process& p) {
        other = &p;
        p.runs_alone = true;
        auto lock = walked_lock::acquire(w, "locks", "users", "late");
        if (!lock) return;
        w.let_all_expire();
        p.runs_alone = false;
        lock->release();
    };
    // A holder's lock is there as long as it holds it, so that no third one can come.
    std::string lost;
    const course next = [&lost, &other](walked_world w, walked_process& p) {
        auto lock = walked_lock::acquire(w, "locks", "users", "next");
        if (!lock) return;
        p.holds = true;
        w.step_here();
        auto file = w.open(lock_path, open_mode::read, entry_permissions);
        const auto content = file ? w.read(*file) : failure(file.error());
        const bool own = content && content->starts_with("next ");
        if (!own) lost = p.history + "; the late one: " + other->history;
        p.holds = false;
        lock->release();
    };
    check_walk(walk(nothing, {late, next}, 0).run(), 100);
    CHECK(lost == "");
}

TEST_CASE("three processes that break one lock, in ten thousand orders at random",
          "[unsanitized]") {
    check_walk(walk(stale, {taker("a"), taker("b"), taker("c")}, 1).sample(10'000), 10'000);
}

TEST_CASE("a process that dies while it ends a lock and comes back is never a second holder",
          "[unsanitized]") {
    const course twice = [](walked_world w, walked_process& p) {
        try {
            take_and_release(w, p, "a");
        } catch (const crashed&) {
            // The next process of that name.
            p.holds = false;
            p.crash = p.dead = false;
            p.sleeps = 0;
            p.history += "restarted;";
            take_and_release(w, p, "a");
        }
    };
    check_walk(walk(stale, {twice, taker("b")}, 1).sample(10'000), 10'000);
}
