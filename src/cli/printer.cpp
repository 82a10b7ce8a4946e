#include "cli/printer.hpp"

#include "base/json_writer.hpp"
#include "cli/json.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <cstdio>
#include <string_view>

namespace compositord::cli {

namespace {

constexpr int kBar = 30; // characters

void write(JsonWriter& out, const Fields& fields) {
    for (const auto& [name, value] : fields) {
        out.key(name);
        if (const auto* pairs = std::get_if<Pairs>(&value)) {
            out.beginArray();
            for (const auto& [id, label] : *pairs) {
                out.beginObject().member("id", id).member("label", label).endObject();
            }
            out.endArray();
        } else if (const auto* text = std::get_if<std::string>(&value)) {
            out.value(*text);
        } else if (const auto* number = std::get_if<std::uint64_t>(&value)) {
            out.value(*number);
        } else if (const auto* real = std::get_if<double>(&value)) {
            out.value(*real);
        } else {
            out.value(std::get<bool>(value));
        }
    }
}

const Value* find(const Fields& fields, std::string_view name) {
    for (const auto& [key, value] : fields) {
        if (key == name) {
            return &value;
        }
    }
    return nullptr;
}

} // namespace

std::string jsonOf(const Fields& fields) {
    std::string text;
    JsonWriter out(text);
    out.beginObject();
    write(out, fields);
    out.endObject();
    return text;
}

std::string jsonOf(const Event& event) {
    std::string text;
    JsonWriter out(text);
    out.beginObject()
        .member("sequence", event.sequence)
        .member("time", event.time)
        .member("event", event.name);
    write(out, event.fields);
    out.endObject();
    return text;
}

std::string jsonOf(const Type& type) {
    std::string text;
    JsonWriter out(text);
    out.beginObject().member("name", type.name).member("description", type.description);
    out.key("parameters").beginArray();
    for (const Type::Parameter& parameter : type.parameters) {
        out.beginObject().member("name", parameter.name).member("description", parameter.description);
        out.key("default");
        if (parameter.needed) {
            out.null();
        } else {
            out.value(parameter.fallback);
        }
        out.endObject();
    }
    out.endArray().endObject();
    return text;
}

std::string lineOf(const Fields& session) {
    const Value* const percent = find(session, "progress");
    const auto* number = percent != nullptr ? std::get_if<double>(percent) : nullptr;
    const std::string description = textIn(session, "description");
    return plain(fmt::format("{:<26} {:<10} {:>3.0f} %  {}{}{}", textIn(session, "id"),
                             textIn(session, "state"), number != nullptr ? *number : 0,
                             textIn(session, "type"), description.empty() ? "" : ": ",
                             description.substr(0, description.find('\n'))));
}

std::string textOf(const Value& value) {
    if (const auto* pairs = std::get_if<Pairs>(&value)) {
        std::string text;
        for (const auto& [id, label] : *pairs) {
            text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", id, label);
        }
        return plain(text);
    }
    if (const auto* text = std::get_if<std::string>(&value)) {
        return plain(*text);
    }
    if (const auto* number = std::get_if<std::uint64_t>(&value)) {
        return fmt::format("{}", *number);
    }
    const auto* real = std::get_if<double>(&value);
    return real != nullptr ? fmt::format("{}", *real) : std::get<bool>(value) ? "yes" : "no";
}

SessionPrinter::SessionPrinter(bool json) : json_(json), terminal_(!json && isatty(STDERR_FILENO) == 1) {}

void SessionPrinter::print(const std::string& session, const Event& event) {
    if (json_) {
        fmt::print("{}\n", jsonOf(event));
        (void)std::fflush(stdout);
        return;
    }
    clearBar();
    if (event.name == "Output") {
        const bool diagnostic = textIn(event.fields, "kind") != "text";
        std::FILE* const to = diagnostic ? stderr : stdout;
        const std::string text = textIn(event.fields, "text");
        fmt::print(to, "{}", isatty(fileno(to)) == 1 ? plain(text) : text);
        (void)std::fflush(to);
    } else if (event.name == "StepStarted") {
        step_ = textIn(event.fields, "step");
        if (!terminal_) {
            note(step_);
        }
    } else if (event.name == "Progress") {
        const Value* const percent = find(event.fields, "percent");
        percent_ = percent != nullptr && std::holds_alternative<double>(*percent) ? std::get<double>(*percent)
                                                                                  : percent_;
    } else if (event.name == "ChoicesOffered") {
        const Value* const choices = find(event.fields, "choices");
        note(fmt::format("it waits for one of {}: compositorctl sessions choose {} ID",
                         choices != nullptr ? textOf(*choices) : "", session));
    } else if (event.name == "Completed") {
        if (const std::string result = textIn(event.fields, "result"); !result.empty()) {
            note(plain(result));
        }
        return;
    } else if (event.name == "Failed" || event.name == "Cancelled") {
        note(fmt::format("{}: {}", event.name == "Failed" ? "failed" : "cancelled",
                         plain(textIn(event.fields, "error"))));
        return;
    }
    drawBar();
}

void SessionPrinter::note(const std::string& words) {
    clearBar();
    fmt::print(stderr, "{}\n", words);
}

void SessionPrinter::clearBar() {
    if (drawn_) {
        fmt::print(stderr, "\r\x1b[K");
        drawn_ = false;
    }
}

void SessionPrinter::drawBar() {
    if (!terminal_ || step_.empty()) {
        return;
    }
    const int full = static_cast<int>(percent_ * kBar / 100); // NOLINT(readability-magic-numbers): percent
    fmt::print(stderr, "\r\x1b[K[{:=<{}}{: <{}}] {:3.0f} % {}", "", full, "", kBar - full, percent_,
               plain(step_));
    (void)std::fflush(stderr);
    drawn_ = true;
}

} // namespace compositord::cli
