#include "world/tile_names.hpp"

#include <cstring>

namespace compositord {

std::uint64_t hashOf(std::string_view text) {
    std::uint64_t hash = mixed(text.size() + 1);
    while (!text.empty()) {
        std::uint64_t word = 0;
        const std::size_t size = std::min(text.size(), sizeof word);
        std::memcpy(&word, text.data(), size);
        hash = mixed(hash ^ word) + 1;
        text.remove_prefix(size);
    }
    return hash;
}

std::size_t TileNames::Hash::operator()(std::string_view text) const {
    return hashOf(text);
}

TileNames::Id TileNames::acquire(std::string_view name) {
    if (const auto known = ids_.find(name); known != ids_.end()) {
        ++names_[known->second].users;
        return known->second;
    }
    Id id = 0;
    if (free_.empty()) {
        id = static_cast<Id>(names_.size());
        names_.emplace_back();
    } else {
        id = free_.back();
        free_.pop_back();
    }
    Name& entry = names_[id];
    entry.text = name;
    entry.hash = hashOf(name);
    entry.users = 1;
    ids_.emplace(entry.text, id);
    return id;
}

void TileNames::release(Id id) {
    Name& entry = names_[id];
    if (--entry.users == 0) {
        ids_.erase(entry.text);
        entry.text = {};
        free_.push_back(id);
    }
}

} // namespace compositord
