#include "notify/progress_message.hpp"

#include "base/json_reader.hpp"
#include "base/json_writer.hpp"
#include "base/msgpack_reader.hpp"
#include "base/msgpack_writer.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <utility>

namespace compositord {

namespace {

constexpr std::size_t kHeader = 4;

std::string isoTime(WallTime time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}+00:00", fmt::gmtime(seconds), (time - seconds).count());
}

template <class Writer> void write(Writer&& out, const ProgressMessage& message, std::string_view eventName) {
    out.beginObject().member("event_name", eventName);
    out.member("timestamp_ms", static_cast<std::int64_t>(message.time.time_since_epoch().count()));
    out.member("timestamp_iso", std::string_view(isoTime(message.time)));
    out.member("message_type", message.error.empty() ? "data" : "error").key("data").beginObject();
    if (!message.step.empty()) {
        out.member("step", std::string_view(message.step));
    }
    if (message.error.empty()) {
        out.member("progress", message.percent)
            .member("status", message.complete ? "complete" : "processing");
    } else {
        out.member("error", std::string_view(message.error)).member("status", "error");
    }
    out.member("session", std::string_view(message.session)).endObject().endObject();
}

std::optional<ProgressControl> readControl(const json_t* json, bool& wellFormed) {
    JsonObjectReader reader(json);
    const std::string type = reader.string("message_type", 1, 64);
    auto data = reader.optionalObject("data");
    wellFormed = !reader.problem();
    if (!wellFormed || type != "control" || !data) {
        wellFormed = wellFormed && type != "control";
        return std::nullopt;
    }
    const std::string command = data->string("command", 1, 64);
    auto session = data->optionalString("session", 1, 64);
    wellFormed = !data->problem() && command == "cancel";
    return wellFormed ? std::optional(ProgressControl{std::move(session)}) : std::nullopt;
}

} // namespace

std::optional<ProgressMessage> progressMessage(const Session& session, const SessionEvent& event) {
    ProgressMessage message{.session = session.id, .time = event.time};
    if (const auto* started = std::get_if<StepStarted>(&event.happening)) {
        message.step = started->step;
        message.percent = session.progress;
        return message;
    }
    if (const auto* progress = std::get_if<TaskProgress>(&event.happening)) {
        message.step = progress->step;
        message.percent = progress->percent;
        return message;
    }
    if (const auto* ended = std::get_if<TaskEnded>(&event.happening)) {
        message.complete = ended->outcome == SessionState::completed;
        message.step = message.complete ? "complete" : session.step;
        message.percent = message.complete ? 100 : session.progress; // NOLINT(readability-magic-numbers)
        if (!message.complete) {
            message.error = ended->error.empty() ? "it failed" : ended->error;
        }
        return message;
    }
    return std::nullopt;
}

std::string encode(const ProgressMessage& message, std::string_view eventName, ProgressFormat format) {
    std::string bytes;
    if (format == ProgressFormat::lines) {
        write(JsonWriter(bytes), message, eventName);
        bytes += '\n';
        return bytes;
    }
    bytes.resize(kHeader);
    write(MsgpackWriter(bytes), message, eventName);
    const std::size_t length = bytes.size() - kHeader;
    for (std::size_t i = 0; i < kHeader; ++i) {
        bytes[i] = static_cast<char>(length >> (8 * (kHeader - 1 - i)));
    }
    return bytes;
}

void ProgressDecoder::lose() {
    ++malformed_;
    lost_ = true;
    rest_ = {};
}

std::optional<std::string> ProgressDecoder::next() {
    std::size_t skip = 0;
    std::size_t length = 0;
    if (format_ == ProgressFormat::lines) {
        length = rest_.find('\n');
        if (length == std::string::npos ? rest_.size() > kLongest : length > kLongest) {
            lose();
            return std::nullopt;
        }
        if (length == std::string::npos) {
            return std::nullopt;
        }
    } else {
        if (rest_.size() < kHeader) {
            return std::nullopt;
        }
        for (std::size_t i = 0; i < kHeader; ++i) {
            length = length << 8U | static_cast<unsigned char>(rest_[i]);
        }
        if (length == 0 || length > kLongest) {
            lose();
            return std::nullopt;
        }
        skip = kHeader;
        if (rest_.size() - skip < length) {
            return std::nullopt;
        }
    }
    std::string message = rest_.substr(skip, length);
    rest_.erase(0, skip + length + (format_ == ProgressFormat::lines ? 1 : 0));
    return message;
}

std::vector<ProgressControl> ProgressDecoder::feed(std::string_view bytes) {
    std::vector<ProgressControl> result;
    if (lost_) {
        return result;
    }
    rest_ += bytes;
    while (auto message = next()) {
        const auto json =
            format_ == ProgressFormat::lines ? parseJsonObject(*message) : parseMsgpackObject(*message);
        bool wellFormed = false;
        auto control = json ? readControl(json->get(), wellFormed) : std::nullopt;
        if (control) {
            result.push_back(*std::move(control));
        }
        malformed_ += wellFormed ? 0 : 1;
        if (malformed_ >= kMostMalformed) {
            lost_ = true;
            rest_ = {};
        }
    }
    return result;
}

} // namespace compositord
