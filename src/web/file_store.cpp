#include "web/file_store.hpp"

#include "base/handle.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>

namespace compositord {

namespace {

// A page with its scripts and pictures is a few MiB. A larger file is no part of one.
constexpr off_t kLargestFile = 32L * 1024 * 1024;
constexpr std::size_t kMostKept = 64UL * 1024 * 1024;

constexpr std::array<std::pair<std::string_view, std::string_view>, 16> kTypes{{
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".map", "application/json"},
    {".txt", "text/plain; charset=utf-8"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".webp", "image/webp"},
    {".avif", "image/avif"},
    {".ico", "image/x-icon"},
    {".wasm", "application/wasm"},
    {".woff2", "font/woff2"},
    {".webmanifest", "application/manifest+json"},
}};

std::string_view typeOf(std::string_view path) {
    const auto* const found =
        std::ranges::find_if(kTypes, [&](const auto& type) { return path.ends_with(type.first); });
    return found == kTypes.end() ? "application/octet-stream" : found->second;
}

// The names of what a bundler puts there contain a hash of the content.
std::string_view cacheControlOf(std::string_view path) {
    return path.starts_with("assets/") ? "public, max-age=31536000, immutable" : "no-cache";
}

/// Opens what is really below the folder, wherever links lead on the way.
UniqueFd openBelow(const std::string& folder, const std::string& path) {
    std::error_code failed;
    const auto root = std::filesystem::canonical(folder, failed);
    const auto file = failed ? root : std::filesystem::canonical(root / path, failed);
    if (failed || std::ranges::mismatch(root, file).in1 != root.end()) {
        return {};
    }
    return UniqueFd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
}

std::optional<std::string> readAll(int fd, std::size_t size) {
    std::string text(size, '\0');
    std::size_t have = 0;
    while (have < size) {
        const auto count = ::read(fd, text.data() + have, size - have);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            return std::nullopt; // it is being changed
        }
        have += static_cast<std::size_t>(count);
    }
    return text;
}

} // namespace

std::optional<HttpResponse> FileStore::find(std::string_view path) {
    const auto name = path == "/" ? std::optional<std::string>("index.html") : relativePath(path);
    if (!name) {
        return std::nullopt;
    }
    const UniqueFd file = openBelow(folder_, *name);
    struct stat now{};
    if (!file || ::fstat(file.get(), &now) != 0 || !S_ISREG(now.st_mode) || now.st_size > kLargestFile) {
        return std::nullopt;
    }
    const auto size = static_cast<std::size_t>(now.st_size);
    const auto known = entries_.find(*name);
    if (known != entries_.end()) {
        const Entry& entry = known->second;
        if (entry.inode == now.st_ino && entry.response.content->size() == size &&
            entry.changed.tv_sec == now.st_mtim.tv_sec && entry.changed.tv_nsec == now.st_mtim.tv_nsec) {
            return entry.response;
        }
        kept_ -= entry.response.content->size();
        entries_.erase(known);
    }
    auto text = readAll(file.get(), size);
    if (!text) {
        return std::nullopt;
    }
    HttpResponse response{.contentType = typeOf(*name), .cacheControl = cacheControlOf(*name)};
    response.content = std::make_shared<const HttpContent>(std::move(*text));
    response.tag = response.content->tag();
    if (kept_ + size > kMostKept) {
        entries_.clear();
        kept_ = 0;
    }
    kept_ += size;
    entries_.emplace(*name, Entry{now.st_mtim, now.st_ino, response});
    return response;
}

} // namespace compositord
