/// @file
/// Files that the tests of streams write, in a folder that is removed with the test.
#pragma once

#include <stdlib.h>
#include <zlib.h>
#include <catch2/catch.hpp>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>

class scratch_folder {
public:
    scratch_folder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "qslice-XXXXXX").string();
        REQUIRE(mkdtemp(pattern.data()) != nullptr);
        folder_ = pattern;
    }
    ~scratch_folder() { std::filesystem::remove_all(folder_); }
    scratch_folder(const scratch_folder&) = delete;
    scratch_folder& operator=(const scratch_folder&) = delete;

    [[nodiscard]] std::string path(const std::string& name) const {
        return (folder_ / name).string();
    }
    /// @returns the path
    [[nodiscard]] std::string write(const std::string& name, const std::string& bytes) const {
        std::ofstream(path(name), std::ios::binary) << bytes;
        return path(name);
    }
    [[nodiscard]] std::string write_gzip(const std::string& name, const std::string& bytes) const {
        return write(name, gzip(bytes));
    }

    [[nodiscard]] static std::string gzip(const std::string& bytes) {
        constexpr int gzip_format = 15 + 16;
        z_stream stream{};
        REQUIRE(deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, gzip_format, 8,
                             Z_DEFAULT_STRATEGY) == Z_OK);
        std::string packed(deflateBound(&stream, bytes.size()), '\0');
        std::string input = bytes;
        stream.next_in = reinterpret_cast<Bytef*>(input.data());
        stream.avail_in = static_cast<uInt>(input.size());
        stream.next_out = reinterpret_cast<Bytef*>(packed.data());
        stream.avail_out = static_cast<uInt>(packed.size());
        REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
        packed.resize(stream.total_out);
        deflateEnd(&stream);
        return packed;
    }

private:
    std::filesystem::path folder_;
};
