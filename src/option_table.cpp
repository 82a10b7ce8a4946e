#include "option_table.hpp"

#include "base/nearest.hpp"
#include "codegen_options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace compositord {

namespace {

using Kind = OptionRow::Kind;
using Outcome = std::expected<void, std::string>;

constexpr std::size_t kMostConnections = 1000000;
constexpr std::size_t kMostSessionsAtOnce = 1000;
constexpr unsigned kMostLogFiles = 1000;
constexpr std::ptrdiff_t kAboutItself = 8; // from log-level on

template <class Number> Outcome number(Number& number, const std::string& text, Number least, Number most) {
    Number parsed = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), parsed);
    if (result.ec != std::errc() || result.ptr != text.data() + text.size() || parsed < least ||
        parsed > most) {
        return std::unexpected(
            fmt::format("must be a number from {} to {}, not {}", least, most, printable(text)));
    }
    number = parsed;
    return {};
}

Outcome delay(std::chrono::milliseconds& delay, const std::string& text) {
    constexpr double longest = 3600;
    double seconds = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (result.ec != std::errc() || result.ptr != text.data() + text.size() ||
        !(seconds >= 0 && seconds <= longest)) {
        return std::unexpected(fmt::format("must be seconds from 0 to {}, not {}", longest, printable(text)));
    }
    delay = std::chrono::round<std::chrono::milliseconds>(std::chrono::duration<double>(seconds));
    return {};
}

Outcome grants(Options& options, const std::string& list) {
    const auto grants = parseGrants(list);
    if (!grants) {
        return std::unexpected(grants.error());
    }
    options.grants = *grants;
    return {};
}

Outcome compress(Options& options, const std::string& text) {
    const auto whom = parseCompress(text);
    if (!whom) {
        return std::unexpected(fmt::format("must be none, remote or all, not {}", printable(text)));
    }
    options.compress = *whom;
    return {};
}

Outcome logLevels(Options& options, const std::string& text) {
    const auto levels = LogLevels::parse(text);
    if (!levels) {
        return std::unexpected(levels.error());
    }
    options.logLevels = *levels;
    return {};
}

Outcome logFileSize(Options& options, const std::string& text) {
    constexpr std::uint64_t least = 4;
    constexpr std::uint64_t most = 1U << 30U;
    constexpr unsigned kibi = 10;
    std::uint64_t size = 0;
    auto outcome = number(size, text, least, most);
    if (outcome) {
        options.logFile.size = size << kibi;
    }
    return outcome;
}

Outcome driver(Options& options, const std::string& text) {
    options.driver = parseDriver(text);
    if (!options.driver) {
        return std::unexpected(
            fmt::format("must be one of {}, not {}", fmt::join(kDriverNames, ", "), printable(text)));
    }
    return {};
}

Outcome file(std::optional<std::string>& file, const std::string& text) {
    if (text.empty()) {
        return std::unexpected("needs the name of a file");
    }
    file = text;
    return {};
}

TlsFiles& tlsOf(Options& options) {
    return options.tls ? *options.tls : options.tls.emplace();
}

