// A step that is a program. With `"output": "events"` each line that it prints may be a JSON object that
// tells something; a line that is none is text:
//   {"progress": 0.4}                                           of the step, 0 to 1
//   {"text": "…"} {"thinking": "…"}
//   {"tool": "read_file", "call": "1", "input": {…}}
//   {"tool": "read_file", "call": "1", "result": {…}}           or "error": "…"
//   {"tokens": 120}                                             that were used since the last such line
//   {"result": "…"}                                             of the task
// With `"asks": true` beside it also
//   {"choices": [{"id": "apply", "label": "Apply"}, …]}         the session waits for one of these
// and the program reads the id of what somebody picked as a line from its standard input. The time that takes
// counts for the timeouts.
#pragma once

#include "session/child.hpp"
#include "session/step.hpp"

namespace compositord {

/// How commands are run.
StepFactory commandRunner(Child::Settings settings);

/// What such a step starts: its places filled in, with the environment for it.
Result<Child::Command> commandOf(const StepContext& context);

/// What a child of this process is given of its environment, with more that comes first: NAME=value, all of
/// it.
std::vector<std::string> inheritedEnvironment(std::map<std::string, std::string> more);

/// How a command says that it failed; `said` is the last that it wrote to its standard error.
std::string failureOf(const std::string& program, int status, const std::string& said);

/// Reads such lines, and tells what they say. Text that is none of them is output.
class EventLines {
public:
    explicit EventLines(StepListener& listener, bool asks = false) : listener_(listener), asks_(asks) {}

    void onLine(std::string_view line, bool whole);

    /// The last one told.
    const std::string& result() const { return result_; }

private:
    bool tell(json_t* object);
    bool tellTool(json_t* object);
    bool tellChoices(json_t* object);

    StepListener& listener_;
    bool asks_; // there may be choices
    std::string result_;
};

} // namespace compositord
