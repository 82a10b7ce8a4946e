// Names of bricks, each kept once however many tiles show it, and forgotten with the last of them.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace compositord {

class TileNames {
public:
    using Id = std::uint32_t;

    TileNames() = default;
    TileNames(TileNames&&) noexcept = default; // the index refers to the names, which do not move
    TileNames& operator=(TileNames&&) noexcept = default;
    TileNames(const TileNames&) = delete;
    TileNames& operator=(const TileNames&) = delete;
    ~TileNames() = default;

    /// The name's number, with one more user.
    Id acquire(std::string_view name);

    /// One user less.
    void release(Id id);

    const std::string& name(Id id) const { return names_[id].text; }

    std::uint64_t hash(Id id) const { return names_[id].hash; }

    std::size_t size() const { return ids_.size(); }

private:
    struct Name {
        std::string text;
        std::uint64_t hash = 0;
        std::size_t users = 0;
    };

    struct Hash {
        std::size_t operator()(std::string_view text) const;
    };

    std::deque<Name> names_;
    std::vector<Id> free_;
    std::unordered_map<std::string_view, Id, Hash> ids_;
};

/// Spreads each bit of the input over the whole result.
constexpr std::uint64_t mixed(std::uint64_t value) {
    value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U; // splitmix64
    value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
    return value ^ (value >> 31U);
}

/// The same for the same bytes in every process.
std::uint64_t hashOf(std::string_view text);

} // namespace compositord
