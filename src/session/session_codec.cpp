#include "session/session_codec.hpp"

#include "base/json_reader.hpp"
#include "base/json_writer.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace compositord {

namespace {

constexpr int kVersion = 1;
constexpr std::size_t kLongestText = 1U << 22U;
constexpr std::size_t kLongestName = 4096;
constexpr auto kLatest = std::int64_t{1} << 52U;
constexpr std::array<std::string_view, 12> kHappenings{
    "task_queued",  "task_started", "step_started", "step_ended", "progress", "output",
    "tool_started", "tool_ended",   "tokens",       "choices",    "chosen",   "task_ended"};
static_assert(kHappenings.size() == std::variant_size_v<SessionHappening>);

void writeTask(JsonWriter& out, const SessionTask& task) {
    out.beginObject().member("id", task.id).member("description", task.description).member("kind", task.kind);
    // The names of parameters are not ours to leave unescaped.
    out.key("parameters").beginArray();
    for (const auto& [name, value] : task.parameters) {
        out.beginObject().member("name", name).member("value", value).endObject();
    }
    out.endArray().endObject();
}

std::int64_t number(WallTime time) {
    return time.time_since_epoch().count();
}

void writeChoices(JsonWriter& out, const std::vector<SessionChoice>& choices) {
    out.key("choices").beginArray();
    for (const SessionChoice& choice : choices) {
        out.beginObject().member("id", choice.id).member("label", choice.label).endObject();
    }
    out.endArray();
}

struct WriteHappening {
    JsonWriter& out;

    void operator()(const TaskQueued& event) const {
        out.key("task");
        writeTask(out, event.task);
    }

    void operator()(const TaskStarted& event) const { out.member("task", event.task); }

    void operator()(const StepStarted& event) const {
        out.member("step", event.step).member("index", event.index).member("count", event.count);
    }

    void operator()(const StepEnded& event) const {
        out.member("step", event.step).member("ok", event.ok).member("error", event.error);
    }

    void operator()(const TaskProgress& event) const {
        out.member("step", event.step).member("percent", event.percent);
    }

    void operator()(const OutputChunk& event) const {
        out.member("kind", nameOf(event.kind)).member("text", event.text);
    }

    void operator()(const ToolStarted& event) const {
        out.member("call", event.call).member("tool", event.tool).member("input", event.input);
    }

    void operator()(const ToolEnded& event) const {
        out.member("call", event.call).member("tool", event.tool);
        out.member("ok", event.ok).member("result", event.result);
    }

    void operator()(const TokensUsed& event) const { out.member("tokens", event.tokens); }

    void operator()(const ChoicesOffered& event) const { writeChoices(out, event.choices); }

    void operator()(const ChoiceMade& event) const { out.member("choice", event.choice); }

    void operator()(const TaskEnded& event) const {
        out.member("task", event.task).member("outcome", nameOf(event.outcome));
        out.member("result", event.result).member("error", event.error);
    }
};

void writeSession(JsonWriter& out, const Session& session) {
    out.beginObject().member("id", session.id).member("type", session.type).member("owner", session.owner);
    out.member("priority", nameOf(session.priority)).key("task");
    writeTask(out, session.task);
    out.member("state", nameOf(session.state)).member("created", number(session.created));
    if (session.started) {
        out.member("started", number(*session.started));
    }
    if (session.ended) {
        out.member("ended", number(*session.ended));
    }
    out.member("changed", number(session.changed)).member("step", session.step);
    out.member("progress", session.progress).member("result", session.result).member("error", session.error);
    out.member("tasksCompleted", session.metrics.tasksCompleted);
    out.member("tasksFailed", session.metrics.tasksFailed);
    out.member("tokensUsed", session.metrics.tokensUsed).member("sequence", session.sequence);
    if (!session.choices.empty()) {
        writeChoices(out, session.choices);
    }
    out.endObject();
}

/// The members of one object by the names that the writers above use.
class Reader : public JsonObjectReader {
public:
    explicit Reader(json_t* object) : JsonObjectReader(object), object_(object) {}

    std::string text(const char* name) { return string(name, 0, kLongestText); }

    std::string shortText(const char* name) { return string(name, 0, kLongestName); }

    std::uint64_t count(const char* name) { return static_cast<std::uint64_t>(integer(name, 0, kLatest)); }

    WallTime time(const char* name) { return WallTime(std::chrono::milliseconds(integer(name, 0, kLatest))); }

    std::optional<WallTime> optionalTime(const char* name) {
        return has(name) ? std::optional(time(name)) : std::nullopt;
    }

    template <class Parse> auto named(const char* name, Parse parse) {
        const auto value = parse(shortText(name));
        if (!value) {
            reject(name, fmt::format("{} is none of the known ones", name));
        }
        return value.value_or(typename decltype(value)::value_type{});
    }

    SessionTask task() {
        json_t* const object = json_object_get(object_, "task");
        Reader inner(object);
        SessionTask result{.id = inner.shortText("id"),
                           .description = inner.text("description"),
                           .kind = inner.shortText("kind")};
        for (JsonObjectReader& parameter : inner.objects("parameters", kLongestName)) {
            result.parameters.emplace(parameter.string("name", 0, kLongestName),
                                      parameter.string("value", 0, kLongestText));
            inner.adopt(parameter, "parameters");
        }
        adopt(inner, "task");
        return result;
    }

