#include "session/staying_step.hpp"

#include "session/command_step.hpp"
#include "session/text_stream.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace compositord {

namespace {

// Who cannot do what it is for says so at once.
constexpr std::chrono::seconds kProof{1};
constexpr std::size_t kLongestSaid = 4096;

} // namespace

class StayingStep final : public StepRun {
public:
    StayingStep(StayingPrograms& programs, const StepContext& context, StepListener& listener)
        : programs_(programs), name_(context.step.command[0]),
          key_(fmt::format("{}/{}", context.values.at("type"), context.step.name)), listener_(listener) {}

    StayingStep(const StayingStep&) = delete;
    StayingStep& operator=(const StayingStep&) = delete;

    ~StayingStep() override {
        if (program_) {
            program_->step = nullptr;
        }
    }

    Result<> start(const StepContext& context);

    void cancel() override {
        if (program_) {
            proof_.disarm();
            program_->child->stop();
        }
    }

    void onOutput(Child::Stream stream, std::string_view bytes);
    void onEnd(int status);

private:
    void keep();

    StayingPrograms& programs_;
    std::string name_;
    std::string key_;
    StepListener& listener_;
    std::array<TextStream, 2> text_;
    std::string said_;                                  // to its standard error
    std::unique_ptr<StayingPrograms::Program> program_; // null: it has proved itself
    EventSource proof_;
};

Result<> StayingStep::start(const StepContext& context) {
    auto command = commandOf(context);
    if (!command) {
        return std::unexpected(command.error());
    }
    auto timer = context.loop.addTimer([this] { keep(); });
    if (!timer) {
        return std::unexpected(timer.error());
    }
    proof_ = std::move(*timer);
    program_ = std::make_unique<StayingPrograms::Program>();
    program_->step = this;
    // It may outlive this step, but its output is always read.
    auto* const program = program_.get();
    auto child = Child::start(context.loop, programs_.settings_, *command,
                              {.onOutput =
                                   [program](Child::Stream stream, std::string_view bytes) {
                                       if (program->step != nullptr) {
                                           program->step->onOutput(stream, bytes);
                                       }
                                   },
                               .onEnd =
                                   [program](int status) {
                                       program->ended = true;
                                       if (program->step != nullptr) {
                                           program->step->onEnd(status);
                                       }
                                   }});
    if (!child) {
        return std::unexpected(child.error());
    }
    program_->child = std::move(*child);
    proof_.arm(kProof);
    return {};
}

void StayingStep::onOutput(Child::Stream stream, std::string_view bytes) {
    std::string text = text_[std::to_underlying(stream)].feed(bytes);
    if (stream == Child::Stream::err) {
        said_ += text;
        said_.erase(0, said_.size() - std::min(said_.size(), kLongestSaid));
    }
    listener_.onOutput(stream == Child::Stream::out ? OutputKind::text : OutputKind::diagnostic,
                       std::move(text));
}

void StayingStep::onEnd(int status) {
    proof_.disarm();
    StepResult result{.ok = status == 0};
    if (!result.ok) {
        while (said_.ends_with('\n')) {
            said_.pop_back();
        }
        result.error = failureOf(name_, status, said_);
    }
    listener_.onStepEnd(std::move(result));
}

void StayingStep::keep() {
    program_->step = nullptr;
    programs_.keep(key_, std::move(program_));
    listener_.onStepEnd({});
}

void StayingPrograms::keep(const std::string& key, std::unique_ptr<Program> program) {
    auto& place = programs_[key];
    if (place && !place->ended) {
        place->child->stop();
        leaving_.push_back(std::move(place)); // nobody waits for it
    }
    place = std::move(program);
}

Result<std::unique_ptr<StepRun>> StayingPrograms::start(const StepContext& context, StepListener& listener) {
    std::erase_if(programs_, [](const auto& each) { return each.second->ended; });
    std::erase_if(leaving_, [](const auto& each) { return each->ended; });
    auto step = std::make_unique<StayingStep>(*this, context, listener);
    if (auto started = step->start(context); !started) {
        return std::unexpected(started.error());
    }
    return step;
}

} // namespace compositord
