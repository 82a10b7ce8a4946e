// Any bytes as a journal: what is taken from it can be written and is taken again.

#include "manifest/checksum.hpp"
#include "manifest/journal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

using namespace compositord;

namespace {

void check(std::string_view text) {
    std::vector<TileChange> changes;
    std::string written;
    const Replay replay = replayJournal(text, [&](const TileChange& change) {
        changes.push_back(change);
        appendRecord(written, change);
    });
    std::vector<TileChange> again;
    const Replay second = replayJournal(written, [&](const TileChange& change) { again.push_back(change); });
    if (replay.whole > text.size() || replay.records != changes.size() || again != changes ||
        second.damaged != 0 || second.whole != written.size()) {
        std::abort();
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check(text);
    // A fuzzer does not guess checksums: the same lines with the right ones.
    std::string sealed;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        const std::string_view body = text.substr(begin, end - begin);
        sealed += fmt::format("{:08x} {}\n", crc32c(body), body);
        begin = end + 1;
    }
    check(sealed);
    return 0;
}
