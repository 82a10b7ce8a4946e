#include "codegen/proposal.hpp"

#include "base/file_name.hpp"
#include "base/json_reader.hpp"
#include "base/json_writer.hpp"
#include "base/utf8.hpp"
#include "codegen/atomic_file.hpp"

#include <fmt/format.h>
#include <systemd/sd-id128.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <limits>
#include <optional>
#include <utility>

namespace compositord {

namespace {

namespace fs = std::filesystem;

constexpr const char* kEnding = ".json";
constexpr std::size_t kLargest = std::size_t{256} << 20U;
constexpr std::size_t kMostFiles = 4096;
constexpr std::size_t kMostChecks = 1024;
constexpr std::size_t kMostWords = 4096;
constexpr std::size_t kAny = std::numeric_limits<std::int32_t>::max();
constexpr std::size_t kLongestName = 32; // of a task, in the id
constexpr int kHexBase = 16;

fs::path fileOf(const fs::path& folder, const std::string& id) {
    return folder / (id + kEnding);
}

/// JSON has text only; other bytes are written as digits, under another name.
void writeContent(JsonWriter& json, const std::string& name, const std::optional<std::string>& content) {
    if (!content) {
        return;
    }
    if (isUtf8(*content) && !content->contains('\0')) {
        json.member(name, std::string_view(*content));
        return;
    }
    std::string digits;
    for (const char c : *content) {
        digits += fmt::format("{:02x}", static_cast<unsigned char>(c));
    }
    json.member(name + "_hex", digits);
}

std::optional<std::string> readContent(JsonObjectReader& reader, const std::string& name) {
    const auto digits = reader.optionalString((name + "_hex").c_str(), 0, kAny);
    if (!digits) {
        return reader.optionalString(name.c_str(), 0, kAny);
    }
    std::string bytes;
    for (std::size_t i = 0; i + 1 < digits->size(); i += 2) {
        unsigned char byte = 0;
        std::from_chars(digits->data() + i, digits->data() + i + 2, byte, kHexBase);
        bytes += static_cast<char>(byte);
    }
    return bytes;
}

void writeChecks(JsonWriter& json, const std::vector<CheckOutcome>& outcomes) {
    json.key("checks").beginArray();
    for (const CheckOutcome& outcome : outcomes) {
        json.beginObject().member("name", outcome.check.name).key("command").beginArray();
        for (const std::string& word : outcome.check.command) {
            json.value(word);
        }
        json.endArray().member("folder", std::string_view(outcome.check.folder.native()));
        json.member("status", outcome.status).member("milliseconds", outcome.took.count()).endObject();
    }
    json.endArray();
}

std::vector<CheckOutcome> readChecks(JsonObjectReader& reader) {
    std::vector<CheckOutcome> outcomes;
    for (JsonObjectReader check : reader.objects("checks", kMostChecks)) {
        CheckOutcome outcome;
        outcome.check.name = check.string("name", 0, kAny);
        outcome.check.command =
            check.optionalStrings("command", kMostWords, kAny).value_or(std::vector<std::string>());
        outcome.check.folder = check.string("folder", 0, kAny);
        outcome.status = static_cast<int>(check.integer("status", INT32_MIN, INT32_MAX));
        outcome.took = std::chrono::milliseconds(check.integer("milliseconds", 0, INT64_MAX));
        reader.adopt(check, "checks");
        outcomes.push_back(std::move(outcome));
    }
    return outcomes;
}

std::vector<FileChange> readFiles(JsonObjectReader& reader) {
    std::vector<FileChange> files;
    for (JsonObjectReader file : reader.objects("files", kMostFiles)) {
        FileChange change;
        change.path = file.string("path", 1, kAny);
        change.executable = file.boolean("executable");
        change.before = readContent(file, "old");
        change.after = readContent(file, "new");
        reader.adopt(file, "files");
        files.push_back(std::move(change));
    }
    return files;
}

/// As it is in its line; what is around it is in the file.
Task taskOf(const std::string& text, std::size_t line) {
    const TaskList list = parseTasks(text);
    Task task = list.tasks.empty() ? Task{.text = text} : list.tasks.front();
    task.line = line;
    return task;
}

} // namespace

Result<> Proposal::save(const fs::path& folder) const {
    const WorkspaceChanges& changes = validated.changes();
    std::string content;
    JsonWriter json(content);
    json.beginObject().member("task", task).member("model", model);
    json.member("change", place.change).member("tasks", std::string_view(place.tasks.native()));
    json.member("line", place.task.line).member("text", place.task.text);
    json.member("repository", std::string_view(changes.repository.native())).member("base", changes.base);
    json.key("files").beginArray();
    for (const FileChange& file : changes.files) {
        json.beginObject().member("path", file.path).member("executable", file.executable);
        writeContent(json, "old", file.before);
        writeContent(json, "new", file.after);
        json.endObject();
    }
    json.endArray();
    writeChecks(json, validated.outcomes());
    std::string shown = diff;
    std::ranges::replace(shown, '\0', ' '); // JSON readers refuse it
    json.member("diff", shown).endObject();
    std::error_code code;
    fs::create_directories(folder, code);
    fs::permissions(folder, fs::perms::owner_all, code);
    return replaceFile(fileOf(folder, id), content);
}

Result<Proposal> Proposal::load(const fs::path& folder, const std::string& id) {
    const auto path = fileOf(folder, id);
    const UniqueFd fd(isFileName(id) ? open(path.c_str(), O_RDONLY | O_CLOEXEC) : -1);
    if (!fd) {
        return failure(isFileName(id) ? errno : EINVAL, "there is no such proposal", id);
    }
    const auto text = readAll(fd.get(), kLargest, 0, path);
    if (!text) {
        return std::unexpected(text.error());
    }
    const auto object = parseJsonObject(*text);
    if (!object) {
        return failure(EINVAL, "the proposal cannot be read: " + object.error().message, path.string());
    }
    JsonObjectReader reader(object->get());
    std::string task = reader.string("task", 1, kAny);
    std::string model = reader.string("model", 0, kAny);
    TaskPlace place{.change = reader.string("change", 1, kAny), .tasks = reader.string("tasks", 1, kAny)};
    const auto line = static_cast<std::size_t>(reader.integer("line", 0, kAny));
    place.task = taskOf(reader.string("text", 0, kAny), line);
    const WorkspaceChanges changes{.repository = reader.string("repository", 1, kAny),
                                   .base = reader.string("base", 1, kAny),
                                   .files = readFiles(reader)};
    std::vector<CheckOutcome> outcomes = readChecks(reader);
    std::string diff = reader.string("diff", 0, kAny);
    if (const auto& problem = reader.problem()) {
        return failure(EINVAL, "the proposal cannot be read: " + problem->message, path.string());
    }
    std::vector<Check> planned;
    planned.reserve(outcomes.size());
    for (const CheckOutcome& outcome : outcomes) {
        planned.push_back(outcome.check);
    }
    auto validated = Validated::of(changes, changes, planned, std::move(outcomes));
    if (!validated) {
        return std::unexpected(validated.error());
    }
    return Proposal{.id = id,
                    .task = std::move(task),
                    .model = std::move(model),
                    .place = std::move(place),
                    .validated = *std::move(validated),
                    .diff = std::move(diff)};
}

Result<> Proposal::remove(const fs::path& folder, const std::string& id) {
    if (!isFileName(id)) {
        return failure(EINVAL, "no name of a proposal", id);
    }
    if (unlink(fileOf(folder, id).c_str()) < 0) {
        return errno == ENOENT ? Result<>() : failure(errno, "cannot remove the proposal", id);
    }
    return syncFolder(folder);
}

std::vector<std::string> Proposal::list(const fs::path& folder) {
    std::vector<std::string> result;
    std::error_code code;
    for (fs::directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code)) {
        const auto name = entry->path().filename();
        if (name.extension() == kEnding && !name.native().starts_with('.')) {
            result.push_back(name.stem());
        }
    }
    std::ranges::sort(result);
    return result;
}

std::string newProposalId(const std::string& task) {
    std::string name;
    for (const char c : task.substr(task.rfind('/') + 1)) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           c == '.' || c == '-' || c == '_';
        name += plain ? c : '-';
    }
    sd_id128_t id{};
    sd_id128_randomize(&id);
    std::array<char, SD_ID128_STRING_MAX> text{};
    return fmt::format("{:.{}}-{:.8}", name.empty() || name.front() == '.' ? "task" + name : name,
                       kLongestName, sd_id128_to_string(id, text.data()));
}

} // namespace compositord
