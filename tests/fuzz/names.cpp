// Names of entries and their stamps: a name that is read is written back as one that reads equal.
#include "fuzz/harness.hpp"

#include <qslice/core/entry_name.hpp>
#include <qslice/core/timestamp.hpp>

#include <string>
#include <string_view>

using qslice::test::keep;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = qslice::test::text_of(data, size);
    qslice::entry_name quick;
    const bool quickly = qslice::try_parse_entry_name(text, quick);
    const auto name = qslice::parse_entry_name(text);
    keep(quickly == bool(name), "both readers of names accept the same");
    if (name) {
        keep(*name == quick, "both readers of names read the same");
        const auto again = qslice::parse_entry_name(qslice::to_base_name(*name));
        keep(again && *again == *name, "a name reads as it was written");
    }
    if (const auto time = qslice::parse_timestamp(text)) {
        const auto again = qslice::parse_timestamp(qslice::to_repr(*time));
        keep(again && *again == *time, "a stamp reads as it was written");
    }
    return 0;
}
