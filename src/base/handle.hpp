// Owning handles of C objects, each with a named deleter, so that no raw owning pointer crosses a header.
#pragma once

#include <jansson.h>
#include <systemd/sd-event.h>

#include <unistd.h>

#include <memory>
#include <utility>

namespace compositord {

class UniqueFd {
public:
    UniqueFd() = default;

    explicit UniqueFd(int fd) : fd_(fd) {}

    UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

    UniqueFd& operator=(UniqueFd&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }

    UniqueFd(const UniqueFd&) = delete;
    UniqueFd& operator=(const UniqueFd&) = delete;

    ~UniqueFd() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }

    int get() const { return fd_; }

    int release() { return std::exchange(fd_, -1); }

    explicit operator bool() const { return fd_ >= 0; }

private:
    int fd_ = -1;
};

struct SdEventDeleter {
    void operator()(sd_event* event) const { sd_event_unref(event); }
};

struct SdEventSourceDeleter {
    void operator()(sd_event_source* source) const { sd_event_source_disable_unref(source); }
};

struct JsonDeleter {
    void operator()(json_t* json) const { json_decref(json); }
};

using SdEventHandle = std::unique_ptr<sd_event, SdEventDeleter>;
using SdEventSourceHandle = std::unique_ptr<sd_event_source, SdEventSourceDeleter>;
using JsonHandle = std::unique_ptr<json_t, JsonDeleter>;

} // namespace compositord
