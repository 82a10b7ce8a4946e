#include "cli/report.hpp"

#include "base/files.hpp"
#include "cli/http_client.hpp"
#include "cli/interrupts.hpp"
#include "cli/redact.hpp"
#include "cli/requests.hpp"
#include "cli/run_program.hpp"
#include "cli/tar.hpp"
#include "cli/wire_lines.hpp"
#include "config.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <fcntl.h>
#include <sys/utsname.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <ctime>

namespace compositord::cli {

namespace {

constexpr std::chrono::milliseconds kSample{1000};
constexpr std::size_t kMostLines = 500;
constexpr std::size_t kLargestTokenFile = 1024UL * 1024;

// Of the environment only what says where things are, and how a session was started.
constexpr std::array kEnvironment{"XDG_SESSION_TYPE",
                                  "XDG_CURRENT_DESKTOP",
                                  "XDG_SESSION_DESKTOP",
                                  "XDG_RUNTIME_DIR",
                                  "XDG_CONFIG_HOME",
                                  "XDG_STATE_HOME",
                                  "WAYLAND_DISPLAY",
                                  "DISPLAY",
                                  "SWAYSOCK",
                                  "NIRI_SOCKET",
                                  "DRIFTWM_SOCKET",
                                  "HYPRLAND_INSTANCE_SIGNATURE",
                                  "DBUS_SESSION_BUS_ADDRESS",
                                  "LANG",
                                  "LC_ALL",
                                  "TERM",
                                  "WAYLAND_DEBUG"};

std::string variable(const char* name) {
    const char* value = std::getenv(name); // NOLINT(concurrency-mt-unsafe): one thread
    return value != nullptr ? value : "";
}

std::string versions() {
    utsname system{};
    uname(&system);
    std::string text =
        fmt::format("compositorctl {}\n{} {} {}\n", kVersion, static_cast<const char*>(system.sysname),
                    static_cast<const char*>(system.release), static_cast<const char*>(system.machine));
    const UniqueFd file(open("/etc/os-release", O_RDONLY | O_CLOEXEC));
    constexpr std::size_t most = 65536;
    if (const auto release = file ? readAll(file.get(), most, 0, "/etc/os-release") : failure(0, "")) {
        text += *release;
    }
    return text;
}

std::string environment() {
    std::string text;
    for (const char* name : kEnvironment) {
        if (const std::string value = variable(name); !value.empty()) {
            text += fmt::format("{}={}\n", name, value);
        }
    }
    return text;
}

/// The tokens that clients show, so that none is left anywhere.
std::vector<std::string> tokensOf(const json_t* config) {
    std::vector<std::string> tokens;
    for (const json_t* setting : listIn(config, "settings")) {
        const auto values = textsIn(setting, "values");
        if (textIn(setting, "name") != "token-file" || values.empty()) {
            continue;
        }
        const UniqueFd file(open(values[0].c_str(), O_RDONLY | O_CLOEXEC));
        const auto text = file ? readAll(file.get(), kLargestTokenFile, 0, values[0]) : failure(0, "");
        for (std::size_t from = 0; text && from < text->size();) {
            const std::size_t end = std::min(text->find('\n', from), text->size());
            const std::string line = text->substr(from, end - from);
            tokens.push_back(line.substr(0, line.find_first_of(" \t")));
            from = end + 1;
        }
    }
    return tokens;
}

/// Of each window only what says how it lies, not what is in it.
std::string windows(const json_t* state) {
    std::string text;
    for (const json_t* window : listIn(state, "windows")) {
        const JsonHandle copy(json_copy(const_cast<json_t*>(window))); // NOLINT: only read
        for (const char* name : {"title", "identifier"}) {
            json_object_del(copy.get(), name);
        }
        text += dump(copy.get()) + "\n";
    }
    return text;
}

/// What goes over the Wayland connection in a moment.
std::string sample(Transport& transport) {
    auto events = EventReader::open(transport, "/api/v1/wayland");
    if (!events) {
        return events.error().words + "\n";
    }
    // Something has to be said for something to be seen: a camera that does not move is asked to stop.
    if (auto conversation = Conversation::open(transport)) {
        static_cast<void>(conversation->ask("CancelCamera", {}));
    }
    std::string text;
    std::size_t lines = 0;
    const auto until = std::chrono::steady_clock::now() + kSample;
    for (auto now = until - kSample; now < until && lines < kMostLines;
         now = std::chrono::steady_clock::now()) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - now);
        if (!events->hasRest() && !waitFor(events->fd(), -1, left).readable) {
            continue;
        }
        const auto more = events->read([&](std::string_view, std::string_view data) {
            const auto message = parse(data);
            if (message && ++lines <= kMostLines) {
                text += wireLine(message->get(), false) + "\n";
            }
        });
        if (!more || !*more) {
            break;
        }
    }
    return text;
}

std::string journal() {
    const auto ran = runProgram({"journalctl", "--user", "--unit=compositord.service", "--lines=300",
                                 "--no-pager", "--output=short-iso", "--quiet"});
    return ran && !ran->out.empty() ? ran->out : "(systemd's journal has nothing of compositord.service)\n";
}

Outcome<> write(const std::string& path, const std::string& bytes) {
    // Nobody else is to read it before its owner has looked at it.
    const UniqueFd file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
    const auto written = file ? writeAll(file.get(), bytes, path) : failure(errno, "cannot write", path);
    return written ? Outcome<>() : problem(Exit::failed, written.error().message());
}

} // namespace

Outcome<Exit> report(const Call& call) {
    Texts texts{{"version.txt", versions()}, {"environment.txt", environment()}, {"journal.txt", journal()}};
    std::vector<std::string> secrets;
    auto transport = Transport::find(call);
    if (transport) {
        const auto add = [&](const char* name, std::string_view path) {
            const auto text = get(*transport, path);
            texts.emplace_back(name, text ? *text + "\n" : text.error().words + "\n");
            return text ? *text : std::string("{}");
        };
        if (const auto config = parse(add("settings.json", "/api/v1/config"))) {
            secrets = tokensOf(config->get());
        }
        add("status.json", "/api/v1/status");
        add("cameras.json", "/api/v1/cameras");
        add("metrics.txt", "/metrics");
        if (const auto text = get(*transport, "/api/v1/windows")) {
            const auto state = parse(*text);
            texts.emplace_back("windows.json", state ? windows(state->get()) : "");
        }
        texts.emplace_back("wayland.txt", sample(*transport));
    } else {
        texts.emplace_back("status.json", transport.error().words + "\n");
    }
    const Redactor redact(variable("HOME"), std::move(secrets));
    for (auto& [name, text] : texts) {
        text = redact(text);
    }
    const std::time_t now = std::time(nullptr);
    const std::string name = fmt::format("compositord-report-{:%Y%m%dT%H%M%SZ}", fmt::gmtime(now));
    const std::string path = call.value("output").value_or(name + ".tar.gz");
    if (auto written = write(path, archive(name, texts, now)); !written) {
        return std::unexpected(written.error());
    }
    if (call.has("json")) {
        std::string text;
        JsonWriter out(text);
        out.beginObject().member("file", path).key("contents").beginArray();
        for (const auto& each : texts) {
            out.value(each.first);
        }
        out.endArray().endObject();
        fmt::print("{}\n", text);
    } else {
        fmt::print("{}\n", path);
        fmt::print(stderr, "Have a look at what is in it before you send it: tar xzOf {}\n", path);
    }
    return Exit::done;
}

} // namespace compositord::cli
