#include "notify/codegen_values.hpp"

#include "notify/bus_dict.hpp"

#include <chrono>
#include <map>
#include <string>

namespace compositord::bus {

namespace {

// Whoever decides about it has to see it; far less than what a bus takes.
constexpr std::size_t kLongestDiff = 1UL << 24U;

std::uint64_t milliseconds(std::chrono::milliseconds duration) {
    return static_cast<std::uint64_t>(duration.count());
}

int appendCheck(sd_bus_message& message, const CodegenCheck& check) {
    return Dict(message)
        .member("name", check.name)
        .member("command", check.command)
        .member("folder", check.folder)
        .member("status", check.status)
        .member("milliseconds", milliseconds(check.took))
        .end();
}

int appendCounts(sd_bus_message& message, const std::map<std::string, std::uint64_t>& counts) {
    int code = sd_bus_message_open_container(&message, 'a', "{st}");
    for (const auto& [name, count] : counts) {
        code = code < 0 ? code : sd_bus_message_append(&message, "{st}", textFor(name).c_str(), count);
    }
    return code < 0 ? code : sd_bus_message_close_container(&message);
}

} // namespace

int append(sd_bus_message& message, const CodegenTask& task) {
    return Dict(message)
        .member("id", task.id)
        .member("root", task.root)
        .member("change", task.change)
        .member("section", task.section)
        .member("number", task.number)
        .member("text", task.text)
        .member("details", task.details)
        .member("labels", task.labels)
        .member("file", task.file)
        .member("line", std::uint64_t{task.line})
        .member("priority", nameOf(task.priority))
        .member("state", nameOf(task.state))
        .member("obstacle", task.obstacle)
        .member("error", task.error)
        .member("session", task.session)
        .member("hasDiff", task.hasDiff)
        .member("model", task.model)
        .member("branch", task.branch)
        .member("commit", task.commit)
        .member("changed", milliseconds(task.changed.time_since_epoch()))
        .end();
}

int append(sd_bus_message& message, const CodegenChange& change) {
    return Dict(message)
        .member("root", change.root)
        .member("name", change.name)
        .member("folder", change.folder)
        .member("tasks", std::uint64_t{change.tasks})
        .member("done", std::uint64_t{change.done})
        .member("problem", change.problem)
        .end();
}

int append(sd_bus_message& message, const CodegenDetails& details) {
    const auto task = [&](sd_bus_message& to) { return append(to, details.task); };
    const auto checks = [&](sd_bus_message& to) { return appendDicts(to, details.checks, &appendCheck); };
    return Dict(message)
        .member("task", "a{sv}", task)
        .member("diff", details.diff, kLongestDiff)
        .member("cut", details.cut || details.diff.size() > kLongestDiff)
        .member("files", details.files)
        .member("checks", "aa{sv}", checks)
        .member("evidencePath", details.evidencePath)
        .member("evidence", details.evidence)
        .end();
}

int append(sd_bus_message& message, const CodegenModelReport& report) {
    return Dict(message)
        .member("model", report.model)
        .member("successRate", report.successRate())
        .member("runs", report.runs)
        .member("proven", report.proven)
        .member("failed", report.failed)
        .member("cancelled", report.cancelled)
        .member("applied", report.applied)
        .member("discarded", report.discarded)
        .member("reverted", report.reverted)
        .member("rounds", report.rounds)
        .member("tokensIn", report.tokensIn)
        .member("tokensOut", report.tokensOut)
        .member("preparing", milliseconds(report.preparing))
        .member("asking", milliseconds(report.asking))
        .member("checking", milliseconds(report.checking))
        .member("failures", "a{st}", [&](sd_bus_message& to) { return appendCounts(to, report.failures); })
        .member("diagnostics", "a{st}",
                [&](sd_bus_message& to) { return appendCounts(to, report.diagnostics); })
        .end();
}

} // namespace compositord::bus
