// The files of a folder, read when they are asked for and kept while they do not change.
#pragma once

#include "web/http_response.hpp"

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace compositord {

class FileStore {
public:
    explicit FileStore(std::string folder) : folder_(std::move(folder)) {}

    /// The file that a request's path names, index.html for "/". Nothing if there is none, or if the path or
    /// a link leads out of the folder.
    std::optional<HttpResponse> find(std::string_view path);

private:
    struct Entry {
        timespec changed;
        ino_t inode;
        HttpResponse response;
    };

    std::string folder_;
    std::unordered_map<std::string, Entry> entries_;
    std::size_t kept_ = 0; // bytes
};

} // namespace compositord
