#include "base/log.hpp"

namespace compositord {

Log::Log(const LogLevels& levels)
    : output_(std::make_shared<LogOutput>(levels)),
      threshold_(&output_->threshold(LogCategory::compositord)) {}

Log Log::withCategory(LogCategory category) const {
    Log copy = *this;
    copy.category_ = category;
    copy.threshold_ = &output_->threshold(category);
    return copy;
}

Log Log::ofCompositor(std::string name) const {
    Log copy = *this;
    copy.compositor_ = std::move(name);
    return copy;
}

Log Log::ofSession(std::string id) const {
    Log copy = *this;
    copy.session_ = std::move(id);
    return copy;
}

void Log::emit(LogLevel level, const std::string& message, const std::source_location& where) const {
    output_->write({.level = level,
                    .category = category_,
                    .message = message,
                    .compositor = compositor_,
                    .session = session_,
                    .where = where});
}

} // namespace compositord
