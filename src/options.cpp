#include "options.hpp"

#include "config.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <getopt.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <string_view>

namespace compositord {

namespace {

struct OptionText {
    char letter;
    const char* name;
    const char* argument; // null: none
    const char* help;
};

constexpr std::size_t kHelpColumn = 31;
constexpr std::size_t kMostConnections = 1000000;
constexpr std::size_t kMostSessionsAtOnce = 1000;

// One table for parsing and for --help.
constexpr std::array kOptions{
    OptionText{'D', "driver", "NAME",
               "how to speak to the compositor: infinite_map, driftwm or sway (default the best\n"
               "for what is found)"},
    OptionText{'l', "listen", "ADDRESS",
               "listen on ADDRESS, ADDRESS:PORT or unix:PATH (default 127.0.0.1); may be repeated"},
    OptionText{'p', "port", "PORT", "TCP port; 0 lets the system choose (default 8765)"},
    OptionText{'O', "orchestrator-port", "PORT",
               "a second TCP port, for clients of the kind orchestrator; 0 for none (default 8787)"},
    OptionText{'w', "web-root", "FOLDER", "folder of the page that is served"},
    OptionText{'o', "allow-origin", "ORIGIN",
               "let pages of this origin connect, such as http://localhost:3000; may be repeated"},
    OptionText{'H', "allow-host", "NAME",
               "answer to this name of this machine beside its addresses; may be repeated"},
    OptionText{'g', "grant", "LIST",
               "what may be done without a token, and with one that names no grants: all, or some of\n"
               "view,camera,windows,tiles,input,sessions,inspect (default all but input and inspect)"},
    OptionText{'i', "allow-input", nullptr,
               "grant input too: let clients type and use the pointer in the compositor's windows"},
    OptionText{'t', "token-file", "FILE",
               "let in only who shows a token of FILE, which has lines TOKEN or TOKEN GRANT,GRANT...\n"
               "(default the systemd credential \"token\", if there is one; read again on SIGHUP)"},
    OptionText{'c', "tls-certificate", "FILE", "speak TLS on TCP, with this certificate (PEM)"},
    OptionText{'k', "tls-key", "FILE", "and its key (PEM)"},
    OptionText{'C', "compress", "WHOM",
               "for whom large messages are compressed: none, remote or all (default remote, which are\n"
               "clients on other machines)"},
    OptionText{'n', "max-connections", "COUNT", "connections there may be at a time (default 4096)"},
    OptionText{'N', "max-connections-per-peer", "COUNT", "the same from one address or user (default 2048)"},
    OptionText{'m', "manifest", "FILE",
               "file of the map's tiles (default compositord/manifest.json in $XDG_STATE_HOME)"},
    OptionText{'b', "bricks", "FOLDER",
               "folder with queue/ and processed/, the pictures of tiles (default the manifest's)"},
    OptionText{'d', "manifest-delay", "SECONDS",
               "how long the file may lack a change, which is safe in its journal (default 1)"},
    OptionText{'j', "pipelines", "FOLDER",
               "folder of files TYPE.json that say what sessions may run, beside those in\n"
               "compositord/pipelines in $XDG_CONFIG_HOME"},
    OptionText{'s', "sessions-at-once", "COUNT", "sessions that run at a time; others wait (default 4)"},
    OptionText{'S', "session-dir", "FOLDER",
               "where sessions are kept over restarts (default compositord/sessions in $XDG_STATE_HOME)"},
    OptionText{'P', "progress-dir", "FOLDER",
               "where sockets tell of the progress of sessions, such as /tmp/sockets; empty for none\n"
               "(default compositord in $XDG_RUNTIME_DIR)"},
    OptionText{'B', "bus", "ADDRESS",
               "the bus on which sessions are shown (default the user's; see $DBUS_SESSION_BUS_ADDRESS)"},
    OptionText{'X', "no-bus", nullptr, "use no bus"},
    OptionText{'Q', "no-notifications", nullptr, "show no notifications of sessions on the desktop"},
    OptionText{'L', "log-level", "LEVEL", "error, warn, info, or debug (default info)"},
    OptionText{'h', "help", nullptr, "print this help"},
    OptionText{'V', "version", nullptr, "print the version"},
};

std::unexpected<Error> wrong(std::string what) {
    return failure(0, std::move(what) + "; see compositord --help");
}

/// Which of the options it is, is in `name`.
template <class Number>
Result<> setNumber(Number& number, std::string_view name, std::string_view text, Number least, Number most) {
    Number parsed = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), parsed);
    if (result.ec != std::errc() || result.ptr != text.data() + text.size() || parsed < least ||
        parsed > most) {
        return wrong(
            fmt::format("--{} must be a number from {} to {}, not {}", name, least, most, printable(text)));
    }
    number = parsed;
    return {};
}

