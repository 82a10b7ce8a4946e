#include "web/dialect.hpp"

namespace compositord {

SharedFrame Dialect::goodbye() const {
    static const SharedFrame close = [] {
        constexpr std::uint16_t goingAway = 1001;
        auto frame = std::make_shared<Frame>();
        frame->addClose(goingAway, "compositord ends");
        return frame;
    }();
    return close;
}

} // namespace compositord
