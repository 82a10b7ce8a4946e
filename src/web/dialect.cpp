#include "web/dialect.hpp"

namespace compositord {

SharedFrame Dialect::challenge() const {
    return error({}, {"unauthorized", "", "a token is needed here: send it in Auth"});
}

SharedFrame Dialect::goodbye(std::uint16_t code, std::string_view words) const {
    auto frame = std::make_shared<Frame>();
    frame->addClose(code, words);
    return frame;
}

} // namespace compositord