Result<> setPort(std::uint16_t& port, std::string_view name, const std::string& text) {
    return setNumber<std::uint16_t>(port, name, text, 0, UINT16_MAX);
}

Result<> setGrants(Options& options, const std::string& list) {
    const auto grants = parseGrants(list);
    if (!grants) {
        return wrong("--grant: " + grants.error());
    }
    options.grants = *grants;
    return {};
}

TlsFiles& tlsOf(Options& options) {
    return options.tls ? *options.tls : options.tls.emplace();
}

Result<std::chrono::milliseconds> parseDelay(std::string_view text) {
    constexpr double longest = 3600;
    double seconds = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (result.ec != std::errc() || result.ptr != text.data() + text.size() ||
        !(seconds >= 0 && seconds <= longest)) {
        return wrong(
            fmt::format("--manifest-delay must be seconds from 0 to {}, not {}", longest, printable(text)));
    }
    return std::chrono::round<std::chrono::milliseconds>(std::chrono::duration<double>(seconds));
}

Result<> set(Options& options, int letter, const std::string& argument) {
    switch (letter) {
    case 'D':
        options.driver = parseDriver(argument);
        if (!options.driver) {
            return wrong(fmt::format("--driver must be one of {}, not {}", fmt::join(kDriverNames, ", "),
                                     printable(argument)));
        }
        return {};
    case 'l':
        options.listen.push_back(argument);
        return {};
    case 'p':
        return setPort(options.port, "port", argument);
    case 'O':
        return setPort(options.orchestratorPort, "orchestrator-port", argument);
    case 'w':
        options.webRoot = argument;
        return {};
    case 'o':
        options.allowedOrigins.push_back(argument);
        return {};
    case 'H':
        options.allowedHosts.push_back(argument);
        return {};
    case 'g':
        return setGrants(options, argument);
    case 'i':
        options.allowInput = true;
        return {};
    case 't':
        options.tokenFile = argument;
        return {};
    case 'c':
        tlsOf(options).certificate = argument;
        return {};
    case 'k':
        tlsOf(options).key = argument;
        return {};
    case 'C': {
        const auto whom = parseCompress(argument);
        if (!whom) {
            return wrong(fmt::format("--compress must be none, remote or all, not {}", printable(argument)));
        }
        options.compress = *whom;
        return {};
    }
    case 'n':
        return setNumber(options.limits.all, "max-connections", argument, std::size_t{1}, kMostConnections);
    case 'N':
        return setNumber(options.limits.perPeer, "max-connections-per-peer", argument, std::size_t{1},
                         kMostConnections);
    case 'm':
        options.manifest = argument;
        return {};
    case 'b':
        options.bricks = argument;
        return {};
    case 'd': {
        const auto delay = parseDelay(argument);
        if (!delay) {
            return std::unexpected(delay.error());
        }
        options.manifestDelay = *delay;
        return {};
    }
    case 'j':
        options.pipelines = argument;
        return {};
    case 's':
        return setNumber(options.sessionsAtOnce, "sessions-at-once", argument, std::size_t{1},
                         kMostSessionsAtOnce);
    case 'S':
        options.sessionDir = argument;
        return {};
    case 'P':
        options.progressDir = argument;
        return {};
    case 'B':
        options.bus = argument;
        return {};
    case 'X':
        options.bus = "";
        return {};
    case 'Q':
        options.notifications = false;
        return {};
    case 'L': {
        const auto level = parseLogLevel(argument);
        if (!level) {
            return wrong(
                fmt::format("--log-level must be error, warn, info, or debug, not {}", printable(argument)));
        }
        options.logLevel = *level;
        return {};
    }
    case 'h':
        options.help = true;
        return {};
    case 'V':
        options.version = true;
        return {};
    default:
        return wrong("the command line is wrong");
    }
}

} // namespace

