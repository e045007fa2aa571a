#pragma once

#include <qslice/world/posix_world.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qslice::test {

/// Real files, with a clock that advances only by sleeping, with a log that is kept and with
/// storage calls that can be made to fail. Copies are handles of one process.
class test_world : public qslice::posix_world {
public:
    struct state {
        double now = 1400972196.25;
        double slept = 0;
        std::vector<double> sleeps;
        /// The process is asked to stop when it goes to sleep for the n-th time.
        std::size_t stop_at_sleep = 1;
        std::vector<std::pair<std::string, std::string>> log;
        std::vector<std::string> synced_directories;
        std::vector<std::string> synced_files;
        bool reaches_disk = true;  ///< otherwise nothing waits for it
        /// The error of a call ("read", "rename", ...) on a path, or nothing.
        std::function<std::optional<qslice::error_code>(std::string_view, const std::string&)> fail;
    };

    test_world() : test_world(std::make_shared<state>()) {}

    [[nodiscard]] state& control() const noexcept { return *state_; }

    /// The lines of one log.
    [[nodiscard]] std::vector<std::string> lines(std::string_view log_name) const {
        std::vector<std::string> found;
        for (const auto& [name, line] : state_->log) {
            if (name == log_name) found.push_back(line);
        }
        return found;
    }

    [[nodiscard]] qslice::timestamp now() const { return {state_->now}; }
    [[nodiscard]] double steady_s() const { return state_->now; }
    void sleep_for(double seconds) {
        state_->now += seconds;
        state_->slept += seconds;
        state_->sleeps.push_back(seconds);
        if (state_->sleeps.size() >= state_->stop_at_sleep) request_stop();
    }

    qslice::result<file> open(const std::string& path, qslice::open_mode mode,
                              qslice::permissions bits) {
        if (const auto failed = check("open", path)) return *failed;
        qslice::result<qslice::posix_world::file> opened = posix_world::open(path, mode, bits);
        last_opened_ = path;
        return opened;
    }
    qslice::result<std::string> read(file& f) {
        if (const auto failed = check("read", last_opened_)) return *failed;
        return posix_world::read(f);
    }
    qslice::result<void> write(file& f, std::string_view bytes) {
        if (const auto failed = check("write", last_opened_)) return *failed;
        return posix_world::write(f, bytes);
    }
    qslice::result<void> sync(file& f) {
        state_->synced_files.push_back(last_opened_);
        if (!state_->reaches_disk) return {};
        return posix_world::sync(f);
    }
    qslice::result<void> close(file& f) {
        auto closed = posix_world::close(f);
        if (const auto failed = check("close", last_opened_)) return *failed;
        return closed;
    }
    qslice::result<void> link(const std::string& from, const std::string& to) {
        if (const auto failed = check("link", from)) return *failed;
        return posix_world::link(from, to);
    }
    qslice::result<void> rename(const std::string& from, const std::string& to) {
        if (const auto failed = check("rename", from)) return *failed;
        return posix_world::rename(from, to);
    }
    qslice::result<void> rename_new(const std::string& from, const std::string& to) {
        if (const auto failed = check("rename", from)) return *failed;
        return posix_world::rename_new(from, to);
    }
    qslice::result<void> remove(const std::string& path) {
        if (const auto failed = check("remove", path)) return *failed;
        return posix_world::remove(path);
    }
    qslice::result<void> sync_directory(const std::string& path) {
        if (const auto failed = check("sync_directory", path)) return *failed;
        state_->synced_directories.push_back(path);
        if (!state_->reaches_disk) return {};
        return posix_world::sync_directory(path);
    }
    template <class Visit>
    qslice::result<void> list(const std::string& path, Visit&& visit) {
        if (const auto failed = check("list", path)) return *failed;
        return posix_world::list(path, visit);
    }

private:
    explicit test_world(std::shared_ptr<state> s)
        : posix_world([s](std::string_view name, std::string_view line) {
              s->log.emplace_back(name, line);
          }),
          state_(std::move(s)) {}

    [[nodiscard]] std::optional<qslice::failure> check(std::string_view call,
                                                       const std::string& path) const {
        const auto fail = state_->fail;  // it may replace itself
        const auto code = fail ? fail(call, path) : std::nullopt;
        if (!code) return std::nullopt;
        return qslice::failure(*code, path, std::string(call) + ": made to fail");
    }

    std::shared_ptr<state> state_;
    std::string last_opened_;
};

static_assert(qslice::world<test_world>);

}  // namespace qslice::test
