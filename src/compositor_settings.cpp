#include "compositor_settings.hpp"

#include "base/log.hpp"
#include "option_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <set>
#include <utility>

namespace compositord {

namespace {

using Protocol = CompositorSettings::Protocol;

constexpr std::array<std::string_view, 9> kMembers{"name",   "protocol",   "address", "port",      "driver",
                                                   "offset", "token-file", "ca-file", "compositor"};
constexpr std::size_t kMostCompositors = 16;
constexpr std::size_t kLongestName = 64;
constexpr std::uint16_t kUsualPort = 8765;
constexpr double kFarthestOffset = 1e9; // world units

struct ProtocolName {
    std::string_view name;
    Protocol protocol;
};

// A WebSocket begins as a request of HTTP, which some say instead.
constexpr std::array kProtocols{
    ProtocolName{"wayland", Protocol::wayland}, ProtocolName{"unix", Protocol::unix},
    ProtocolName{"ws", Protocol::ws},           ProtocolName{"http", Protocol::ws},
    ProtocolName{"wss", Protocol::wss},         ProtocolName{"https", Protocol::wss}};

/// Reads one entry; what is wrong goes to the problems.
class Reader {
public:
    Reader(const CompositorText& text, Problems& problems) : text_(text), problems_(problems) {}

    CompositorSettings read() {
        CompositorSettings made;
        made.protocol = readProtocol();
        made.name = readName();
        made.address = word("address").value_or(made.isRemote() ? "127.0.0.1" : "");
        made.port = readPort();
        made.driver = readDriver();
        made.offset = readOffset();
        made.tokenFile = word("token-file").value_or("");
        made.authorities = word("ca-file").value_or("");
        made.compositor = word("compositor").value_or("");
        if (protocolIsKnown_) {
            check(made);
        }
        return made;
    }

private:
    void complain(std::string_view member, std::string_view what) {
        const auto found = text_.members.find(member);
        const std::string& where = found == text_.members.end() ? text_.where : found->second.where;
        problems_.push_back(where.empty() ? fmt::format("--{}: {}; see compositord --help", member, what)
                                          : fmt::format("{}: {}: {}", where, member, what));
    }

    std::optional<std::string> word(std::string_view member) {
        const auto found = text_.members.find(member);
        if (found == text_.members.end()) {
            return std::nullopt;
        }
        if (found->second.values.size() != 1 || found->second.values.front().empty()) {
            complain(member, "must be one word, and not empty");
            return std::nullopt;
        }
        return found->second.values.front();
    }

    std::string readName() {
        const auto given = word("name");
        std::string name = given.value_or(text_.key);
        if (name.empty() && !given) {
            name = word("address").value_or("");
            name.erase(0, name.rfind('/') + 1);
        }
        const auto bad = [](char c) {
            return static_cast<unsigned char>(c) < ' ' || c == '\x7f' || c == '/' || c == ',';
        };
        if (name.empty()) {
            complain("name", "is needed: what the compositor is to be called");
        } else if (name.size() > kLongestName || std::ranges::any_of(name, bad)) {
            complain("name",
                     fmt::format("must have at most {} bytes, and no slash and no comma, which {} has",
                                 kLongestName, printable(name)));
        }
        return name;
    }

    Protocol readProtocol() {
        const std::string name = word("protocol").value_or("wayland");
        const auto* const found = std::ranges::find(kProtocols, name, &ProtocolName::name);
        if (found != kProtocols.end()) {
            return found->protocol;
        }
        protocolIsKnown_ = false;
        complain("protocol", fmt::format("must be wayland (the compositor itself), unix (its IPC socket), ws "
                                         "(another compositord, also called http) or wss (by TLS), not {}",
                                         printable(name)));
        return Protocol::wayland;
    }

    std::uint16_t readPort() {
        const auto text = word("port");
        std::uint16_t port = kUsualPort;
        if (text) {
            const auto result = std::from_chars(text->data(), text->data() + text->size(), port);
            if (result.ec != std::errc() || result.ptr != text->data() + text->size() || port == 0) {
                complain("port",
                         fmt::format("must be a number from 1 to {}, not {}", UINT16_MAX, printable(*text)));
            }
        }
        return port;
    }

    std::optional<DriverKind> readDriver() {
        const auto name = word("driver");
        const auto driver = name ? parseDriver(*name) : std::nullopt;
        if (name && !driver) {
            complain("driver", fmt::format("must be one of {}, not {}", fmt::join(kDriverNames, ", "),
                                           printable(*name)));
        }
        return driver;
    }

    std::optional<WorldPoint> readOffset() {
        const auto found = text_.members.find("offset");
        if (found == text_.members.end()) {
            return std::nullopt;
        }
        std::array<double, 2> offset{};
        bool good = found->second.values.size() == offset.size();
        for (std::size_t i = 0; good && i < offset.size(); ++i) {
            const std::string& text = found->second.values[i];
            const auto result = std::from_chars(text.data(), text.data() + text.size(), offset.at(i));
            good = result.ec == std::errc() && result.ptr == text.data() + text.size() &&
                   std::abs(offset.at(i)) <= kFarthestOffset;
        }
        if (!good) {
            complain("offset", fmt::format("must be two numbers, [x, y], from {0} to {1}", -kFarthestOffset,
                                           kFarthestOffset));
        }
        return WorldPoint{offset[0], offset[1]};
    }

    /// That no member is there that means nothing.
    void check(const CompositorSettings& made) {
        const bool ws = made.isRemote();
        if (made.protocol != Protocol::wss && text_.members.contains("ca-file")) {
            complain("ca-file", "is of use with the protocol wss only");
        }
        if (made.protocol == Protocol::wss && made.address.starts_with('/')) {
            complain("address", "must be that of a host with the protocol wss, whose certificate names it");
        }
        for (const char* const member : {"port", "token-file", "compositor"}) {
            if (!ws && text_.members.contains(member)) {
                complain(member, "is of use with the protocols ws and wss only");
            }
        }
        if (ws && text_.members.contains("driver")) {
            complain("driver",
                     "is of no use with the protocols ws and wss, where the other compositord has one");
        }
        if (made.protocol == Protocol::unix && made.address.empty()) {
            complain("address", "is needed with the protocol unix: the path of the compositor's socket");
        }
        if (!ws && made.driver == DriverKind::compositord) {
            complain("driver", "compositord is spoken to with the protocol ws");
        }
        if (made.protocol == Protocol::unix && made.driver == DriverKind::infiniteMap) {
            complain("driver", "infinite_map is spoken with the protocol wayland");
        }
    }

    const CompositorText& text_;
    Problems& problems_;
    bool protocolIsKnown_ = true;
};

} // namespace

std::span<const std::string_view> compositorMembers() {
    return kMembers;
}

bool isPathOfCompositor(std::string_view member) {
    return member == "token-file" || member == "ca-file";
}

std::vector<CompositorSettings> makeCompositors(const std::vector<CompositorText>& texts,
                                                Problems& problems) {
    std::vector<CompositorSettings> made;
    std::set<std::string> names;
    for (const CompositorText& text : texts) {
        made.push_back(Reader(text, problems).read());
        const std::string& name = made.back().name;
        if (!name.empty() && !names.insert(name).second) {
            problems.push_back(fmt::format("{}: name: another compositor is called {} already",
                                           text.where.empty() ? "the command line" : text.where,
                                           printable(name)));
        }
    }
    if (made.size() > kMostCompositors) {
        problems.push_back(
            fmt::format("{}: compositors: there may be at most {}", texts.back().where, kMostCompositors));
    }
    return made;
}

} // namespace compositord
