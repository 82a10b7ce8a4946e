#include "base/process.hpp"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string_view>

namespace compositord {

namespace {

constexpr std::string_view kListening = "0A"; // the kernel's number of that state

/// Numbers of the sockets that listen on a port, from /proc/net/tcp or tcp6.
void addListening(const char* table, std::uint16_t port, std::set<std::string>& inodes) {
    std::ifstream lines(table);
    std::string line;
    std::getline(lines, line); // titles
    const std::string wanted = fmt::format(":{:04X}", port);
    while (std::getline(lines, line)) {
        std::istringstream words(line);
        std::string number;
        std::string local;
        std::string remote;
        std::string state;
        std::string skipped;
        std::string inode;
        words >> number >> local >> remote >> state;
        for (int i = 0; i < 5; ++i) {
            words >> skipped; // queues, timer, retransmissions, user, timeout
        }
        words >> inode;
        if (state == kListening && local.ends_with(wanted)) {
            inodes.insert(fmt::format("socket:[{}]", inode));
        }
    }
}

std::optional<pid_t> numberOf(const std::filesystem::path& folder) {
    const std::string name = folder.filename();
    pid_t pid = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), pid);
    return parsed.ec == std::errc() && parsed.ptr == name.data() + name.size() ? std::optional(pid)
                                                                               : std::nullopt;
}

bool hasOneOf(const std::filesystem::path& process, const std::set<std::string>& sockets) {
    std::error_code code;
    // Of other users' processes the list cannot be read, and is empty.
    std::filesystem::directory_iterator files(process / "fd", code);
    for (; !code && files != std::filesystem::directory_iterator(); files.increment(code)) {
        std::error_code gone;
        if (sockets.contains(std::filesystem::read_symlink(files->path(), gone).string())) {
            return true;
        }
    }
    return false;
}

} // namespace

std::string Process::text() const {
    return fmt::format("{} (pid {})", name, pid);
}

std::optional<Process> processOf(pid_t pid) {
    std::ifstream file(fmt::format("/proc/{}/comm", pid));
    Process process{.pid = pid, .name = {}};
    if (!std::getline(file, process.name)) {
        return std::nullopt;
    }
    return process;
}

std::optional<Process> listenerOn(std::uint16_t port) {
    std::set<std::string> sockets;
    addListening("/proc/net/tcp", port, sockets);
    addListening("/proc/net/tcp6", port, sockets);
    if (sockets.empty()) {
        return std::nullopt;
    }
    std::error_code code;
    std::filesystem::directory_iterator processes("/proc", code);
    for (; !code && processes != std::filesystem::directory_iterator(); processes.increment(code)) {
        const auto pid = numberOf(processes->path());
        if (pid && hasOneOf(processes->path(), sockets)) {
            return processOf(*pid);
        }
    }
    return std::nullopt;
}

} // namespace compositord
