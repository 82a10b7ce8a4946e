#include "codegen/model_endpoint.hpp"

#include "base/files.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>

namespace compositord {

namespace {

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;
constexpr std::size_t kLongestUrl = 1024;
constexpr std::size_t kLongestKey = 1024; // a header has to hold it

bool isGraphic(std::string_view text) {
    return std::ranges::all_of(text, [](unsigned char c) { return std::isgraph(c) != 0; });
}

} // namespace

std::string ModelEndpoint::url() const {
    const std::string name = host.contains(':') ? fmt::format("[{}]", host) : host;
    const bool usual = port == (encrypted ? kHttpsPort : kHttpPort);
    return fmt::format("{}://{}{}{}", encrypted ? "https" : "http", name,
                       usual ? "" : fmt::format(":{}", port), prefix);
}

Result<ModelEndpoint> parseModelUrl(std::string_view url) {
    const auto wrong = [&] {
        return failure(EINVAL,
                       fmt::format("the address of a model's server is a URL such as {}", kUsualModelUrl),
                       url.contains('@') ? "it has a user or a password in it"
                                         : std::string(url.substr(0, kLongestUrl)));
    };
    ModelEndpoint endpoint;
    std::string_view rest = url;
    if (rest.starts_with("http://")) {
        rest.remove_prefix(7); // NOLINT(readability-magic-numbers): its length
    } else if (rest.starts_with("https://")) {
        rest.remove_prefix(8); // NOLINT(readability-magic-numbers): its length
        endpoint.encrypted = true;
    } else {
        return wrong();
    }
    if (url.size() > kLongestUrl || !isGraphic(url) || rest.find_first_of("?#@") != std::string_view::npos) {
        return wrong();
    }
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    const std::string_view place = rest.substr(0, slash);
    std::string_view prefix = rest.substr(slash);
    while (prefix.ends_with('/')) {
        prefix.remove_suffix(1);
    }
    if (!prefix.empty()) {
        endpoint.prefix = prefix;
    }
    std::string_view number;
    if (place.starts_with('[')) {
        const std::size_t end = place.find(']');
        if (end == std::string_view::npos) {
            return wrong();
        }
        endpoint.host = place.substr(1, end - 1);
        number = place.substr(end + 1);
    } else {
        const std::size_t colon = std::min(place.find(':'), place.size());
        endpoint.host = place.substr(0, colon);
        number = place.substr(colon);
    }
    endpoint.port = endpoint.encrypted ? kHttpsPort : kHttpPort;
    if (!number.empty()) {
        number.remove_prefix(1);
        const auto [end, problem] =
            std::from_chars(number.data(), number.data() + number.size(), endpoint.port);
        if (problem != std::errc() || end != number.data() + number.size() || endpoint.port == 0) {
            return wrong();
        }
    }
    return endpoint.host.empty() ? Result<ModelEndpoint>(wrong()) : endpoint;
}

Result<ModelEndpoint> modelFromEnvironment(const EnvironmentLookup& variable) {
    std::string url(kUsualModelUrl);
    for (const char* name : {"LM_STUDIO_URL", "LM_STUDIO_BASE_URL"}) {
        if (const auto value = variable(name); value && !value->empty()) {
            url = *value;
            break;
        }
    }
    auto endpoint = parseModelUrl(url);
    if (endpoint) {
        endpoint->model = variable("LM_STUDIO_MODEL").value_or("");
    }
    return endpoint;
}

Result<std::string> parseKey(std::string_view text, const std::string& name) {
    const std::string_view key = text.substr(0, text.find_first_of("\r\n"));
    if (key.empty() || key.size() > kLongestKey || !isGraphic(key)) {
        return failure(EINVAL, "its first line must be a key, without blanks", name);
    }
    return std::string(key);
}

Result<std::string> readKey(const std::string& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status{};
    if (!fd || ::fstat(fd.get(), &status) < 0) {
        return failure(errno, "cannot read the key of a model's server", path);
    }
    if (!S_ISREG(status.st_mode) || (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return failure(EACCES, "the key of a model's server must be in a file that only its owner can read",
                       path);
    }
    auto text = readAll(fd.get(), 2 * kLongestKey, 0, path);
    if (!text) {
        return std::unexpected(text.error());
    }
    return parseKey(*text, path);
}

} // namespace compositord
