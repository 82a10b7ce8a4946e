#include "web/connections.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace compositord {

namespace {

std::string nameOf(in_addr address) {
    std::array<char, INET_ADDRSTRLEN> text{};
    inet_ntop(AF_INET, &address, text.data(), text.size());
    return text.data();
}

/// Without the last 64 bits, which one machine may choose as it likes.
std::string nameOf(in6_addr address) {
    if (IN6_IS_ADDR_V4MAPPED(&address)) {
        in_addr v4{};
        std::memcpy(&v4, &address.s6_addr[12], sizeof v4);
        return nameOf(v4);
    }
    if (!IN6_IS_ADDR_LOOPBACK(&address)) {
        std::fill_n(&address.s6_addr[8], 8, std::uint8_t{0});
    }
    std::array<char, INET6_ADDRSTRLEN> text{};
    inet_ntop(AF_INET6, &address, text.data(), text.size());
    return text.data();
}

} // namespace

Peer peerOf(int socket) {
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    if (getpeername(socket, reinterpret_cast<sockaddr*>(&storage), &length) < 0) {
        return {.name = "gone", .uid = std::nullopt};
    }
    if (storage.ss_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &storage, sizeof v4);
        return {.name = nameOf(v4.sin_addr), .uid = std::nullopt};
    }
    if (storage.ss_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, &storage, sizeof v6);
        return {.name = nameOf(v6.sin6_addr), .uid = std::nullopt};
    }
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0) {
        return {.name = "gone", .uid = std::nullopt};
    }
    return {.name = fmt::format("uid {}", credentials.uid), .uid = credentials.uid};
}

std::expected<Connection*, std::string_view> Connections::add(Peer peer, Door door) {
    if (all_.size() >= limits_.all) {
        return std::unexpected("--max-connections");
    }
    const auto count = byPeer_.try_emplace(peer.name, 0).first;
    if (count->second >= limits_.perPeer) {
        return std::unexpected("--max-connections-per-peer");
    }
    ++count->second;
    auto connection = std::make_unique<Connection>(std::move(peer), door, Identity{});
    Connection* const key = connection.get();
    all_.emplace(key, std::move(connection));
    return key;
}

void Connections::remove(const Connection* connection) {
    const auto found = all_.find(connection);
    if (found == all_.end()) {
        return;
    }
    const auto count = byPeer_.find(found->second->peer.name);
    if (--count->second == 0) {
        byPeer_.erase(count);
    }
    all_.erase(found);
}

} // namespace compositord