constexpr std::array kOwnRows{
    OptionRow{'D', "driver", "NAME",
              "how to speak to the compositor: infinite_map, driftwm, niri, sway or\n"
              "foreign_toplevel (default the best for what is found)",
              Kind::word, false, [](Options& o, const std::string& v) -> Outcome { return driver(o, v); }},
    OptionRow{
        'r', "protocol", "NAME",
        "mirror one more compositor than the settings name, spoken to by NAME: wayland (the\n"
        "compositor itself), unix (its IPC socket), ws (another compositord; also http) or wss (by TLS), of\n"
        "which --port is the port then; --driver is that compositor's",
        Kind::action, false, nullptr},
    OptionRow{'a', "address", "ADDRESS",
              "where that compositor is: a Wayland display, the path of a socket, or a host", Kind::action,
              false, nullptr},
    OptionRow{'M', "name", "NAME", "what that compositor is to be called", Kind::action, false, nullptr},
    OptionRow{'l', "listen", "ADDRESS",
              "listen on ADDRESS, ADDRESS:PORT or unix:PATH (default 127.0.0.1); may be repeated", Kind::list,
              false,
              [](Options& o, const std::string& v) -> Outcome {
                  o.listen.push_back(v);
                  return {};
              }},
    OptionRow{'p', "port", "PORT", "TCP port; 0 lets the system choose (default 8765)", Kind::word, false,
              [](Options& o, const std::string& v) -> Outcome {
                  return number<std::uint16_t>(o.port, v, 0, UINT16_MAX);
              }},
    OptionRow{'O', "orchestrator-port", "PORT",
              "a second TCP port, for clients of the kind orchestrator; 0 for none (default 8787)",
              Kind::word, false,
              [](Options& o, const std::string& v) -> Outcome {
                  return number<std::uint16_t>(o.orchestratorPort, v, 0, UINT16_MAX);
              }},
    OptionRow{'U', "control-socket", "FILE",
              "the socket for compositorctl; empty for none (default compositord/ctl.sock in\n"
              "$XDG_RUNTIME_DIR)",
              Kind::path, false,
              [](Options& o, const std::string& v) -> Outcome {
                  o.controlSocket = v;
                  return {};
              }},
    OptionRow{'w', "web-root", "FOLDER", "folder of the page that is served", Kind::path, false,
              [](Options& o, const std::string& v) -> Outcome {
                  o.webRoot = v;
                  return {};
              }},
    OptionRow{'o', "allow-origin", "ORIGIN",
              "let pages of this origin connect, such as http://localhost:3000; may be repeated", Kind::list,
              false,
              [](Options& o, const std::string& v) -> Outcome {
                  o.allowedOrigins.push_back(v);
                  return {};
              }},
    OptionRow{'H', "allow-host", "NAME",
              "answer to this name of this machine beside its addresses; may be repeated", Kind::list, false,
              [](Options& o, const std::string& v) -> Outcome {
                  o.allowedHosts.push_back(v);
                  return {};
              }},
    OptionRow{'g', "grant", "LIST",
              "what may be done without a token, and with one that names no grants: all, or some of\n"
              "view,camera,windows,tiles,input,sessions,inspect (default all but input and inspect)",
              Kind::words, false, [](Options& o, const std::string& v) -> Outcome { return grants(o, v); }},
    OptionRow{'i', "allow-input", nullptr,
              "grant input too: let clients type and use the pointer in the compositor's windows", Kind::flag,
              false,
              [](Options& o, const std::string& v) -> Outcome {
                  o.allowInput = v == kTrue;
                  return {};
              }},
    OptionRow{'t', "token-file", "FILE",
              "let in only who shows a token of FILE, which has lines TOKEN or TOKEN GRANT,GRANT...\n"
              "(default the systemd credential \"token\", if there is one; read again on SIGHUP)",
              Kind::path, true,
              [](Options& o, const std::string& v) -> Outcome {
                  o.tokenFile = v;
                  return {};
              }},
    OptionRow{'c', "tls-certificate", "FILE", "speak TLS on TCP, with this certificate (PEM)", Kind::path,
              false,
              [](Options& o, const std::string& v) -> Outcome {
                  tlsOf(o).certificate = v;
                  return {};
              }},
    OptionRow{'k', "tls-key", "FILE", "and its key (PEM)", Kind::path, false,
              [](Options& o, const std::string& v) -> Outcome {
                  tlsOf(o).key = v;
                  return {};
              }},
    OptionRow{'C', "compress", "WHOM",
              "for whom large messages are compressed: none, remote or all (default remote, which are\n"
              "clients on other machines)",
              Kind::word, false, [](Options& o, const std::string& v) -> Outcome { return compress(o, v); }},
    OptionRow{'n', "max-connections", "COUNT", "connections there may be at a time (default 4096)",
              Kind::word, false,
              [](Options& o, const std::string& v) -> Outcome {
                  return number(o.limits.all, v, std::size_t{1}, kMostConnections);
              }},
    OptionRow{'N', "max-connections-per-peer", "COUNT", "the same from one address or user (default 2048)",
              Kind::word, false,
              [](Options& o, const std::string& v) -> Outcome {
                  return number(o.limits.perPeer, v, std::size_t{1}, kMostConnections);
              }},
    OptionRow{'m', "manifest", "FILE",
              "file of the map's tiles (default compositord/manifest.json in $XDG_STATE_HOME)", Kind::path,
              false, [](Options& o, const std::string& v) -> Outcome { return file(o.manifest, v); }},
    OptionRow{'b', "bricks", "FOLDER",
              "folder with queue/ and processed/, the pictures of tiles (default the manifest's)", Kind::path,
              false,
              [](Options& o, const std::string& v) -> Outcome {
                  o.bricks = v;
                  return {};
              }},
    OptionRow{'d', "manifest-delay", "SECONDS",
              "how long the file may lack a change, which is safe in its journal (default 1)", Kind::word,
              false, [](Options& o, const std::string& v) -> Outcome { return delay(o.manifestDelay, v); }},
    OptionRow{'j', "pipelines", "FOLDER",
              "folder of files TYPE.json that say what sessions may run, beside those in\n"
              "compositord/pipelines in $XDG_CONFIG_HOME",
              Kind::path, false,
              [](Options& o, const std::string& v) -> Outcome {
                  o.pipelines = v;
                  return {};
              }},
    OptionRow{'s', "sessions-at-once", "COUNT", "sessions that run at a time; others wait (default 4)",
              Kind::word, false,
              [](Options& o, const std::string& v) -> Outcome {
                  return number(o.sessionsAtOnce, v, std::size_t{1}, kMostSessionsAtOnce);
              }},
    OptionRow{'S', "session-dir", "FOLDER",
              "where sessions are kept over restarts (default compositord/sessions in $XDG_STATE_HOME)",
              Kind::path, false,
              [](Options& o, const std::string& v) -> Outcome {
                  o.sessionDir = v;
                  return {};
              }},
    OptionRow{'P', "progress-dir", "FOLDER",
              "where sockets tell of the progress of sessions, such as /tmp/sockets; empty for none\n"
              "(default compositord in $XDG_RUNTIME_DIR)",
              Kind::path, false,
              [](Options& o, const std::string& v) -> Outcome {
                  o.progressDir = v;
                  return {};
              }},
    OptionRow{'B', "bus", "ADDRESS",
              "the bus on which sessions are shown (default the user's; see $DBUS_SESSION_BUS_ADDRESS)",
              Kind::word, false,
              [](Options& o, const std::string& v) -> Outcome {
                  o.bus = v;
                  return {};
              }},
    OptionRow{'X', "no-bus", nullptr, "use no bus", Kind::flag, false,
              [](Options& o, const std::string& v) -> Outcome {
                  if (v == kTrue) {
                      o.bus = "";
                  }
                  return {};
              }},
    OptionRow{'Q', "no-notifications", nullptr, "show no notifications of sessions on the desktop",
              Kind::flag, false,
              [](Options& o, const std::string& v) -> Outcome {
                  o.notifications = v != kTrue;
                  return {};
              }},
    OptionRow{'L', "log-level", "LEVELS",
              "error, warn, info, or debug (default info), and others for categories, as in\n"
              "info,web=debug,codegen=warn; compositorctl log level shows and changes them",
              Kind::words, true, [](Options& o, const std::string& v) -> Outcome { return logLevels(o, v); }},
    OptionRow{'\x13', "log-file", "FILE",
              "write the log into FILE too; when it is full it is renamed to FILE.1, FILE.1 to\n"
              "FILE.2 and so on",
              Kind::path, true,
              [](Options& o, const std::string& v) -> Outcome {
                  o.logFile.path = v;
                  return {};
              }},
    OptionRow{'\x14', "log-file-size", "KIBIBYTES", "when it is full (default 10240)", Kind::word, true,
              [](Options& o, const std::string& v) -> Outcome { return logFileSize(o, v); }},
    OptionRow{'\x15', "log-files", "COUNT", "full ones that are kept (default 5)", Kind::word, true,
              [](Options& o, const std::string& v) -> Outcome {
                  return number(o.logFile.kept, v, 0U, kMostLogFiles);
              }},
    OptionRow{'f', "config", "FILE",
              "read settings from FILE and the folder FILE.d, instead of compositord/compositord.yaml\n"
              "in $XDG_CONFIG_HOME and /etc/xdg",
              Kind::action, false, nullptr},
    OptionRow{'T', "check-config", nullptr, "say what is wrong with the settings, and do nothing else",
              Kind::action, false, nullptr},
    OptionRow{'h', "help", nullptr, "print this help", Kind::action, false, nullptr},
    OptionRow{'V', "version", nullptr, "print the version", Kind::action, false, nullptr},
};

} // namespace

std::span<const OptionRow> optionTable() {
    // Those of code generation come before what is about the program itself.
    static const auto table = [] {
        std::array<OptionRow, kOwnRows.size() + kCodegenRows.size()> all{};
        auto* const at = std::ranges::copy(kOwnRows.begin(), kOwnRows.end() - kAboutItself, all.begin()).out;
        auto* const after = std::ranges::copy(kCodegenRows, at).out;
        std::ranges::copy(kOwnRows.end() - kAboutItself, kOwnRows.end(), after);
        return all;
    }();
    return table;
}

const OptionRow* findOption(std::string_view name) {
    const auto table = optionTable();
    const auto found =
        std::ranges::find(table, name, [](const OptionRow& row) { return std::string_view(row.name); });
    return found != table.end() ? &*found : nullptr;
}

std::string_view nearestOption(std::string_view name) {
    // What may be in a file is meant before what may not.
    for (const bool action : {false, true}) {
        std::vector<std::string_view> names;
        for (const OptionRow& row : optionTable()) {
            if ((row.kind == Kind::action) == action) {
                names.emplace_back(row.name);
            }
        }
        if (const std::string_view near = nearest(name, names); !near.empty()) {
            return near;
        }
    }
    return {};
}

} // namespace compositord
