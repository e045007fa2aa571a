#include "sim/text/text_file.hpp"

#include "sim/text/output.hpp"

#include <qslice/world/detail/posix_file.hpp>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <memory>

namespace qslice::sim {

namespace {

struct close_file {
    void operator()(std::FILE* f) const { std::fclose(f); }
};
using open_file = std::unique_ptr<std::FILE, close_file>;

}  // namespace

result<std::string> read_text_file(const std::string& path) {
    const bool standard_input = path == "-";
    open_file opened(standard_input ? nullptr : std::fopen(path.c_str(), "rb"));
    if (!standard_input && opened == nullptr) return detail::system_failure(errno, path, "open");
    std::FILE* const file = standard_input ? stdin : opened.get();
    std::string content;
    char piece[1 << 16];
    while (const std::size_t got = std::fread(piece, 1, sizeof piece, file)) {
        content.append(piece, got);
    }
    if (std::ferror(file) != 0) return detail::system_failure(errno, path, "read");
    return content;
}

result<void> write_text_file(const std::string& path, std::string_view content) {
    const open_file file(std::fopen(path.c_str(), "wb"));
    if (file == nullptr) return detail::system_failure(errno, path, "open");
    output out(file.get(), path);
    out.write(content);
    return out.finish();
}

}  // namespace qslice::sim
