#include "manifest/file_tiles.hpp"

#include <algorithm>

namespace compositord {

void FileTiles::wrote(std::uint32_t version) {
    version_ = version;
    std::erase_if(lacks_, [version](const auto& entry) { return entry.second <= version; });
    lacksAll_ = lacksAll_ <= version ? 0 : lacksAll_;
}

void FileTiles::noteLack(Cell cell, std::uint32_t version) {
    if (lacksAll_ == 0) {
        lacks_.insert_or_assign(cell, version);
    }
    if (lacksAll_ != 0 || lacks_.size() > kMostLacks) {
        lacks_.clear();
        lacksAll_ = std::max(lacksAll_, version);
    }
}

bool FileTiles::has(Cell cell, std::uint32_t mark) const {
    return lacksAll_ == 0 && (isForeign(mark) || mark <= version_) && !lacks_.contains(cell);
}

std::uint32_t FileTiles::noteEdit(TileTime now) {
    std::erase_if(edits_, [now](const Edit& edit) { return edit.time + kEditing <= now; });
    // Also if the clock was set back.
    if (edits_.empty() || edits_.back().time + std::chrono::seconds(1) <= now) {
        edits_.push_back({nextEdit_++, now});
    }
    edits_.back().time = now;
    return edits_.back().mark;
}

bool FileTiles::isRecent(std::uint32_t foreignMark) const {
    return !edits_.empty() && foreignMark >= edits_.front().mark;
}

} // namespace compositord
