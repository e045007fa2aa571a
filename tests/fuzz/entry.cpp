// Bytes of an entry, in both Mailmans' formats: what is read is written, and reads the same again.
#include "fuzz/harness.hpp"

#include <qslice/codec/delivered_text.hpp>
#include <qslice/codec/entry_format.hpp>

#include <string>
#include <string_view>

using qslice::test::keep;

namespace {

template <qslice::entry_format Format>
void read(std::string_view bytes) {
    const auto data = Format::read_metadata(bytes);
    const auto whole = Format::read(bytes);
    if (data) {
        // Compared as bytes: not-a-number is not equal to itself.
        const std::string written = Format::metadata_bytes(data->data);
        const auto again = qslice::read_pickle(written, Format::dialect);
        keep(bool(again), "metadata that were read can be written");
        const auto beside =
            Format::read_metadata(Format::message_bytes(std::string_view("\n")) + written);
        keep(bool(beside), "metadata that were written can be read");
        keep(Format::metadata_bytes(beside->data) == written, "metadata read as they were written");
    }
    if (!whole) return;
    keep(bool(data), "the metadata of a whole entry can be read alone");
    keep(bytes.starts_with(whole->text.stored()), "a message's bytes are those of the entry");
    keep(Format::message_bytes(whole->text) == whole->text.stored(),
         "an unchanged message is written as it was");
    qslice::message_text changed = whole->text;
    changed.edit() += "\n";
    const auto again = Format::read(Format::message_bytes(changed) + Format::metadata_bytes({}));
    keep(again && again->text.str() == changed.str(), "a changed message reads as it was written");
    (void)qslice::delivered_text<Format>(whole->text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes = qslice::test::text_of(data, size);
    read<qslice::mailman21_format>(bytes);
    read<qslice::mailman3_format>(bytes);
    return 0;
}
