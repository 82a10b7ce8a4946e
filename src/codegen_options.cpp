#include "codegen_options.hpp"

#include "chat_step.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>
#include <vector>

namespace compositord {

namespace {

using Kind = OptionRow::Kind;
using Taken = std::expected<void, std::string>;

constexpr unsigned kMostPerHour = 1000;
constexpr unsigned kMostFailures = 1000;
constexpr unsigned kLongestCoolDown = 7 * 86400;
constexpr unsigned kLongestTimeout = 86400;

std::expected<unsigned, std::string> number(const std::string& text, unsigned least, unsigned most) {
    unsigned parsed = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), parsed);
    if (result.ec != std::errc() || result.ptr != text.data() + text.size() || parsed < least ||
        parsed > most) {
        return std::unexpected(
            fmt::format("must be a number from {} to {}, not {}", least, most, printable(text)));
    }
    return parsed;
}

std::vector<std::string> words(std::string_view text) {
    std::vector<std::string> result;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        if (end > 0) {
            result.emplace_back(text.substr(0, end));
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return result;
}

Taken repository(Options& o, const std::string& v) {
    if (v.empty()) {
        return std::unexpected("needs the folder of a git repository");
    }
    o.codegen.repositories.emplace_back(v);
    return {};
}

Taken policy(Options& o, const std::string& v) {
    const auto parsed = parseCodegenPolicy(v);
    if (!parsed) {
        return std::unexpected(fmt::format("must be manual, review or auto, not {}", printable(v)));
    }
    o.codegen.policy = *parsed;
    return {};
}

Taken place(Options& o, const std::string& v) {
    if (v != "branch" && v != "tree") {
        return std::unexpected(fmt::format("must be branch or tree, not {}", printable(v)));
    }
    o.codegen.apply.onBranch = v == "branch";
    return {};
}

Taken folderInside(Options& o, const std::string& v) {
    const std::filesystem::path path(v);
    if (v.empty() || path.is_absolute() || std::ranges::find(path, "..") != path.end()) {
        return std::unexpected(fmt::format("must be a folder in the repository, not {}", printable(v)));
    }
    o.codegen.roots.push_back(v);
    return {};
}

/// "*.py: python3 -m py_compile tool.py"
Taken check(Options& o, const std::string& v) {
    const std::size_t colon = std::min(v.find(": "), v.size());
    CustomCheck check{.paths = words(v.substr(0, colon))};
    check.check.command = colon < v.size() ? words(v.substr(colon + 1)) : std::vector<std::string>();
    if (check.paths.empty() || check.check.command.empty()) {
        return std::unexpected(
            fmt::format("must be GLOB: COMMAND, such as \"*.py: ruff check\", not {}", printable(v)));
    }
    check.check.name = check.check.command.front();
    o.codegen.checks.push_back(std::move(check));
    return {};
}

template <class Set> Taken with(const std::string& v, unsigned least, unsigned most, Set set) {
    const auto parsed = number(v, least, most);
    if (!parsed) {
        return std::unexpected(parsed.error());
    }
    set(*parsed);
    return {};
}

Taken add(std::vector<std::string>& list, const std::string& v) {
    if (v.empty()) {
        return std::unexpected("must not be empty");
    }
    list.push_back(v);
    return {};
}

Taken modelServer(Options& o, const std::string& v) {
    if (const auto parsed = v.empty() ? Result<ModelSettings>() : parseModelServers({v}, std::nullopt);
        !parsed) {
        return std::unexpected(parsed.error().message());
    }
    return add(o.codegen.modelServers, v);
}

} // namespace

