/// @file
/// How much an operation on a queue makes durable before it reports success.
/// Writers and switchboards take it as a setting.
#pragma once

namespace qslice {

/// How much an operation on a queue makes durable before it reports success.
enum class durability {
    file,                ///< fsync of the file, as in Mailman: a crash may still lose the name
    file_and_directory,  ///< fsync of the directory too: what was enqueued stays
};

}  // namespace qslice
