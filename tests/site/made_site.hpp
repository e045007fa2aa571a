/// @file
/// A directory of queues that a test makes, and that is removed with the object.
#pragma once

#include <qslice/core/detail/mix.hpp>
#include <qslice/core/entry_name.hpp>

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace qslice::sim::diagnosis {

/// Evenly spread hashes, one per number.
inline hash_value numbered_hash(std::uint64_t number) {
    const auto mixed = [](std::uint64_t x) {
        return qslice::detail::mix64(x + 0x9e3779b97f4a7c15);
    };
    return {mixed(3 * number), mixed(3 * number + 1),
            static_cast<std::uint32_t>(mixed(3 * number + 2))};
}

class made_site {
public:
    made_site() {
        std::string pattern = (std::filesystem::temp_directory_path() / "qslice-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp " + pattern);
        root_ = pattern;
    }
    made_site(const made_site&) = delete;
    made_site& operator=(const made_site&) = delete;
    ~made_site() {
        std::error_code ignored;
        std::filesystem::remove_all(root_, ignored);
    }

    [[nodiscard]] std::string path(std::string_view below = {}) const {
        return below.empty() ? root_ : root_ + '/' + std::string(below);
    }

    void directory(std::string_view below) const {
        std::filesystem::create_directories(path(below));
    }
    void queues(std::initializer_list<std::string_view> below) const {
        for (const std::string_view d : below) directory(d);
    }

    /// Writes a file with the given modification and access times.
    void file(std::string_view below, std::string_view bytes, double written_s) const {
        const std::string name = path(below);
        std::ofstream out(name, std::ios::binary);
        out << bytes;
        out.close();
        if (!out) throw std::runtime_error("write " + name);
        const timespec moment{static_cast<time_t>(written_s), 0};
        const std::array<timespec, 2> times{moment, moment};
        if (::utimensat(AT_FDCWD, name.c_str(), times.data(), 0) != 0) {
            throw std::runtime_error("utimensat " + name);
        }
    }

    /// An entry with this stamp, written `stay_s` before the test's time `now_s`.
    /// @returns its base name
    std::string entry(std::string_view queue, double stamp_s, const hash_value& hash,
                      double written_s, std::string_view extension = ".pck",
                      std::size_t size = 100) const {
        const std::string base = to_base_name({{stamp_s}, hash});
        file(std::string(queue) + '/' + base + std::string(extension), std::string(size, 'x'),
             written_s);
        return base;
    }

private:
    std::string root_;
};

}  // namespace qslice::sim::diagnosis
