// Where a model is: the address of its server, its name, and the key that the server wants.
#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace compositord {

struct ModelEndpoint {
    std::string host;
    std::uint16_t port = 0;
    bool encrypted = false;
    std::string prefix = "/v1"; // of all paths
    std::string model;          // empty: whichever the server has
    std::string key;            // empty: none; goes into no log and no message
    std::string keyring = {};   // the key's name in the keyring, from which it is still to be read

    /// "http://localhost:1234/v1".
    std::string url() const;

    bool operator==(const ModelEndpoint&) const = default;
};

constexpr std::string_view kUsualModelUrl = "http://localhost:1234/v1"; // LM Studio

/// Reads "http://HOST[:PORT][/PREFIX]", or https. Without a prefix it is /v1.
Result<ModelEndpoint> parseModelUrl(std::string_view url);

using EnvironmentLookup = std::function<std::optional<std::string>(const char* name)>;

/// What people have set for other programs: LM_STUDIO_URL, LM_STUDIO_BASE_URL (with or without /v1) and
/// LM_STUDIO_MODEL; the usual URL if there is none.
Result<ModelEndpoint> modelFromEnvironment(const EnvironmentLookup& variable);

/// The first line of the text, which is to be a key; `name`: of where it is from.
Result<std::string> parseKey(std::string_view text, const std::string& name);

/// The first line of a file. One that others than its owner can read is refused.
Result<std::string> readKey(const std::string& path);

} // namespace compositord