Result<Options> parseOptions(std::span<char*> arguments) {
    std::array<option, kOptions.size() + 1> longOptions{};
    std::string shortOptions = ":"; // errors are reported here, not by getopt
    for (std::size_t i = 0; i < kOptions.size(); ++i) {
        const bool takesArgument = kOptions[i].argument != nullptr;
        longOptions[i] = {kOptions[i].name, takesArgument ? required_argument : no_argument, nullptr,
                          kOptions[i].letter};
        shortOptions += kOptions[i].letter;
        shortOptions += takesArgument ? ":" : "";
    }

    Options options;
    options.webRoot = kDefaultWebRoot;
    options.pipelines = kDefaultPipelines;
    optind = 0; // from the start, also when called again
    const auto count = static_cast<int>(arguments.size());
    for (;;) {
        // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread
        const int letter =
            getopt_long(count, arguments.data(), shortOptions.c_str(), longOptions.data(), nullptr);
        if (letter == -1) {
            break;
        }
        if (letter == ':' || letter == '?') {
            const char* given = arguments[static_cast<std::size_t>(optind) - 1];
            return wrong(letter == ':' ? fmt::format("{} needs an argument", given)
                                       : fmt::format("there is no option {}", printable(given)));
        }
        if (auto done = set(options, letter, optarg != nullptr ? optarg : ""); !done) {
            return std::unexpected(done.error());
        }
    }
    if (options.manifest && options.manifest->empty()) {
        return wrong("--manifest needs the name of a file");
    }
    if (optind < count) {
        return wrong(
            fmt::format("unexpected argument {}", printable(arguments[static_cast<std::size_t>(optind)])));
    }
    if (options.tls && (options.tls->certificate.empty() || options.tls->key.empty())) {
        return wrong("--tls-certificate and --tls-key belong together");
    }
    if (options.allowInput) {
        options.grants = options.grants | Grants{Grant::input};
    }
    return options;
}

std::string helpText() {
    std::string text = "Usage: compositord [OPTION]...\n"
                       "Mirror a Wayland compositor to web pages, live.\n\n";
    for (const OptionText& option : kOptions) {
        const std::string name =
            option.argument != nullptr ? fmt::format("{}={}", option.name, option.argument) : option.name;
        const std::string head = fmt::format("  -{}, --{}", option.letter, name);
        // What is too long has its text in the next line.
        text += head.size() < kHelpColumn ? fmt::format("{:<{}}", head, kHelpColumn)
                                          : fmt::format("{}\n{:{}}", head, "", kHelpColumn);
        for (const char c : std::string_view(option.help)) {
            text += c == '\n' ? fmt::format("\n{:{}}", "", kHelpColumn) : std::string(1, c);
        }
        text += '\n';
    }
    text +=
        "\nThe compositor is the one whose connection is inherited (WAYLAND_SOCKET), else the one that\n"
        "WAYLAND_DISPLAY names; compositord waits for it while it is absent. What it can do most with is\n"
        "a compositor that offers infinite_map_v1 to it, of which WAYLAND_DEBUG=1 shows what the two say to\n"
        "each other. Where that is not offered, it speaks to driftwm or sway, if the socket of one is there\n"
        "(DRIFTWM_SOCKET, SWAYSOCK).\n";
    return text;
}

} // namespace compositord
