#include "known_compositors.hpp"

#include "api_documents.hpp"
#include "base/files.hpp"
#include "base/json_reader.hpp"
#include "base/json_writer.hpp"
#include "base/log.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <fcntl.h>
#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ranges>
#include <utility>

namespace compositord {

namespace {

constexpr std::size_t kMostCompositors = 256;
constexpr std::size_t kLongestWord = 256;
constexpr std::size_t kLargestFile = 1U << 20U;
constexpr std::array<std::string_view, 3> kProtocols{"wayland", "unix", "ws"};

KnownCompositor read(JsonObjectReader& in) {
    KnownCompositor made;
    made.name = in.string("name", 1, kLongestWord);
    made.version = in.optionalString("version", 0, kLongestWord).value_or("");
    const std::string driver = in.string("driver", 1, kLongestWord);
    if (const auto kind = parseDriver(driver)) {
        made.driver = *kind;
    } else {
        in.reject("driver", fmt::format("driver must be one of {}", fmt::join(kDriverNames, ", ")));
    }
    made.protocol = in.string("protocol", 1, kLongestWord);
    if (std::ranges::find(kProtocols, made.protocol) == kProtocols.end()) {
        in.reject("protocol", fmt::format("protocol must be one of {}", fmt::join(kProtocols, ", ")));
    }
    made.environment = in.optionalString("environment", 0, kLongestWord).value_or("");
    made.folder = in.optionalString("folder", 0, kLongestWord).value_or("");
    made.socket = in.optionalString("socket", 0, kLongestWord).value_or("");
    const auto names = in.optionalStrings("capabilities", Capabilities::kNames.size(), kLongestWord);
    for (const std::string& name : names.value_or(std::vector<std::string>{})) {
        const auto* const found = std::ranges::find(Capabilities::kNames, name);
        if (found == Capabilities::kNames.end()) {
            in.reject("capabilities",
                      fmt::format("capabilities must be some of {}", fmt::join(Capabilities::kNames, ", ")));
            break;
        }
        made.capabilities.set(static_cast<Capability>(found - Capabilities::kNames.begin()), true);
    }
    return made;
}

} // namespace

std::expected<std::vector<KnownCompositor>, std::string> parseKnownCompositors(std::string_view text) {
    const auto json = parseJsonObject(text);
    if (!json) {
        return std::unexpected(json.error().message);
    }
    JsonObjectReader in(json->get());
    std::vector<KnownCompositor> known;
    if (!in.has("compositors")) {
        return std::unexpected("compositors is missing: a list of objects with name, driver and protocol");
    }
    for (JsonObjectReader& element : in.objects("compositors", kMostCompositors)) {
        known.push_back(read(element));
        in.adopt(element, fmt::format("compositors[{}]", known.size() - 1));
        if (std::ranges::count(known, known.back().name, &KnownCompositor::name) > 1) {
            in.reject("name", fmt::format("compositors[{}]: {} is there twice", known.size() - 1,
                                          printable(known.back().name)));
        }
    }
    if (const auto& problem = in.problem()) {
        return std::unexpected(fmt::format("{}: {}", problem->member, problem->message));
    }
    return known;
}

Result<std::vector<KnownCompositor>> knownCompositors(const std::filesystem::path& usersFile) {
    std::vector<KnownCompositor> known = parseKnownCompositors(kKnownCompositors).value(); // a test reads it
    const UniqueFd opened(usersFile.empty() ? -1 : open(usersFile.c_str(), O_RDONLY | O_CLOEXEC));
    if (!opened) {
        if (usersFile.empty() || errno == ENOENT || errno == ENOTDIR) {
            return known;
        }
        return failure(errno, "cannot read what compositors are known", usersFile.string());
    }
    const auto text = readAll(opened.get(), kLargestFile, 0, usersFile);
    if (!text) {
        return std::unexpected(text.error());
    }
    auto users = parseKnownCompositors(*text);
    if (!users) {
        return failure(0, users.error(), usersFile.string());
    }
    for (KnownCompositor& each : *users) {
        const auto found = std::ranges::find(known, each.name, &KnownCompositor::name);
        if (found != known.end()) {
            *found = std::move(each);
        } else {
            known.push_back(std::move(each));
        }
    }
    return known;
}

std::optional<DriverKind> driverOfSocket(const std::vector<KnownCompositor>& known,
                                         const std::filesystem::path& socket) {
    // Backwards: what the user added is meant before what is like it.
    for (const KnownCompositor& each : known | std::views::reverse) {
        if (each.protocol == "unix" && !each.socket.empty() &&
            fnmatch(each.socket.c_str(), socket.filename().c_str(), FNM_PERIOD) == 0) {
            return each.driver;
        }
    }
    return std::nullopt;
}

std::string toJson(const std::vector<KnownCompositor>& known) {
    std::string text;
    JsonWriter out(text);
    out.beginArray();
    for (const KnownCompositor& each : known) {
        out.beginObject().member("name", each.name).member("version", each.version);
        out.member("driver", kDriverNames.at(static_cast<std::size_t>(each.driver)));
        out.member("protocol", each.protocol).member("environment", each.environment);
        out.member("folder", each.folder).member("socket", each.socket);
        out.key("capabilities").beginArray();
        for (std::size_t i = 0; i < Capabilities::kNames.size(); ++i) {
            if (each.capabilities.has(static_cast<Capability>(i))) {
                out.value(Capabilities::kNames.at(i));
            }
        }
        out.endArray().endObject();
    }
    out.endArray();
    return text;
}

} // namespace compositord
