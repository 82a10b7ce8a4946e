// Settings from the command line.

#include "cli/http_client.hpp"
#include "cli/requests.hpp"
#include "cli/run_program.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

namespace compositord::cli {

namespace {

/// compositord as it is beside this program, else as it is found.
std::string daemonProgram() {
    std::error_code code;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", code);
    const auto beside = self.parent_path() / "compositord";
    return !code && std::filesystem::exists(beside, code) ? beside.string() : "compositord";
}

Outcome<Exit> check(const Call& call) {
    std::vector<std::string> words{daemonProgram(), "--check-config"};
    if (!call.arguments.empty()) {
        words.push_back("--config=" + call.arguments[0]);
    }
    const auto ran = runProgram(std::move(words));
    if (!ran) {
        return std::unexpected(ran.error());
    }
    if (!call.has("json")) {
        fmt::print("{}", ran->out);
        fmt::print(stderr, "{}", ran->err);
        return ran->well ? Exit::done : Exit::failed;
    }
    std::string text;
    JsonWriter out(text);
    out.beginObject().member("ok", ran->well).key("problems").beginArray();
    for (std::size_t from = 0; from < ran->err.size();) {
        const std::size_t end = std::min(ran->err.find('\n', from), ran->err.size());
        std::string_view line = std::string_view(ran->err).substr(from, end - from);
        constexpr std::string_view who = "compositord: ";
        line.remove_prefix(line.starts_with(who) ? who.size() : 0);
        out.value(line);
        from = end + 1;
    }
    out.endArray().endObject();
    fmt::print("{}\n", text);
    return ran->well ? Exit::done : Exit::failed;
}

Outcome<Exit> show(const Call& call) {
    const auto json = ask(call, "/api/v1/config");
    if (!json) {
        return std::unexpected(json.error());
    }
    const auto settings = listIn(json->get(), "settings");
    for (const json_t* setting : settings) {
        if (call.has("json")) {
            fmt::print("{}\n", dump(setting));
            continue;
        }
        const std::string where = textIn(setting, "where");
        fmt::print("{}: {}  {}\n", textIn(setting, "name"),
                   plain(fmt::format("{}", fmt::join(textsIn(setting, "values"), ", "))),
                   in(Colour::dim, "# " + (where.empty() ? "the command line" : plain(where))));
    }
    if (settings.empty() && !call.has("json")) {
        fmt::print("# everything is as it is by default\n");
    }
    return Exit::done;
}

Outcome<Exit> reload(const Call& call) {
    auto transport = Transport::find(call);
    const auto text =
        transport ? post(*transport, "/api/v1/reload", "{}") : std::unexpected(transport.error());
    const auto json = text ? parse(*text) : std::unexpected(text.error());
    if (!json) {
        return std::unexpected(json.error());
    }
    const auto problems = textsIn(json->get(), "problems");
    if (call.has("json")) {
        fmt::print("{}\n", *text);
    } else {
        for (const std::string& each : textsIn(json->get(), "needRestart")) {
            fmt::print("{} has changed, which needs a restart\n", plain(each));
        }
        for (const std::string& each : problems) {
            fmt::print(stderr, "{}\n", plain(each));
        }
    }
    return problems.empty() ? Exit::done : Exit::failed;
}

} // namespace

std::span<const Command> configCommands() {
    static const std::array commands{
        Command{"config check",
                "[FILE]",
                "what is wrong with the settings, as they are in files now",
                0,
                1,
                {},
                check},
        Command{"config show", "", "what is set in compositord as it runs, and where", 0, 0, {}, show},
        Command{"reload", "", "have compositord read its settings and tokens again", 0, 0, {}, reload},
    };
    return commands;
}

} // namespace compositord::cli
