#include "session/text_stream.hpp"

#include "base/utf8.hpp"

#include <algorithm>
#include <utility>

namespace compositord {

namespace {

/// How many bytes at the end may be the start of a character that goes on.
std::size_t openBytes(std::string_view bytes) {
    constexpr std::size_t longest = 4;
    for (std::size_t back = 1; back < longest && back <= bytes.size(); ++back) {
        const auto byte = static_cast<unsigned char>(bytes[bytes.size() - back]);
        if (byte < 0x80) {
            return 0;
        }
        if (byte >= 0xc0) {
            const std::size_t length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
            return back < length ? back : 0;
        }
    }
    return 0;
}

std::string clean(std::string_view bytes) {
    std::string text = repairUtf8(bytes);
    for (std::size_t at = 0; (at = text.find('\0', at)) != std::string::npos;) {
        text.replace(at, 1, "\xef\xbf\xbd");
    }
    return text;
}

} // namespace

std::string TextStream::feed(std::string_view bytes) {
    std::string all = std::exchange(rest_, {});
    all += bytes;
    const std::size_t open = openBytes(all);
    rest_ = all.substr(all.size() - open);
    all.resize(all.size() - open);
    return clean(all);
}

std::string TextStream::finish() {
    return clean(std::exchange(rest_, {}));
}

void LineStream::feed(std::string_view text, const Line& onLine) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::size_t room = kLongest - rest_.size();
        rest_ += text.substr(0, std::min(end, room));
        if (end > room) {
            onLine(std::exchange(rest_, {}), false);
            whole_ = false;
            text.remove_prefix(room);
            continue;
        }
        if (end == text.size()) {
            return;
        }
        onLine(std::exchange(rest_, {}), std::exchange(whole_, true));
        text.remove_prefix(end + 1);
    }
}

void LineStream::finish(const Line& onLine) {
    if (!rest_.empty()) {
        onLine(std::exchange(rest_, {}), std::exchange(whole_, true));
    }
}

} // namespace compositord
