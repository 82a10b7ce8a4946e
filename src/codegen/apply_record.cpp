#include "codegen/apply_record.hpp"

#include "base/file_name.hpp"
#include "base/json_reader.hpp"
#include "base/json_writer.hpp"
#include "base/utf8.hpp"
#include "codegen/atomic_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

namespace compositord {

namespace {

constexpr const char* kEnding = ".json";
constexpr std::size_t kLargest = std::size_t{256} << 20U;
constexpr std::size_t kMostFiles = 4096;
constexpr std::size_t kAny = std::numeric_limits<std::int32_t>::max();

std::filesystem::path fileOf(const std::filesystem::path& folder, const std::string& id) {
    return folder / (id + kEnding);
}

void writeContent(JsonWriter& json, std::string_view name, const std::optional<std::string>& content) {
    if (content) {
        json.member(name, std::string_view(*content));
    }
}

bool isText(const std::optional<std::string>& content) {
    return !content || (isUtf8(*content) && !content->contains('\0'));
}

} // namespace

Task ApplyRecord::task() const {
    const TaskList list = parseTasks(text);
    Task result = list.tasks.empty() ? Task{} : list.tasks.front();
    result.line = line;
    return result;
}

Result<Task> ApplyRecord::tickedTask() const {
    Task alone = task();
    alone.line = 0;
    const auto ticked = withMark(text, alone);
    if (!ticked) {
        return std::unexpected(ticked.error());
    }
    Task result = parseTasks(*ticked).tasks.front();
    result.line = line;
    return result;
}

char ApplyRecord::mark() const {
    const std::string mark = task().mark;
    return mark.size() == 1 ? mark.front() : ' ';
}

Result<> ApplyRecord::save(const std::filesystem::path& folder) const {
    std::string content;
    JsonWriter json(content);
    json.beginObject().member("state", static_cast<int>(state));
    json.member("repository", std::string_view(changes.repository.native())).member("base", changes.base);
    json.member("branch", branch).member("commit", commit).member("before", before);
    json.member("tasks", std::string_view(tasks.native())).member("line", line).member("text", text);
    json.member("evidence", std::string_view(evidence.native())).member("proof", proof);
    json.key("files").beginArray();
    for (const FileChange& file : changes.files) {
        if (!isText(file.before) || !isText(file.after)) {
            return failure(EILSEQ, "the file is no text, and cannot be changed in the tree", file.path);
        }
        json.beginObject().member("path", file.path).member("executable", file.executable);
        writeContent(json, "old", file.before);
        writeContent(json, "new", file.after);
        json.endObject();
    }
    json.endArray().endObject();
    std::error_code code;
    std::filesystem::create_directories(folder, code);
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, code);
    return replaceFile(fileOf(folder, id), content);
}

Result<ApplyRecord> ApplyRecord::load(const std::filesystem::path& folder, const std::string& id) {
    if (!isFileName(id)) {
        return failure(EINVAL, "no name of an application", id);
    }
    const auto path = fileOf(folder, id);
    const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) {
        return failure(errno, "there is no such application", id);
    }
    const auto text = readAll(fd.get(), kLargest, 0, path);
    if (!text) {
        return std::unexpected(text.error());
    }
    const auto object = parseJsonObject(*text);
    if (!object) {
        return failure(EINVAL, "the record cannot be read: " + object.error().message, path.string());
    }
    JsonObjectReader reader(object->get());
    ApplyRecord record;
    record.id = id;
    record.state = static_cast<State>(reader.integer("state", 0, static_cast<int>(State::reverting)));
    record.changes.repository = reader.string("repository", 1, kAny);
    record.changes.base = reader.string("base", 0, kAny);
    record.branch = reader.string("branch", 0, kAny);
    record.commit = reader.string("commit", 0, kAny);
    record.before = reader.string("before", 0, kAny);
    record.tasks = reader.string("tasks", 1, kAny);
    record.line = static_cast<std::size_t>(reader.integer("line", 0, kAny));
    record.text = reader.string("text", 0, kAny);
    record.evidence = reader.string("evidence", 1, kAny);
    record.proof = reader.string("proof", 0, kAny);
    for (JsonObjectReader file : reader.objects("files", kMostFiles)) {
        FileChange change;
        change.path = file.string("path", 1, kAny);
        change.executable = file.boolean("executable");
        change.before = file.optionalString("old", 0, kAny);
        change.after = file.optionalString("new", 0, kAny);
        reader.adopt(file, "files");
        record.changes.files.push_back(std::move(change));
    }
    if (const auto& problem = reader.problem()) {
        return failure(EINVAL, "the record cannot be read: " + problem->message, path.string());
    }
    return record;
}

Result<> ApplyRecord::remove(const std::filesystem::path& folder) const {
    if (unlink(fileOf(folder, id).c_str()) < 0) {
        return failure(errno, "cannot remove the record", id);
    }
    return syncFolder(folder);
}

std::vector<std::string> ApplyRecord::list(const std::filesystem::path& folder) {
    std::vector<std::string> result;
    std::error_code code;
    for (std::filesystem::directory_iterator entry(folder, code), end; !code && entry != end;
         entry.increment(code)) {
        const auto name = entry->path().filename();
        if (name.extension() == kEnding && !name.native().starts_with('.')) {
            result.push_back(name.stem());
        }
    }
    std::ranges::sort(result);
    return result;
}

} // namespace compositord
