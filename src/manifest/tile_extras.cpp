#include "manifest/tile_extras.hpp"

#include "world/tile_names.hpp"

#include <utility>

namespace compositord {

namespace {

std::uint64_t digestOf(Cell cell, const std::string& members) {
    return mixed(hashOf(toText(cell)) ^ mixed(hashOf(members)));
}

} // namespace

const std::string* TileExtras::find(Cell cell) const {
    const auto found = members_.empty() ? members_.end() : members_.find(cell);
    return found == members_.end() ? nullptr : &found->second;
}

void TileExtras::set(Cell cell, std::string members) {
    erase(cell);
    digest_ += digestOf(cell, members);
    members_.emplace(cell, std::move(members));
}

void TileExtras::erase(Cell cell) {
    const auto found = members_.find(cell);
    if (found != members_.end()) {
        digest_ -= digestOf(cell, found->second);
        members_.erase(found);
    }
}

} // namespace compositord
