#include "options.hpp"

#include "config.hpp"

#include <fmt/format.h>

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

// One table for parsing and for --help.
constexpr std::array kOptions{
    OptionText{'l', "listen", "ADDRESS", "address to listen on, numeric, on loopback (default 127.0.0.1)"},
    OptionText{'p', "port", "PORT", "TCP port; 0 lets the system choose (default 8765)"},
    OptionText{'w', "web-root", "FOLDER", "folder of the page that is served"},
    OptionText{'o', "allow-origin", "ORIGIN",
               "let pages of this origin connect, such as http://localhost:3000; may be repeated"},
    OptionText{'i', "allow-input", nullptr,
               "let clients type and use the pointer in the compositor's windows"},
    OptionText{'t', "allow-inspect", nullptr,
               "let clients look at the traffic of all clients (the page /inspector.html)"},
    OptionText{'m', "manifest", "FILE",
               "file of the map's tiles (default compositord/manifest.json in $XDG_STATE_HOME)"},
    OptionText{'b', "bricks", "FOLDER",
               "folder with queue/ and processed/, the pictures of tiles (default the manifest's)"},
    OptionText{'d', "manifest-delay", "SECONDS",
               "how long the file may lack a change, which is safe in its journal (default 1)"},
    OptionText{'L', "log-level", "LEVEL", "error, warn, info, or debug (default info)"},
    OptionText{'h', "help", nullptr, "print this help"},
    OptionText{'V', "version", nullptr, "print the version"},
};

std::unexpected<Error> wrong(std::string what) {
    return failure(0, std::move(what) + "; see compositord --help");
}

Result<std::uint16_t> parsePort(std::string_view text) {
    unsigned port = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), port);
    if (result.ec != std::errc() || result.ptr != text.data() + text.size() || port > UINT16_MAX) {
        return wrong(fmt::format("--port must be a number from 0 to 65535, not {}", printable(text)));
    }
    return static_cast<std::uint16_t>(port);
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
    case 'l':
        options.listen = argument;
        return {};
    case 'p': {
        const auto port = parsePort(argument);
        if (!port) {
            return std::unexpected(port.error());
        }
        options.port = *port;
        return {};
    }
    case 'w':
        options.webRoot = argument;
        return {};
    case 'o':
        options.allowedOrigins.push_back(argument);
        return {};
    case 'i':
        options.allowInput = true;
        return {};
    case 't':
        options.allowInspect = true;
        return {};
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
    return options;
}

std::string helpText() {
    std::string text = "Usage: compositord [OPTION]...\n"
                       "Mirror an infinite-map Wayland compositor to web pages, live.\n\n";
    for (const OptionText& option : kOptions) {
        const std::string name =
            option.argument != nullptr ? fmt::format("{}={}", option.name, option.argument) : option.name;
        text += fmt::format("  -{}, --{:<22} {}\n", option.letter, name, option.help);
    }
    text += "\nThe compositor is the one whose connection is inherited (WAYLAND_SOCKET), else the one that\n"
            "WAYLAND_DISPLAY names; compositord waits for it while it is absent. It needs a compositor that\n"
            "offers infinite_map_v1 to it. WAYLAND_DEBUG=1 shows what the two say to each other.\n";
    return text;
}

} // namespace compositord
