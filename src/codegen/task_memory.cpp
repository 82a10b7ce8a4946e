#include "codegen/task_memory.hpp"

#include "base/json_reader.hpp"
#include "base/json_writer.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace compositord {

namespace {

constexpr std::size_t kMostNotes = 10000;
constexpr std::size_t kLongestError = 8192;
constexpr std::size_t kLongestText = 65536;
constexpr std::size_t kMostStarts = 10000;
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() / 2;

} // namespace

TaskMemory TaskMemory::decode(std::string_view text) {
    const auto object = parseJsonObject(text);
    if (!object) {
        return {};
    }
    TaskMemory memory;
    JsonObjectReader reader(object->get());
    for (JsonObjectReader entry : reader.objects("tasks", kMostNotes)) {
        std::string task = entry.string("task", 1, kLongestText);
        Note note{.text = entry.string("text", 0, kLongestText),
                  .verdict =
                      static_cast<Verdict>(entry.integer("verdict", 0, static_cast<int>(Verdict::unwanted))),
                  .error = entry.string("error", 0, kLongestText)};
        reader.adopt(entry, "tasks");
        memory.notes_[std::move(task)] = std::move(note);
    }
    for (JsonObjectReader entry : reader.objects("started", kMostStarts)) {
        memory.started.emplace_back(std::chrono::milliseconds(entry.integer("time", 0, kMost)));
        reader.adopt(entry, "started");
    }
    return reader.problem() ? TaskMemory() : memory;
}

std::string TaskMemory::encode() const {
    std::string text;
    JsonWriter json(text);
    json.beginObject().key("tasks").beginArray();
    for (const auto& [task, note] : notes_) {
        json.beginObject().member("task", task).member("text", note.text);
        json.member("verdict", static_cast<int>(note.verdict)).member("error", note.error).endObject();
    }
    json.endArray().key("started").beginArray();
    for (const WallTime time : started) {
        json.beginObject().member("time", time.time_since_epoch().count()).endObject();
    }
    json.endArray().endObject();
    return text + '\n';
}

void TaskMemory::note(const std::string& task, Note note) {
    note.error = note.error.substr(0, kLongestError);
    note.text = note.text.substr(0, kLongestText);
    std::ranges::replace(note.error, '\0', ' '); // JSON readers refuse it
    if (notes_.size() >= kMostNotes && !notes_.contains(task)) {
        notes_.erase(notes_.begin()); // one that is forgotten is at worst tried again
    }
    notes_[task] = std::move(note);
}

const TaskMemory::Note* TaskMemory::find(const std::string& task, std::string_view text) const {
    const auto found = notes_.find(task);
    return found != notes_.end() && found->second.text == text.substr(0, kLongestText) ? &found->second
                                                                                       : nullptr;
}

} // namespace compositord
