#include "compositor/socket_lines.hpp"

namespace compositord {

bool Lines::feed(std::string_view bytes, const std::function<bool(std::string_view line)>& onLine) {
    for (std::size_t end = bytes.find('\n'); end != std::string_view::npos; end = bytes.find('\n')) {
        if (partial_.size() + end > kLongest) {
            return false;
        }
        bool goOn = false;
        if (partial_.empty()) {
            goOn = onLine(bytes.substr(0, end));
        } else {
            partial_ += bytes.substr(0, end);
            goOn = onLine(partial_);
            partial_.clear();
        }
        bytes.remove_prefix(end + 1);
        if (!goOn) {
            return true;
        }
    }
    partial_ += bytes;
    return partial_.size() <= kLongest;
}

Result<std::unique_ptr<SocketLines>> SocketLines::connect(EventLoop& loop, const std::string& path,
                                                          Listener listener) {
    std::unique_ptr<SocketLines> lines(new SocketLines(std::move(listener.onLine)));
    auto stream =
        UnixStream::connect(loop, path,
                            {.onData = [self = lines.get()](std::string_view bytes) { self->onData(bytes); },
                             .onLost = std::move(listener.onLost)});
    if (!stream) {
        return std::unexpected(stream.error());
    }
    lines->stream_ = std::move(*stream);
    return lines;
}

void SocketLines::fail(const std::string& reason) {
    failed_ = true;
    stream_->fail(reason);
}

void SocketLines::onData(std::string_view bytes) {
    const bool fits = lines_.feed(bytes, [this](std::string_view line) {
        onLine_(line);
        return !failed_;
    });
    if (!fits) {
        fail("the compositor sends a line that is too long");
    }
}

} // namespace compositord