const std::array<OptionRow, kCodegenOptions> kCodegenRows{
    OptionRow{'\x01', "codegen", "FOLDER",
              "a git repository, whose OpenSpec tasks a model may do; may be repeated (default none)",
              Kind::paths, false, repository},
    OptionRow{'\x02', "codegen-policy", "WHO",
              "who says what becomes of tasks: manual (you begin and apply them), review (they begin\n"
              "by themselves, you apply them) or auto (default manual)",
              Kind::word, false, policy},
    OptionRow{'\x03', "codegen-change", "GLOB", "only tasks of changes of such names; may be repeated",
              Kind::list, false,
              [](Options& o, const std::string& v) -> Taken { return add(o.codegen.filter.changes, v); }},
    OptionRow{'\x04', "codegen-label", "NAME",
              "only tasks with this label, #NAME in the task or labels: in .openspec.yaml; may be\n"
              "repeated",
              Kind::list, false,
              [](Options& o, const std::string& v) -> Taken { return add(o.codegen.filter.labels, v); }},
    OptionRow{'\x05', "codegen-path", "GLOB", "only tasks that name such a file; may be repeated", Kind::list,
              false,
              [](Options& o, const std::string& v) -> Taken { return add(o.codegen.filter.paths, v); }},
    OptionRow{'\x06', "codegen-root", "FOLDER",
              "a folder in the repositories in which files may be changed; may be repeated (default\n"
              "all of them)",
              Kind::list, false, folderInside},
    OptionRow{'\x07', "codegen-place", "WHERE",
              "where changes are applied: branch (a commit on one of the change's own) or tree (the\n"
              "files as you have them) (default branch)",
              Kind::word, false, place},
    OptionRow{'\x08', "codegen-branch-prefix", "PREFIX",
              "what names of such branches begin with (default compositord/)", Kind::word, false,
              [](Options& o, const std::string& v) -> Taken {
                  o.codegen.apply.branchPrefix = v;
                  return {};
              }},
    OptionRow{'\x09', "codegen-protect", "GLOB",
              "branches on which nothing is applied; may be repeated (default main, master, release*)",
              Kind::list, false,
              [](Options& o, const std::string& v) -> Taken { return add(o.codegen.protectedBranches, v); }},
    OptionRow{'\x0a', "codegen-per-hour", "COUNT",
              "tasks that may begin by themselves in an hour (default 6)", Kind::word, false,
              [](Options& o, const std::string& v) -> Taken {
                  return with(v, 0, kMostPerHour, [&](unsigned n) { o.codegen.pace.mostPerHour = n; });
              }},
    OptionRow{'\x0b', "codegen-failures", "COUNT",
              "after so many failures in a row none begins by itself for a while (default 3)", Kind::word,
              false,
              [](Options& o, const std::string& v) -> Taken {
                  return with(v, 1, kMostFailures, [&](unsigned n) { o.codegen.pace.mostFailures = n; });
              }},
    OptionRow{'\x0c', "codegen-cool-down", "SECONDS", "how long that is (default 1800)", Kind::word, false,
              [](Options& o, const std::string& v) -> Taken {
                  return with(v, 0, kLongestCoolDown,
                              [&](unsigned n) { o.codegen.pace.coolDown = std::chrono::seconds(n); });
              }},
    OptionRow{'\x0e', "codegen-check", "GLOB: COMMAND",
              "what proves changes of such files beside the usual checks; may be repeated", Kind::list, false,
              check},
    OptionRow{'\x0f', "codegen-reload", "COMMAND",
              "what is run in the repository when Rust was applied; COMPOSITORD_TASK, _BRANCH and\n"
              "_COMMIT tell it more",
              Kind::word, false,
              [](Options& o, const std::string& v) -> Taken {
                  o.codegen.reload = words(v);
                  return {};
              }},
    OptionRow{'\x10', "codegen-unconfined", nullptr,
              "run checks, which run generated code, without a sandbox where there can be none", Kind::flag,
              false,
              [](Options& o, const std::string& v) -> Taken {
                  o.codegen.unconfined = v == kTrue;
                  return {};
              }},
    OptionRow{
        '\x11', "model-server", "URL",
        "whom tasks ask, with \" model=NAME\" and \" key-file=FILE\" or \" keyring=NAME\" after the URL\n"
        "where they are needed; further ones are asked when it cannot answer (default\n"
        "$LM_STUDIO_URL)",
        Kind::list, false, modelServer},
    OptionRow{'\x12', "model-timeout", "SECONDS",
              "how long a model may say nothing (default $LM_STUDIO_TIMEOUT, else 600 for its first\n"
              "word and 120 for each other)",
              Kind::word, false,
              [](Options& o, const std::string& v) -> Taken {
                  return with(v, 1, kLongestTimeout,
                              [&](unsigned n) { o.codegen.modelTimeout = std::chrono::seconds(n); });
              }},
};

} // namespace compositord
