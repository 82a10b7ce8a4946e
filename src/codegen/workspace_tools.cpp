#include "codegen/workspace_tools.hpp"

#include "base/json_reader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cerrno>
#include <map>
#include <optional>
#include <utility>

namespace compositord {

namespace {

// What one tool may say: more would push the task out of the model's context.
constexpr std::size_t kLongestOutcome = 32768;
constexpr std::size_t kLongestText = 1U << 20U;

constexpr const char* kPathOnly =
    R"({"type":"object","properties":{"path":{"type":"string"}},"required":["path"]})";

ToolOutcome said(std::string text, bool wrote = false) {
    if (text.size() > kLongestOutcome) {
        std::size_t end = kLongestOutcome;
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80) {
            --end;
        }
        text.resize(end);
        text += "\n[the rest is left out]";
    }
    return {.ok = true, .wrote = wrote, .text = std::move(text)};
}

ToolOutcome told(const Result<>& done) {
    return done ? said("done", true) : ToolOutcome{.text = done.error().message()};
}

Result<> write(Workspace& workspace, const FileEdit& edit) {
    switch (edit.kind) {
    case FileEdit::Kind::write:
        return workspace.writeFile(edit.path, edit.text);
    case FileEdit::Kind::patch:
        return workspace.applyPatch(edit.text);
    case FileEdit::Kind::remove:
        return workspace.deleteFile(edit.path);
    }
    return {};
}

} // namespace

std::vector<ToolDescription> workspaceTools() {
    return {
        {"read_file", "The content of a file of the repository.", kPathOnly},
        {"list_files", "The paths of all files below a folder; \".\" is all of the repository.", kPathOnly},
        {"search", "The lines below a folder that have this text in them.",
         R"({"type":"object","properties":{"text":{"type":"string"},"path":{"type":"string"}},"required":["text"]})"},
        {"write_file", "Makes or replaces a file.",
         R"({"type":"object","properties":{"path":{"type":"string"},"content":{"type":"string"}},"required":["path","content"]})"},
        {"apply_patch", "Changes files as a unified diff says.",
         R"({"type":"object","properties":{"patch":{"type":"string"}},"required":["patch"]})"},
    };
}

ToolOutcome useTool(Workspace& workspace, const ToolCall& call) {
    const auto json = parseJsonObject(call.arguments.empty() ? "{}" : std::string_view(call.arguments));
    if (!json) {
        return {.text = "the arguments are " + json.error().message};
    }
    JsonObjectReader arguments(json->get());
    const auto text = [&](const char* name) { return arguments.string(name, 0, kLongestText); };
    const auto wrong = [&] { return ToolOutcome{.text = arguments.problem()->message}; };
    if (call.name == "read_file") {
        const auto content = workspace.readFile(text("path"));
        return arguments.problem() ? wrong()
               : content           ? said(*content)
                                   : ToolOutcome{.text = content.error().message()};
    }
    if (call.name == "list_files") {
        const auto files = workspace.listFiles(text("path"));
        return arguments.problem() ? wrong()
               : files             ? said(fmt::format("{}", fmt::join(*files, "\n")))
                                   : ToolOutcome{.text = files.error().message()};
    }
    if (call.name == "search") {
        const std::string wanted = text("text");
        const auto path = arguments.optionalString("path", 0, kLongestPath);
        if (arguments.problem()) {
            return wrong();
        }
        const auto found = workspace.search(wanted, path.value_or("."));
        if (!found) {
            return {.text = found.error().message()};
        }
        std::string lines;
        for (const auto& line : *found) {
            lines += fmt::format("{}:{}: {}\n", line.path, line.line, line.text);
        }
        return said(lines.empty() ? "nothing is found" : std::move(lines));
    }
    if (call.name == "write_file") {
        const std::string path = text("path");
        const std::string content = text("content");
        return arguments.problem() ? wrong() : told(workspace.writeFile(path, content));
    }
    if (call.name == "apply_patch") {
        const std::string patch = text("patch");
        return arguments.problem() ? wrong() : told(workspace.applyPatch(patch));
    }
    return {.text = "there is no tool of that name"};
}

std::vector<std::string> writeEdits(Workspace& workspace, const std::vector<FileEdit>& edits) {
    std::vector<std::pair<std::string, std::optional<std::string>>> before; // of what is written
    for (const FileEdit& edit : edits) {
        auto content = workspace.readFile(edit.path);
        const bool unknown = !content && content.error().code != ENOENT;
        auto done = unknown ? Result<>(std::unexpected(content.error())) : write(workspace, edit);
        std::optional<std::string> kept = content ? std::optional(*std::move(content)) : std::nullopt;
        if (done) {
            before.emplace_back(edit.path, std::move(kept));
            continue;
        }
        std::vector<std::string> problems{fmt::format("{}: {}", edit.path, done.error().message())};
        for (const auto& [path, text] : before) {
            const auto undone = text ? workspace.writeFile(path, *text) : workspace.deleteFile(path);
            if (!undone) {
                problems.push_back(
                    fmt::format("{} is changed all the same: {}", path, undone.error().message()));
            }
        }
        return problems;
    }
    return {};
}

} // namespace compositord
