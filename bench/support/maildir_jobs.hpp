/// @file
/// A plain Maildir as a peer: a job is written in tmp/, moved to new/ when it is durable, claimed
/// by a rename into cur/ and removed when it is done. No hash, no order by key, no slices.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace qslice::bench {

/// One process's view; each thread has its own.
/// @throws std::runtime_error if a file cannot be written
class maildir_jobs {
public:
    explicit maildir_jobs(std::string path) : path_(std::move(path)) {
        for (const char* part : {"/tmp", "/new", "/cur"}) {
            std::filesystem::create_directories(path_ + part);
        }
    }

    void put(const std::string& body) {
        const std::string name =
            std::to_string(1'400'000'000'000 + next_++) + '.' + std::to_string(::getpid());
        const int file =
            ::open((path_ + "/tmp/" + name).c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600);
        const bool written =
            file >= 0 &&
            ::write(file, body.data(), body.size()) == static_cast<ssize_t>(body.size()) &&
            ::fsync(file) == 0;
        if (file >= 0) ::close(file);
        if (!written ||
            ::rename((path_ + "/tmp/" + name).c_str(), (path_ + "/new/" + name).c_str()) != 0) {
            throw std::runtime_error("Maildir: cannot write " + name);
        }
        const int directory = ::open((path_ + "/new").c_str(), O_RDONLY | O_DIRECTORY);
        const bool synced = ::fsync(directory) == 0;
        ::close(directory);
        if (!synced) throw std::runtime_error("Maildir: cannot sync new/");
    }

    /// Claims the oldest job of the last listing that nobody else has, reads it and removes it.
    /// @returns the bytes of its body; 0 if there was none
    std::size_t take_and_finish() {
        for (bool listed = false;; listed = true) {
            while (!found_.empty()) {
                const std::string name = std::move(found_.back());
                found_.pop_back();
                const std::string claimed = path_ + "/cur/" + name + ":2,";
                if (::rename((path_ + "/new/" + name).c_str(), claimed.c_str()) != 0) continue;
                std::ifstream file(claimed, std::ios::binary);
                const std::string body(std::istreambuf_iterator<char>(file), {});
                ::unlink(claimed.c_str());
                return body.size();
            }
            if (listed) return 0;
            std::error_code ignored;
            for (const auto& e : std::filesystem::directory_iterator(path_ + "/new", ignored)) {
                found_.push_back(e.path().filename().string());
            }
            std::sort(found_.rbegin(), found_.rend());
        }
    }

private:
    std::string path_;
    std::uint64_t next_ = 0;
    std::vector<std::string> found_;  ///< the oldest is the last
};

}  // namespace qslice::bench
