#include "codegen/keyring.hpp"

#include "base/log.hpp"
#include "codegen/model_endpoint.hpp"
#include "session/command_step.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

namespace compositord {

namespace {

constexpr std::size_t kMostOutput = 8192;
constexpr int kCannotRun = 127;

void append(std::string& text, std::string_view bytes) {
    text += bytes.substr(0, kMostOutput - std::min(kMostOutput, text.size()));
}

} // namespace

Result<> KeyQuery::start(EventLoop& loop, const Child::Settings& settings) {
    auto child = Child::start(
        loop, settings,
        {.arguments = {"secret-tool", "lookup", "service", "compositord", "key", name_},
         .environment = inheritedEnvironment({})},
        {.onOutput =
             [this](Child::Stream stream, std::string_view bytes) {
                 append(stream == Child::Stream::out ? output_ : complaint_, bytes);
             },
         .onEnd = [this](int status) { afterwards_.call(self_, [this, status] { onEnd(status); }); }});
    if (!child) {
        return std::unexpected(child.error());
    }
    child_ = std::move(*child);
    return {};
}

void KeyQuery::onEnd(int status) {
    child_.reset();
    auto onKey = std::move(onKey_);
    onKey(outcome(status)); // may destroy this
}

Result<std::string> KeyQuery::outcome(int status) const {
    if (status == 0) {
        return parseKey(output_, fmt::format("{} of the keyring", name_));
    }
    if (status == kCannotRun) {
        return failure(
            ENOENT,
            "a key in the keyring is read by secret-tool, which is not installed (Debian's package "
            "libsecret-tools)",
            name_);
    }
    if (status == 1 && complaint_.empty()) {
        return failure(
            ENOENT,
            fmt::format("the keyring has no such key; put it there with: secret-tool store --label={0} "
                        "service compositord key {0}",
                        name_),
            name_);
    }
    return failure(EIO,
                   fmt::format("the keyring cannot be read: {}",
                               complaint_.empty() ? fmt::format("secret-tool ended with status {}", status)
                                                  : printable(complaint_)),
                   name_);
}

Result<std::unique_ptr<KeyQuery>> Keyring::ask(Afterwards& afterwards, const std::string& name,
                                               KeyQuery::OnKey onKey) const {
    auto query = std::make_unique<KeyQuery>(afterwards, name, std::move(onKey));
    if (auto started = query->start(loop_, settings_); !started) {
        return std::unexpected(started.error());
    }
    return query;
}

} // namespace compositord
