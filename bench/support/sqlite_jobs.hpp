/// @file
/// A table of jobs in SQLite as a peer, in WAL mode, with the guarantees of a work_queue: a job
/// that was put survives a power loss; one that was taken or finished survives a crash of its
/// process, and may come back after a power loss.
#pragma once

#include <sqlite3.h>

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace qslice::bench {

/// One connection; each thread has its own.
/// @throws std::runtime_error if SQLite fails
class sqlite_jobs {
public:
    /// @param durable  whether commits wait for the disk: for who puts
    sqlite_jobs(const std::string& path, bool durable) {
        sqlite3* opened = nullptr;
        const int status = sqlite3_open(path.c_str(), &opened);
        database_.reset(opened);
        if (status != SQLITE_OK) throw std::runtime_error("SQLite cannot open " + path);
        sqlite3_busy_timeout(opened, 60'000);
        execute("PRAGMA journal_mode=WAL");
        execute(durable ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
        execute(
            "CREATE TABLE IF NOT EXISTS jobs"
            "(id INTEGER PRIMARY KEY, key TEXT, body BLOB, taken INTEGER DEFAULT 0)");
        execute("CREATE INDEX IF NOT EXISTS waiting ON jobs(id) WHERE taken = 0");
        insert_ = prepare("INSERT INTO jobs(key, body) VALUES(?1, ?2)");
        take_ = prepare(
            "UPDATE jobs SET taken = 1 WHERE id = "
            "(SELECT id FROM jobs WHERE taken = 0 ORDER BY id LIMIT 1) RETURNING id, body");
        finish_ = prepare("DELETE FROM jobs WHERE id = ?1");
    }

    /// Puts this many jobs in one transaction.
    void put(const std::string& key, const std::string& body, std::size_t count) {
        execute("BEGIN IMMEDIATE");
        for (std::size_t i = 0; i < count; ++i) {
            sqlite3_bind_text(insert_.get(), 1, key.data(), static_cast<int>(key.size()),
                              SQLITE_STATIC);
            sqlite3_bind_blob(insert_.get(), 2, body.data(), static_cast<int>(body.size()),
                              SQLITE_STATIC);
            step(insert_.get(), SQLITE_DONE);
            sqlite3_reset(insert_.get());
        }
        execute("COMMIT");
    }

    /// Takes the oldest job and finishes it, each in a transaction of its own.
    /// @returns the bytes of its body; 0 if there was none
    std::size_t take_and_finish() {
        const int found = sqlite3_step(take_.get());
        if (found != SQLITE_ROW) {
            sqlite3_reset(take_.get());
            if (found != SQLITE_DONE) fail();
            return 0;
        }
        const auto id = sqlite3_column_int64(take_.get(), 0);
        const auto size = static_cast<std::size_t>(sqlite3_column_bytes(take_.get(), 1));
        step(take_.get(), SQLITE_DONE);
        sqlite3_reset(take_.get());
        sqlite3_bind_int64(finish_.get(), 1, id);
        step(finish_.get(), SQLITE_DONE);
        sqlite3_reset(finish_.get());
        return size;
    }

private:
    struct close {
        void operator()(sqlite3* d) const noexcept { sqlite3_close(d); }
    };
    struct finalize {
        void operator()(sqlite3_stmt* s) const noexcept { sqlite3_finalize(s); }
    };
    using statement = std::unique_ptr<sqlite3_stmt, finalize>;

    [[noreturn]] void fail() {
        throw std::runtime_error(std::string("SQLite: ") + sqlite3_errmsg(database_.get()));
    }
    void execute(const char* text) {
        if (sqlite3_exec(database_.get(), text, nullptr, nullptr, nullptr) != SQLITE_OK) fail();
    }
    statement prepare(std::string_view text) {
        sqlite3_stmt* made = nullptr;
        if (sqlite3_prepare_v2(database_.get(), text.data(), static_cast<int>(text.size()), &made,
                               nullptr) != SQLITE_OK) {
            fail();
        }
        return statement(made);
    }
    void step(sqlite3_stmt* s, int expected) {
        if (sqlite3_step(s) != expected) fail();
    }

    std::unique_ptr<sqlite3, close> database_;
    statement insert_;
    statement take_;
    statement finish_;
};

}  // namespace qslice::bench