    std::vector<SessionChoice> choices() {
        std::vector<SessionChoice> result;
        for (JsonObjectReader& choice : objects("choices", kMostChoices)) {
            result.push_back({choice.string("id", 1, kLongestName), choice.string("label", 0, kLongestName)});
            adopt(choice, "choices");
        }
        return result;
    }

private:
    json_t* object_;
};

SessionHappening readHappening(Reader& in) {
    const std::string name = in.shortText("event");
    if (name == kHappenings[0]) {
        return TaskQueued{in.task()};
    }
    if (name == kHappenings[1]) {
        return TaskStarted{in.shortText("task")};
    }
    if (name == kHappenings[2]) {
        return StepStarted{in.shortText("step"),
                           static_cast<std::uint32_t>(in.integer("index", 0, INT32_MAX)),
                           static_cast<std::uint32_t>(in.integer("count", 0, INT32_MAX))};
    }
    if (name == kHappenings[3]) {
        return StepEnded{in.shortText("step"), in.boolean("ok"), in.text("error")};
    }
    if (name == kHappenings[4]) {
        return TaskProgress{in.shortText("step"), in.number("percent", 0, 100)};
    }
    if (name == kHappenings[5]) {
        return OutputChunk{in.named("kind", parseOutputKind), in.text("text")};
    }
    if (name == kHappenings[6]) {
        return ToolStarted{in.shortText("call"), in.shortText("tool"), in.text("input")};
    }
    if (name == kHappenings[7]) {
        return ToolEnded{in.shortText("call"), in.shortText("tool"), in.boolean("ok"), in.text("result")};
    }
    if (name == kHappenings[8]) {
        return TokensUsed{in.count("tokens")};
    }
    if (name == kHappenings[9]) {
        return ChoicesOffered{in.choices()};
    }
    if (name == kHappenings[10]) {
        return ChoiceMade{in.shortText("choice")};
    }
    if (name != kHappenings[11]) {
        in.reject("event", "event is none of the known ones");
    }
    return TaskEnded{in.shortText("task"), in.named("outcome", parseSessionState), in.text("result"),
                     in.text("error")};
}

Session readSession(Reader& in) {
    Session session{
        .id = in.string("id", 1, 64), .type = in.shortText("type"), .owner = in.shortText("owner")};
    session.priority = in.named("priority", parseSessionPriority);
    session.task = in.task();
    session.state = in.named("state", parseSessionState);
    session.created = in.time("created");
    session.started = in.optionalTime("started");
    session.ended = in.optionalTime("ended");
    session.changed = in.time("changed");
    session.step = in.shortText("step");
    session.progress = in.number("progress", 0, 100);
    session.result = in.text("result");
    session.error = in.text("error");
    session.metrics = {in.count("tasksCompleted"), in.count("tasksFailed"), in.count("tokensUsed")};
    session.sequence = in.count("sequence");
    session.choices = in.has("choices") ? in.choices() : std::vector<SessionChoice>{};
    return session;
}

Result<KeptSession> wrong(const std::string& what) {
    return failure(0, "it is damaged: " + what);
}

} // namespace

std::string encodeSession(const Session& session, const std::deque<SharedSessionEvent>& events) {
    std::string text;
    JsonWriter out(text);
    out.beginObject().member("version", kVersion).key("session");
    writeSession(out, session);
    out.key("events").beginArray();
    for (const SharedSessionEvent& event : events) {
        out.beginObject().member("sequence", event->sequence).member("time", number(event->time));
        out.member("event", kHappenings[event->happening.index()]);
        std::visit(WriteHappening{out}, event->happening);
        out.endObject();
    }
    out.endArray().endObject();
    text += '\n';
    return text;
}

Result<KeptSession> decodeSession(std::string_view text) {
    const auto json = parseJsonObject(text);
    if (!json) {
        return wrong(json.error().message);
    }
    Reader root(json->get());
    root.integer("version", kVersion, kVersion);
    json_t* const object = json_object_get(json->get(), "session");
    json_t* const events = json_object_get(json->get(), "events");
    if (const auto& problem = root.problem()) {
        return wrong(problem->message);
    }
    if (!json_is_object(object) || !json_is_array(events)) {
        return wrong("session and events are needed");
    }
    Reader in(object);
    KeptSession result{.session = readSession(in), .events = {}};
    if (const auto& problem = in.problem()) {
        return wrong("session: " + problem->message);
    }
    std::size_t index = 0;
    json_t* member = nullptr;
    json_array_foreach(events, index, member) {
        Reader event(member);
        const SessionEvent read{event.count("sequence"), event.time("time"), readHappening(event)};
        if (const auto& problem = event.problem()) {
            return wrong(fmt::format("events[{}]: {}", index, problem->message));
        }
        if (read.sequence != (result.events.empty() ? read.sequence : result.events.back()->sequence + 1)) {
            return wrong(fmt::format("events[{}]: its sequence number does not follow", index));
        }
        result.events.push_back(std::make_shared<const SessionEvent>(read));
    }
    if (!result.events.empty() && result.events.back()->sequence != result.session.sequence) {
        return wrong("the last event is not the session's last one");
    }
    return result;
}

} // namespace compositord
