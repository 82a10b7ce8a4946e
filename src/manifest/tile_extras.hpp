// What entries of the file have beside brick and timestamp. It is kept, whatever it is.
#pragma once

#include "world/tile.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace compositord {

class TileExtras {
public:
    bool empty() const { return members_.empty(); }

    /// JSON members with commas between; null if there are none.
    const std::string* find(Cell cell) const;

    void set(Cell cell, std::string members);
    void erase(Cell cell);

    /// Depends on the members alone, not on how they came.
    std::uint64_t digest() const { return digest_; }

    bool operator==(const TileExtras&) const = default;

private:
    std::map<Cell, std::string> members_;
    std::uint64_t digest_ = 0;
};

} // namespace compositord
