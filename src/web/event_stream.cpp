#include "web/event_stream.hpp"

#include <fmt/format.h>

namespace compositord {

Rejected EventStream::takesNothing() {
    return {{}, {"unsupported", "", "an event stream takes no messages"}};
}

std::expected<Message, Rejected> EventStream::decode(std::string_view /*text*/) const {
    return std::unexpected(takesNothing());
}

SharedFrame EventStream::snapshot(const World& world, const View& view) const {
    return identified(v1_.snapshot(world, view), world.revision());
}

SharedFrame EventStream::update(const World& world, const ChangeSet& set) const {
    return identified(v1_.update(world, set), set.revision);
}

SharedFrame EventStream::comment() {
    static const SharedFrame comment = [] {
        auto frame = std::make_shared<Frame>();
        frame->addRaw(":\n\n");
        return frame;
    }();
    return comment;
}

/// Only the last event of a revision has the id: a reader whose connection ends between two of them must be
/// sent all of them again.
SharedFrame EventStream::identified(const SharedFrame& events, Revision revision) const {
    if (!events || events->empty()) {
        return events;
    }
    constexpr std::string_view between = "\n\nevent: "; // JSON has no line break inside
    const std::string_view text(reinterpret_cast<const char*>(events->bytes().data()),
                                events->bytes().size());
    const auto found = text.rfind(between);
    const std::size_t last = found == std::string_view::npos ? 0 : found + 2;
    auto frame = std::make_shared<Frame>();
    frame->addRaw(text.substr(0, last));
    frame->addRaw(fmt::format("id: {}-{}\n", instance_, revision));
    frame->addRaw(text.substr(last));
    return frame;
}

} // namespace compositord
