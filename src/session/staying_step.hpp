// A step that is a program which goes on when its session has ended, such as one that shows a wallpaper:
// `"stays": true`. The step is done when the program runs for a moment, or has ended well before that. It is
// replaced, once the new one runs, by the next run of the same step, and ends with this process.
#pragma once

#include "session/child.hpp"
#include "session/step.hpp"

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace compositord {

class StayingPrograms {
public:
    explicit StayingPrograms(Child::Settings settings) : settings_(std::move(settings)) {}

    Result<std::unique_ptr<StepRun>> start(const StepContext& context, StepListener& listener);

private:
    friend class StayingStep;

    /// The program and, as long as it is to prove itself, the step that started it.
    struct Program {
        class StayingStep* step = nullptr;
        bool ended = false;
        std::unique_ptr<Child> child;
    };

    void keep(const std::string& key, std::unique_ptr<Program> program);

    Child::Settings settings_;
    std::map<std::string, std::unique_ptr<Program>> programs_; // by the type of session and the step
    std::vector<std::unique_ptr<Program>> leaving_;            // told to end
};

} // namespace compositord
