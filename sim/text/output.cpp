#include "sim/text/output.hpp"

#include <cerrno>
#include <cstring>

namespace qslice::sim {

void output::flush() {
    if (first_errno_ == 0) {
        errno = 0;
        const std::size_t written = std::fwrite(buffer_.data(), 1, buffer_.size(), stream_);
        if (written != buffer_.size() || std::fflush(stream_) != 0) {
            first_errno_ = errno != 0 ? errno : EIO;
        }
    }
    buffer_.clear();
}

result<void> output::finish() {
    flush();
    if (first_errno_ == 0) return {};
    return failure(first_errno_ == ENOSPC ? error_code::no_space : error_code::io, name_,
                   std::string("write failed: ") + std::strerror(first_errno_));
}

}  // namespace qslice::sim
