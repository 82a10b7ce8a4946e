#include "codegen/sandbox_limits.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <utility>

namespace compositord {

Result<> parseSandboxLimits(const std::map<std::string, std::string>& settings, SandboxLimits& limits) {
    constexpr std::uint32_t mostSeconds = 86400;
    constexpr std::uint32_t mostMebibytes = 1U << 20U;
    constexpr std::uint32_t mostProcesses = 65536;
    for (const auto& [name, most] : {std::pair{"check_seconds", mostSeconds},
                                     {"check_memory", mostMebibytes},
                                     {"check_processes", mostProcesses}}) {
        const auto found = settings.find(name);
        if (found == settings.end()) {
            continue;
        }
        const std::string& text = found->second;
        std::uint32_t number = 0;
        const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (problem != std::errc() || end != text.data() + text.size() || number == 0 || number > most) {
            return failure(EINVAL, fmt::format("{} must be a number between 1 and {}", name, most), text);
        }
        if (most == mostSeconds) {
            limits.wall = limits.cpu = std::chrono::seconds(number);
        } else if (most == mostMebibytes) {
            limits.memory = std::size_t{number} << 20U;
        } else {
            limits.processes = number;
        }
    }
    return {};
}

} // namespace compositord
