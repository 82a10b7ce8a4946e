#include "web/v1_codegen.hpp"

#include "web/v1_message.hpp"

#include <chrono>
#include <map>

namespace compositord {

namespace {

std::int64_t milliseconds(WallTime time) {
    return time.time_since_epoch().count();
}

template <class Writer>
void writeTexts(Writer& out, std::string_view name, const std::vector<std::string>& texts) {
    out.key(name).beginArray();
    for (const std::string& text : texts) {
        out.value(text);
    }
    out.endArray();
}

template <class Writer> void writeTask(Writer& out, const CodegenTask& task) {
    out.beginObject().member("id", task.id).member("root", task.root).member("change", task.change);
    out.member("section", task.section).member("number", task.number).member("text", task.text);
    writeTexts(out, "details", task.details);
    writeTexts(out, "labels", task.labels);
    out.member("file", task.file).member("line", task.line).member("priority", nameOf(task.priority));
    out.member("state", nameOf(task.state)).member("obstacle", task.obstacle).member("error", task.error);
    out.member("session", task.session).member("hasDiff", task.hasDiff).member("model", task.model);
    out.member("branch", task.branch).member("commit", task.commit);
    out.member("changed", milliseconds(task.changed)).endObject();
}

template <class Writer> void writeTasks(Writer& out, const std::vector<const CodegenTask*>& tasks) {
    out.key("tasks").beginArray();
    for (const CodegenTask* task : tasks) {
        writeTask(out, *task);
    }
    out.endArray();
}

template <class Writer> void writeStatus(Writer& out, const CodegenService& codegen) {
    const CodegenStatus status = codegen.status();
    out.key("status").beginObject();
    out.member("enabled", status.enabled).member("policy", nameOf(status.policy));
    writeTexts(out, "repositories", status.repositories);
    out.key("coolsDownUntil");
    if (status.coolsDownUntil) {
        out.value(milliseconds(*status.coolsDownUntil));
    } else {
        out.null();
    }
    out.member("failuresInRow", status.failuresInRow).member("startedInLastHour", status.startedInLastHour);
    out.member("mostPerHour", status.mostPerHour);
    writeTexts(out, "problems", status.problems);
    out.endObject().key("changes").beginArray();
    for (const CodegenChange& change : codegen.changes()) {
        out.beginObject().member("root", change.root).member("name", change.name);
        out.member("folder", change.folder).member("tasks", change.tasks).member("done", change.done);
        out.member("problem", change.problem).endObject();
    }
    out.endArray();
}

template <class Writer> void writeList(Writer& out, const CodegenService& codegen) {
    writeStatus(out, codegen);
    writeTasks(out, codegen.list());
}

template <class Writer> void writeDetails(Writer& out, const CodegenDetails& details) {
    out.key("task");
    writeTask(out, details.task);
    out.member("diff", details.diff).member("cut", details.cut);
    writeTexts(out, "files", details.files);
    out.key("checks").beginArray();
    for (const CodegenCheck& check : details.checks) {
        out.beginObject().member("name", check.name);
        writeTexts(out, "command", check.command);
        out.member("folder", check.folder).member("status", check.status);
        out.member("milliseconds", check.took.count()).endObject();
    }
    out.endArray().member("evidencePath", details.evidencePath).member("evidence", details.evidence);
}

template <class Writer>
void writeCounts(Writer& out, std::string_view name, const std::map<std::string, std::uint64_t>& counts) {
    out.key(name).beginArray(); // their names are not ours to leave unescaped
    for (const auto& [what, count] : counts) {
        out.beginObject().member("name", what).member("count", count).endObject();
    }
    out.endArray();
}

template <class Writer> void writeReport(Writer& out, const CodegenReport& report) {
    out.member("since", milliseconds(report.since)).key("models").beginArray();
    for (const CodegenModelReport& model : report.models) {
        out.beginObject().member("model", model.model).member("successRate", model.successRate());
        out.member("runs", model.runs).member("proven", model.proven).member("failed", model.failed);
        out.member("cancelled", model.cancelled).member("applied", model.applied);
        out.member("discarded", model.discarded).member("reverted", model.reverted);
        out.member("rounds", model.rounds).member("tokensIn", model.tokensIn);
        out.member("tokensOut", model.tokensOut).member("preparing", model.preparing.count());
        out.member("asking", model.asking.count()).member("checking", model.checking.count());
        writeCounts(out, "failures", model.failures);
        writeCounts(out, "diagnostics", model.diagnostics);
        out.endObject();
    }
    out.endArray();
}

template <class Members> std::string object(const Members& members) {
    std::string text;
    JsonWriter out(text);
    out.beginObject();
    members(out);
    out.endObject();
    return text;
}

} // namespace

SharedFrame V1Codegen::list(const RequestId& id, const CodegenService& codegen) const {
    return message(format_, "CodegenList", [&](auto& out) {
        write(out.key("id"), id);
        writeList(out, codegen);
    });
}

SharedFrame V1Codegen::update(const CodegenNews& news, const CodegenService& codegen) const {
    return message(format_, "CodegenUpdate", [&](auto& out) {
        writeTasks(out, news.tasks);
        writeTexts(out, "removed", news.removed);
        if (news.status) {
            writeStatus(out, codegen);
        }
    });
}

SharedFrame V1Codegen::answer(const RequestId& id, const CodegenTask& task) const {
    return message(format_, "CodegenAnswer", [&](auto& out) {
        write(out.key("id"), id);
        out.key("task");
        writeTask(out, task);
    });
}

SharedFrame V1Codegen::details(const RequestId& id, const CodegenDetails& details) const {
    return message(format_, "CodegenDetails", [&](auto& out) {
        write(out.key("id"), id);
        writeDetails(out, details);
    });
}

SharedFrame V1Codegen::report(const RequestId& id, const CodegenReport& report) const {
    return message(format_, "CodegenReport", [&](auto& out) {
        write(out.key("id"), id);
        writeReport(out, report);
    });
}

SharedFrame V1Codegen::reload(const CodegenReload& reload) const {
    return message(format_, "ReloadUpdate", [&](auto& out) {
        out.member("task", reload.task).member("branch", reload.branch);
        writeTexts(out, "paths", reload.paths);
    });
}

std::string V1Codegen::listText(const CodegenService& codegen) {
    return object([&](JsonWriter& out) { writeList(out, codegen); });
}

std::string V1Codegen::text(const CodegenTask& task) {
    std::string text;
    JsonWriter out(text);
    writeTask(out, task);
    return text;
}

std::string V1Codegen::text(const CodegenDetails& details) {
    return object([&](JsonWriter& out) { writeDetails(out, details); });
}

std::string V1Codegen::text(const CodegenReport& report) {
    return object([&](JsonWriter& out) { writeReport(out, report); });
}

} // namespace compositord
