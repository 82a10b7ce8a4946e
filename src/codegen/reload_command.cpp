#include "codegen/reload_command.hpp"

#include "session/command_step.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace compositord {

namespace {

constexpr std::size_t kLongestOutput = 2000; // that is logged

} // namespace

void ReloadCommand::run(Reason reason) {
    if (settings_.command.empty()) {
        return;
    }
    if (child_) {
        next_ = std::move(reason);
        return;
    }
    start(reason);
}

void ReloadCommand::start(const Reason& reason) {
    output_.clear();
    log_.info("running {} for {}", printable(settings_.command.front()), reason.task);
    auto child = Child::start(
        loop_, settings_.child,
        {.arguments = settings_.command,
         .environment = inheritedEnvironment({{"COMPOSITORD_TASK", reason.task},
                                              {"COMPOSITORD_BRANCH", reason.branch},
                                              {"COMPOSITORD_COMMIT", reason.commit}}),
         .folder = reason.repository},
        {.onOutput =
             [this](Child::Stream, std::string_view bytes) {
                 output_ += bytes;
                 output_.erase(0, output_.size() - std::min(output_.size(), kLongestOutput));
             },
         .onEnd = [this](int status) { afterwards_.call(self_, [this, status] { onEnd(status); }); }});
    if (child) {
        child_ = std::move(*child);
    } else {
        log_.warn("the command for applied code was not run: {}", child.error().message());
    }
}

void ReloadCommand::onEnd(int status) {
    child_.reset();
    if (status == 0) {
        log_.info("the command for applied code has ended well");
    } else {
        log_.warn("the command for applied code failed with status {}: {}", status, printable(output_));
    }
    if (const auto next = std::exchange(next_, std::nullopt)) {
        start(*next);
    }
}

} // namespace compositord
