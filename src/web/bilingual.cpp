#include "web/bilingual.hpp"

namespace compositord {

namespace {

SharedFrame both(const SharedFrame& first, const SharedFrame& second) {
    if (!first || !second) {
        return first ? first : second;
    }
    auto frame = std::make_shared<Frame>(*first);
    frame->add(*second);
    return frame;
}

} // namespace

std::expected<Message, Rejected> Bilingual::decode(std::string_view text) const {
    auto message = v1_.decode(text);
    if (message || message.error().problem.code != "unknown_type") {
        return message;
    }
    auto other = geometryOs_.decode(text);
    const bool neither = !other && other.error().problem.code == "unknown_type";
    return neither ? std::move(message) : std::move(other);
}

SharedFrame Bilingual::hello(const World& world, const Greeting& greeting) const {
    return v1_.hello(world, greeting);
}

SharedFrame Bilingual::snapshot(const World& world, const View& view) const {
    return both(v1_.snapshot(world, view), geometryOs_.snapshot(world, view));
}

SharedFrame Bilingual::update(const World& world, const ChangeSet& set) const {
    return both(v1_.update(world, set), geometryOs_.update(world, set));
}

} // namespace compositord
