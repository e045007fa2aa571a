/// @file
/// Identifiers that stand for Message-IDs, senders and lists in a trace. With a secret, nobody
/// without it can tell what they stand for, not even by trying names.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace qslice::sim {

/// Makes identifiers.
/// @safety const member functions may be called from any number of threads
class pseudonyms {
public:
    /// @param secret  empty: anyone who knows a name can recompute its identifier
    explicit pseudonyms(std::string secret) : secret_(std::move(secret)) {}

    /// The first 64 bits of HMAC-SHA256 of "KIND:NAME" with the secret, or of its SHA-1 without
    /// one; never 0.
    [[nodiscard]] std::uint64_t of(std::string_view kind, std::string_view name) const;

private:
    std::string secret_;
};

}  // namespace qslice::sim
