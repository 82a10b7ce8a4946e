#include "web/attempts.hpp"

#include <functional>

namespace compositord {

namespace {

// Typing errors and pages that come back with an old token are far below this; guessing a token of 128 bits
// at this rate takes for ever.
constexpr double kBurst = 10;
constexpr double kPerSecond = 0.5;

// Beyond so many peers that failed lately, new ones share one limit: memory stays bounded.
constexpr std::size_t kMostPeers = 4096;

constexpr std::string_view kAllOthers = "others";

} // namespace

bool Attempts::allowed(std::string_view peer, Time now) {
    auto found = byPeer_.find(peer);
    if (found == byPeer_.end() && byPeer_.size() >= kMostPeers) {
        found = byPeer_.find(kAllOthers);
    }
    return found == byPeer_.end() || found->second.limit.open(now);
}

void Attempts::failed(std::string_view peer, std::string_view token, Time now) {
    if (byPeer_.size() >= kMostPeers && !byPeer_.contains(peer)) {
        std::erase_if(byPeer_, [&](const auto& entry) { return entry.second.limit.idle(now); });
    }
    const std::string_view name = byPeer_.size() < kMostPeers || byPeer_.contains(peer) ? peer : kAllOthers;
    const std::size_t hash = std::hash<std::string_view>{}(token);
    const auto [place, first] = byPeer_.try_emplace(std::string(name), RateLimit(kBurst, kPerSecond), hash);
    if (first || place->second.last != hash) {
        place->second.limit.take(now);
        place->second.last = hash;
    }
}

} // namespace compositord
