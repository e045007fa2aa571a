/// @file
/// A file to which one process appends lines by a copy into mapped memory: without a system call,
/// and kept when the process is killed. Part of recording_world.
#pragma once

#include <qslice/core/result.hpp>
#include <qslice/world/detail/posix_file.hpp>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

namespace qslice::detail {

/// Lines of fields with a tab between them: a kind, the time in nanoseconds since the epoch by the
/// machine's clock, and further fields. What follows the last line is zeros until the process ends.
/// If the file cannot grow, further lines are counted as missing, which its last line then says.
/// @safety one object serves one thread
class posix_journal {
public:
    /// @returns `exists` if there is such a file: it is another process's
    static result<std::shared_ptr<posix_journal>> make(const std::string& path) {
        const int descriptor = retry(
            [&] { return ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0660); });
        if (descriptor < 0) return system_failure(errno, path, "open");
        auto made = std::shared_ptr<posix_journal>(new posix_journal(posix_file(descriptor, path)));
        if (!made->grow(block)) return system_failure(errno, path, "map");
        return made;
    }
    posix_journal(const posix_journal&) = delete;
    posix_journal& operator=(const posix_journal&) = delete;
    ~posix_journal() {
        add('E', {missing_ == 0 ? "" : std::to_string(missing_)});
        if (memory_ != nullptr) ::munmap(memory_, capacity_);
        (void)!::ftruncate(file_.descriptor(), static_cast<off_t>(used_));
    }

    /// @param fields  a tab or line end in them becomes '?'
    void add(char kind, std::initializer_list<std::string_view> fields) {
        constexpr std::size_t longest_number = 32;
        std::size_t size = longest_number + 2;
        for (const std::string_view field : fields) size += field.size() + 1;
        if (used_ + size > capacity_ && !grow(capacity_ + std::max(block, size))) {
            ++missing_;
            return;
        }
        char* const begin = memory_ + used_;
        char* at = begin;
        *at++ = kind;
        *at++ = '\t';
        timespec now{};
        ::clock_gettime(CLOCK_REALTIME, &now);
        at = std::to_chars(at, at + longest_number,
                           std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec)
                 .ptr;
        for (const std::string_view field : fields) {
            *at++ = '\t';
            std::memcpy(at, field.data(), field.size());
            for (const char c : {'\t', '\n', '\0'}) {
                if (std::memchr(at, c, field.size()) != nullptr) {
                    std::replace(at, at + field.size(), c, '?');
                }
            }
            at += field.size();
        }
        *at++ = '\n';
        used_ += static_cast<std::size_t>(at - begin);
    }

private:
    static constexpr std::size_t block = std::size_t{1} << 20;

    explicit posix_journal(posix_file file) : file_(std::move(file)) {}

    bool grow(std::size_t capacity) {
        // Reserved, not only lengthened: a store into a hole of a full disk would end the process.
        if (::posix_fallocate(file_.descriptor(), 0, static_cast<off_t>(capacity)) != 0)
            return false;
        void* const mapped = memory_ == nullptr
                                 ? ::mmap(nullptr, capacity, PROT_READ | PROT_WRITE, MAP_SHARED,
                                          file_.descriptor(), 0)
                                 : ::mremap(memory_, capacity_, capacity, MREMAP_MAYMOVE);
        if (mapped == MAP_FAILED) return false;
        memory_ = static_cast<char*>(mapped);
        capacity_ = capacity;
        return true;
    }

    posix_file file_;
    char* memory_ = nullptr;
    std::size_t capacity_ = 0;
    std::size_t used_ = 0;
    std::uint64_t missing_ = 0;
};

}  // namespace qslice::detail
