// A request's headers and a file of tokens: whatever they are, only who shows a token is known, and no header
// of an answer holds a line break. The input: the tokens, then lines of path, query, Authorization, Cookie,
// Origin, separated by NUL.

#include "web/gate.hpp"

#include <array>
#include <chrono>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace compositord;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    std::array<std::string, 6> parts;
    std::size_t begin = 0;
    for (std::string& part : parts) {
        const auto end = std::min(text.find('\0', begin), text.size());
        part = text.substr(begin, end - begin);
        begin = std::min(end + 1, text.size());
    }
    auto tokens = Tokens::parse(parts[0], {Grant::view});
    if (!tokens || tokens->empty()) {
        return 0;
    }
    Access access({.origins = {"http://friend"}, .tokens = *tokens});
    Metrics metrics;
    Refusals refusals(Log(LogLevel::error), metrics);
    Gate gate(access, refusals);
    Connection connection{.peer = {.name = "peer", .uid = std::nullopt}, .door = {.port = 1}, .identity = {}};
    const Knock knock{.method = Knock::Method::get,
                      .path = parts[1],
                      .query = parts[2],
                      .host = "127.0.0.1",
                      .origin = parts[5],
                      .authorization = parts[3],
                      .cookies = parts[4]};
    const auto answer = gate.check(knock, connection, Gate::Time() + std::chrono::hours(1));
    if (connection.identity.known != tokens->find(connection.identity.token).has_value()) {
        std::abort();
    }
    if (answer) {
        for (const auto& [name, value] : answer->headers) {
            if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
                std::abort();
            }
        }
    }
    return 0;
}
