#include "base/file_name.hpp"
#include "base/json_reader.hpp"
#include "base/msgpack_reader.hpp"
#include "web/v1.hpp"
#include "web/v1_input.hpp"
#include "web/v1_session_requests.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace compositord {

namespace {

// Bounds as in the schema.
constexpr double kFarthest = 2e11;                // world units; beyond the grid of 32-bit cells
constexpr double kGreatestZoom = 4294;            // millionths in 32 bits
constexpr std::int64_t kLongestAnimation = 60000; // milliseconds
constexpr std::size_t kLongestTag = 128;
constexpr std::size_t kLongestName = 256;
constexpr std::size_t kLongestToken = 512;
constexpr double kGreatestSize = 65535;
constexpr double kSmallestZoom = 1e-6;
constexpr std::size_t kMostNames = 64;
constexpr std::size_t kLongestBrick = 255;
constexpr std::size_t kLongestCodegenTask = 1024;
constexpr double kLowestRate = 0.1; // updates per second
constexpr double kHighestRate = 1000;

WindowId window(JsonObjectReader& in) {
    return WindowId{static_cast<std::uint32_t>(in.integer("window", 1, UINT32_MAX))};
}

std::chrono::milliseconds duration(JsonObjectReader& in) {
    return std::chrono::milliseconds(in.optionalInteger("duration", 0, kLongestAnimation).value_or(0));
}

std::optional<std::string> camera(JsonObjectReader& in) {
    return in.optionalString("camera", 1, kLongestName);
}

Command setCamera(JsonObjectReader& in) {
    if (!in.has("x") && !in.has("y") && !in.has("zoom")) {
        in.reject("x", "SetCamera needs at least one of x, y, and zoom");
    }
    return SetCamera{.camera = camera(in),
                     .x = in.optionalNumber("x", -kFarthest, kFarthest),
                     .y = in.optionalNumber("y", -kFarthest, kFarthest),
                     .zoom = in.optionalNumber("zoom", kSmallestZoom, kGreatestZoom),
                     .duration = duration(in)};
}

Command cancelCamera(JsonObjectReader& in) {
    return CancelCamera{camera(in)};
}

Command move(JsonObjectReader& in) {
    return MoveWindow{
        .window = window(in),
        .position = {.x = in.number("x", -kFarthest, kFarthest), .y = in.number("y", -kFarthest, kFarthest)}};
}

Command resize(JsonObjectReader& in) {
    return ResizeWindow{.window = window(in),
                        .width = in.number("width", 1, kGreatestSize),
                        .height = in.number("height", 1, kGreatestSize)};
}

Command minimize(JsonObjectReader& in) {
    return MinimizeWindow{.window = window(in), .minimized = in.boolean("minimized")};
}

Command maximize(JsonObjectReader& in) {
    return MaximizeWindow{.window = window(in), .maximized = in.boolean("maximized")};
}

Command fullscreen(JsonObjectReader& in) {
    return FullscreenWindow{
        .window = window(in), .fullscreen = in.boolean("fullscreen"), .camera = camera(in)};
}

Command center(JsonObjectReader& in) {
    return CenterWindow{.window = window(in), .camera = camera(in), .duration = duration(in)};
}

Cell cell(JsonObjectReader& in) {
    const auto axis = [&](const char* name) {
        return static_cast<std::int32_t>(in.integer(name, INT32_MIN, INT32_MAX));
    };
    return {axis("x"), axis("y")};
}

Command putTile(JsonObjectReader& in) {
    PutTile command{cell(in), in.string("brick", 1, kLongestBrick)};
    if (!in.problem() && !isFileName(command.brick)) {
        in.reject("brick", "brick must be a file name without a folder and control characters");
    }
    return command;
}

Command removeTile(JsonObjectReader& in) {
    return RemoveTile{cell(in)};
}

Command input(JsonObjectReader& in) {
    return readInput(in);
}

template <class WindowCommand> Command onWindow(JsonObjectReader& in) {
    return WindowCommand{window(in)};
}

Message subscribe(JsonObjectReader& in, const RequestId& id) {
    Subscribe result{id, {}, {}};
    if (const auto kinds = in.optionalStrings("kinds", kMostNames, kLongestName)) {
        result.view.cameras = std::ranges::find(*kinds, "cameras") != kinds->end();
        result.view.windows = std::ranges::find(*kinds, "windows") != kinds->end();
        result.view.tiles = std::ranges::find(*kinds, "tiles") != kinds->end();
        for (const std::string& kind : *kinds) {
            if (kind != "cameras" && kind != "windows" && kind != "tiles") {
                in.reject("kinds", R"(kinds must be a list of "cameras", "windows", and "tiles")");
            }
        }
    }
    result.view.compositors = in.optionalStrings("compositors", kMostNames, kLongestName);
    result.view.cameraNames = in.optionalStrings("cameras", kMostNames, kLongestName);
    if (auto area = in.optionalObject("area")) {
        result.view.area = WorldRect{.topLeft = {.x = area->number("x", -kFarthest, kFarthest),
                                                 .y = area->number("y", -kFarthest, kFarthest)},
                                     .width = area->number("width", 0, 2 * kFarthest),
                                     .height = area->number("height", 0, 2 * kFarthest)};
        in.adopt(*area, "area");
    }
    if (const auto rate = in.optionalNumber("maxRate", kLowestRate, kHighestRate)) {
        result.interval = std::chrono::microseconds(std::llround(1e6 / *rate));
    }
    return result;
}

Message resume(JsonObjectReader& in, const RequestId& id) {
    return Resume{.id = id,
                  .revision = static_cast<Revision>(in.integer("revision", 0, INT64_MAX)),
                  .instance = in.string("instance", 1, kLongestTag)};
}

Message auth(JsonObjectReader& in, const RequestId& id) {
    return Auth{.id = id, .token = in.string("token", 1, kLongestToken)};
}

template <auto Read> Message ofSessions(JsonObjectReader& in, const RequestId& id) {
    return SessionMessage{id, Read(in)};
}

ListSessions readListSessions(JsonObjectReader& /*in*/) {
    return {};
}

template <class Action> Message ofCodegen(JsonObjectReader& in, const RequestId& id) {
    if constexpr (std::is_empty_v<Action>) {
        return CodegenMessage{id, Action{}};
    } else {
        return CodegenMessage{id, Action{in.string("task", 1, kLongestCodegenTask)}};
    }
}

template <Command (*Read)(JsonObjectReader&)> Message request(JsonObjectReader& in, const RequestId& id) {
    return Request{Read(in), {in.optionalString("origin", 0, kLongestTag), id}};
}

struct MessageType {
    std::string_view name;
    Message (*read)(JsonObjectReader& in, const RequestId& id);
};

constexpr std::array kMessageTypes{
    MessageType{"SetCamera", &request<setCamera>},
    MessageType{"CancelCamera", &request<cancelCamera>},
    MessageType{"Focus", &request<onWindow<FocusWindow>>},
    MessageType{"Close", &request<onWindow<CloseWindow>>},
    MessageType{"Move", &request<move>},
    MessageType{"Resize", &request<resize>},
    MessageType{"Raise", &request<onWindow<RaiseWindow>>},
    MessageType{"Lower", &request<onWindow<LowerWindow>>},
    MessageType{"Minimize", &request<minimize>},
    MessageType{"Maximize", &request<maximize>},
    MessageType{"Fullscreen", &request<fullscreen>},
    MessageType{"Center", &request<center>},
    MessageType{"Input", &request<input>},
    MessageType{"PutTile", &request<putTile>},
    MessageType{"RemoveTile", &request<removeTile>},
    MessageType{"SpawnSession", &ofSessions<readSpawnSession>},
    MessageType{"RunTask", &ofSessions<readRunTask>},
    MessageType{"CancelSession", &ofSessions<readCancelSession>},
    MessageType{"ChooseSession", &ofSessions<readChooseSession>},
    MessageType{"ForgetSession", &ofSessions<readForgetSession>},
    MessageType{"ListSessions", &ofSessions<readListSessions>},
    MessageType{"FollowSession", &ofSessions<readFollowSession>},
    MessageType{"UnfollowSession", &ofSessions<readUnfollowSession>},
    MessageType{"ListCodegen", &ofCodegen<ListCodegen>},
    MessageType{"FollowCodegen", &ofCodegen<FollowCodegen>},
    MessageType{"UnfollowCodegen", &ofCodegen<UnfollowCodegen>},
    MessageType{"ShowCodegen", &ofCodegen<ShowCodegen>},
    MessageType{"RunCodegen", &ofCodegen<RunCodegen>},
    MessageType{"ApplyCodegen", &ofCodegen<ApplyCodegen>},
    MessageType{"DiscardCodegen", &ofCodegen<DiscardCodegen>},
    MessageType{"RevertCodegen", &ofCodegen<RevertCodegen>},
    MessageType{"ReportCodegen", &ofCodegen<ReportCodegen>},
    MessageType{"Subscribe", &subscribe},
    MessageType{"Resume", &resume},
    MessageType{"Auth", &auth},
    MessageType{"Ping", [](JsonObjectReader&, const RequestId& id) -> Message { return Ping{id}; }},
};

RequestId readId(const json_t* object, JsonObjectReader& in) {
    const json_t* id = json_object_get(object, "id");
    if (id == nullptr) {
        return {};
    }
    if (json_is_integer(id)) {
        return json_integer_value(id);
    }
    if (json_is_string(id) && json_string_length(id) <= kLongestTag) {
        return std::string(json_string_value(id), json_string_length(id));
    }
    in.reject("id", fmt::format("id must be an integer or a string of at most {} bytes", kLongestTag));
    return {};
}

Rejected reject(RequestId id, std::string_view code, const JsonProblem& problem) {
    return {std::move(id), {code, problem.member, problem.message}};
}

} // namespace

std::expected<Message, Rejected> V1::decode(std::string_view text) const {
    const auto json = format_ == Format::json ? parseJsonObject(text) : parseMsgpackObject(text);
    if (!json) {
        return std::unexpected(reject({}, "malformed", json.error()));
    }
    JsonObjectReader in(json->get());
    RequestId id = readId(json->get(), in);
    const std::string type = in.string("type", 1, kLongestName);
    if (const auto& problem = in.problem()) {
        return std::unexpected(reject(std::move(id), "invalid_member", *problem));
    }
    const auto* const known = std::ranges::find(kMessageTypes, type, &MessageType::name);
    if (known == kMessageTypes.end()) {
        return std::unexpected(reject(std::move(id), "unknown_type",
                                      {"type", "this server does not know messages of this type"}));
    }
    Message message = known->read(in, id);
    if (const auto& problem = in.problem()) {
        return std::unexpected(reject(std::move(id), "invalid_member", *problem));
    }
    return message;
}

} // namespace compositord
