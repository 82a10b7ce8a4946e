#include "codegen/diagnostics.hpp"

#include "base/json_reader.hpp"
#include "base/utf8.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <ranges>
#include <set>
#include <utility>

namespace compositord {

namespace {

constexpr std::size_t kLongestText = 4000;
constexpr std::size_t kMostEntries = 10000; // of one tool
constexpr std::int64_t kMostLine = std::numeric_limits<std::int32_t>::max();

std::string cut(std::string_view text) {
    return repairUtf8(text.substr(0, kLongestText));
}

std::string below(std::string_view path, std::string_view top) {
    if (!top.empty() && path.size() > top.size() && path.starts_with(top) && path[top.size()] == '/') {
        path.remove_prefix(top.size() + 1);
    }
    return cut(path);
}

auto lines(std::string_view text) {
    return std::views::split(text, '\n') |
           std::views::transform([](auto part) { return std::string_view(part.begin(), part.end()); });
}

std::size_t number(std::string_view text) {
    std::size_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return std::min(value, static_cast<std::size_t>(kMostLine));
}

std::size_t position(JsonObjectReader& reader, const char* name) {
    return static_cast<std::size_t>(reader.optionalInteger(name, 0, kMostLine).value_or(0));
}

std::string_view textOf(const json_t* value) {
    return json_is_string(value) ? std::string_view(json_string_value(value), json_string_length(value))
                                 : std::string_view();
}

/// {"reason":"compiler-message","message":{"level","message","code":{"code"},"rendered","spans":[…]}}
void readCargoLine(std::string_view line, std::string_view top, std::vector<Diagnostic>& result) {
    if (!line.starts_with('{')) {
        return;
    }
    const auto object = parseJsonObject(line);
    const json_t* message = object ? json_object_get(object->get(), "message") : nullptr;
    if (!json_is_object(message)) {
        return;
    }
    const std::string_view level = textOf(json_object_get(message, "level"));
    Diagnostic diagnostic;
    if (level.starts_with("error")) {
        diagnostic.severity = Diagnostic::Severity::error;
    } else if (level == "warning") {
        diagnostic.severity = Diagnostic::Severity::warning;
    } else {
        return;
    }
    diagnostic.message = cut(textOf(json_object_get(message, "message")));
    diagnostic.code = cut(textOf(json_object_get(json_object_get(message, "code"), "code")));
    diagnostic.text = cut(textOf(json_object_get(message, "rendered")));
    std::size_t index = 0;
    const json_t* span = nullptr;
    json_array_foreach(json_object_get(message, "spans"), index, span) {
        if (json_is_object(span) && json_is_true(json_object_get(span, "is_primary"))) {
            JsonObjectReader reader(span);
            diagnostic.path = below(textOf(json_object_get(span, "file_name")), top);
            diagnostic.line = position(reader, "line_start");
            diagnostic.column = position(reader, "column_start");
            break;
        }
    }
    // The count at the end of all ("aborting due to 2 previous errors") says nothing more.
    if (diagnostic.path.empty() &&
        (diagnostic.message.starts_with("aborting due to") ||
         diagnostic.message.contains("warning emitted") || diagnostic.message.contains("warnings emitted"))) {
        return;
    }
    result.push_back(std::move(diagnostic));
}

/// What cargo says itself on its standard error: "error: no matching package named …", with what follows.
void readCargoWords(std::string_view err, std::vector<Diagnostic>& result) {
    const std::size_t at = err.starts_with("error") ? 0 : err.find("\nerror");
    if (at == std::string_view::npos) {
        return;
    }
    const std::string_view text = err.substr(err[at] == '\n' ? at + 1 : at);
    const std::string_view first = text.substr(0, text.find('\n'));
    if (first.starts_with("error: could not compile") || first.starts_with("error: aborting")) {
        return; // its reasons are messages already
    }
    const std::size_t colon = first.find(": ");
    result.push_back({Diagnostic::Severity::error,
                      {},
                      0,
                      0,
                      {},
                      cut(colon == std::string_view::npos ? first : first.substr(colon + 2)),
                      cut(text)});
}

/// [{"filePath","messages":[{"ruleId","severity":2,"message","line","column"}]}]
void readEslint(std::string_view out, std::string_view top, std::vector<Diagnostic>& result) {
    const std::size_t begin = out.find('[');
    if (begin == std::string_view::npos) {
        return;
    }
    out.remove_prefix(begin);
    const JsonHandle files(json_loadb(out.data(), out.size(), JSON_DISABLE_EOF_CHECK, nullptr));
    std::size_t i = 0;
    const json_t* file = nullptr;
    json_array_foreach(files.get(), i, file) {
        const std::string path = below(textOf(json_object_get(file, "filePath")), top);
        std::size_t j = 0;
        const json_t* message = nullptr;
        json_array_foreach(json_object_get(file, "messages"), j, message) {
            if (!json_is_object(message) || result.size() >= kMostEntries) {
                continue;
            }
            JsonObjectReader reader(message);
            Diagnostic diagnostic;
            const bool warning = json_integer_value(json_object_get(message, "severity")) == 1;
            diagnostic.severity = warning ? Diagnostic::Severity::warning : Diagnostic::Severity::error;
            diagnostic.path = path;
            diagnostic.line = position(reader, "line");
            diagnostic.column = position(reader, "column");
            diagnostic.code = cut(textOf(json_object_get(message, "ruleId")));
            diagnostic.message = cut(textOf(json_object_get(message, "message")));
            result.push_back(std::move(diagnostic));
        }
    }
}

/// "src/a.ts(3,7): error TS2322: Type …"
void readTscLine(std::string_view line, std::string_view top, std::vector<Diagnostic>& result) {
    const std::size_t middle = line.find("): error TS");
    const std::size_t open = line.substr(0, middle).rfind('(');
    if (middle == std::string_view::npos || open == std::string_view::npos) {
        if (line.starts_with("error TS")) { // about no file: the settings
            const std::size_t colon = std::min(line.find(": "), line.size());
            result.push_back({Diagnostic::Severity::error,
                              {},
                              0,
                              0,
                              cut(line.substr(6, colon - 6)),
                              cut(line.substr(std::min(colon + 2, line.size()))),
                              {}});
        } else if (line.starts_with("  ") && !result.empty()) {
            result.back().text += cut(line) + '\n';
        }
        return;
    }
    const std::string_view place = line.substr(open + 1, middle - open - 1);
    const std::string_view rest = line.substr(middle + std::string_view("): error ").size());
    const std::size_t colon = std::min(rest.find(": "), rest.size());
    Diagnostic diagnostic;
    diagnostic.path = below(line.substr(0, open), top);
    diagnostic.line = number(place);
    const std::size_t comma = place.find(',');
    diagnostic.column = comma == std::string_view::npos ? 0 : number(place.substr(comma + 1));
    diagnostic.code = cut(rest.substr(0, colon));
    diagnostic.message = cut(rest.substr(std::min(colon + 2, rest.size())));
    result.push_back(std::move(diagnostic));
}

/// "/work/tree/a.js:3", the source with a caret, "SyntaxError: Unexpected token", a stack.
void readNode(std::string_view err, std::string_view top, std::vector<Diagnostic>& result) {
    Diagnostic diagnostic;
    std::size_t end = 0;
    std::size_t seen = 0;
    for (const std::string_view line : lines(err)) {
        end += line.size() + 1;
        const std::size_t colon = line.rfind(':');
        if (seen++ == 0 && colon != std::string_view::npos) {
            diagnostic.path = below(line.substr(0, colon), top);
            diagnostic.line = number(line.substr(colon + 1));
        } else if (const std::size_t caret = line.find('^');
                   caret != std::string_view::npos &&
                   line.find_first_not_of(" ^") == std::string_view::npos) {
            diagnostic.column = caret + 1;
        } else if (line.contains("Error: ")) {
            const std::size_t at = line.find("Error: ");
            diagnostic.code = cut(line.substr(0, at + 5));
            diagnostic.message = cut(line.substr(at + 7));
            diagnostic.text = cut(err.substr(0, end - 1));
            result.push_back(std::move(diagnostic));
            return;
        }
    }
}

/// "Diff in /work/tree/src/a.rs:3:" and the lines until the next.
void readRustfmt(std::string_view out, std::string_view top, std::vector<Diagnostic>& result) {
    constexpr std::string_view begin = "Diff in ";
    for (std::string_view line : lines(out)) {
        if (line.starts_with(begin)) {
            line.remove_prefix(begin.size());
            while (line.ends_with(':') || line.ends_with('\r')) {
                line.remove_suffix(1);
            }
            // Older ones write "at line 3" for ":3".
            constexpr std::string_view old = " at line ";
            const std::size_t word = line.rfind(old);
            const std::size_t colon = word == std::string_view::npos ? line.rfind(':') : word;
            Diagnostic diagnostic;
            diagnostic.message = "it is not formatted as rustfmt does it";
            diagnostic.path = below(line.substr(0, colon), top);
            if (colon != std::string_view::npos) {
                diagnostic.line = number(line.substr(colon + (colon == word ? old.size() : 1)));
            }
            result.push_back(std::move(diagnostic));
        } else if (!result.empty() && result.back().text.size() < kLongestText) {
            result.back().text += cut(line) + '\n';
        }
    }
}

/// "test name ... FAILED", then "---- name stdout ----" and what it printed.
void readTests(std::string_view out, std::vector<Diagnostic>& result) {
    std::optional<std::size_t> current;
    for (const std::string_view line : lines(out)) {
        if (line.starts_with("test ") && line.ends_with(" ... FAILED")) {
            Diagnostic diagnostic;
            diagnostic.code = cut(line.substr(5, line.size() - 5 - std::string_view(" ... FAILED").size()));
            diagnostic.message = "the test " + diagnostic.code + " fails";
            result.push_back(std::move(diagnostic));
        } else if (line.starts_with("---- ")) {
            const std::string_view name = line.substr(5, line.find(" stdout ----") - 5);
            const auto found = std::ranges::find(result, name, &Diagnostic::code);
            current = found == result.end() ? std::nullopt
                                            : std::optional(static_cast<std::size_t>(found - result.begin()));
        } else if (line.starts_with("failures:") || line.starts_with("test result:")) {
            current.reset();
        } else if (current && result[*current].text.size() < kLongestText) {
            result[*current].text += cut(line) + '\n';
        }
    }
}

} // namespace

std::vector<Diagnostic> parseDiagnostics(DiagnosticFormat format, std::string_view out, std::string_view err,
                                         std::string_view top) {
    std::vector<Diagnostic> result;
    switch (format) {
    case DiagnosticFormat::cargo:
    case DiagnosticFormat::test:
        for (const std::string_view line : lines(out)) {
            if (result.size() < kMostEntries) {
                readCargoLine(line, top, result);
            }
        }
        if (format == DiagnosticFormat::test) {
            readTests(out, result);
        }
        if (result.empty()) {
            readCargoWords(err, result);
        }
        break;
    case DiagnosticFormat::eslint:
        readEslint(out, top, result);
        break;
    case DiagnosticFormat::tsc:
        for (const std::string_view line : lines(out)) {
            if (result.size() < kMostEntries) {
                readTscLine(line, top, result);
            }
        }
        break;
    case DiagnosticFormat::node:
        readNode(err, top, result);
        break;
    case DiagnosticFormat::rustfmt:
        readRustfmt(out, top, result);
        break;
    case DiagnosticFormat::plain:
        break;
    }
    // The same is said for a library and for its tests.
    std::set<std::pair<std::string, std::string>> said;
    std::erase_if(result, [&](const Diagnostic& diagnostic) {
        const std::string place = diagnostic.path + ':' + std::to_string(diagnostic.line) + ':' +
                                  std::to_string(diagnostic.column) + ':' + diagnostic.code;
        return !said.emplace(place, diagnostic.message).second;
    });
    std::ranges::stable_sort(result, {}, &Diagnostic::severity);
    if (result.size() > kMostDiagnostics) {
        result.resize(kMostDiagnostics);
    }
    return result;
}

} // namespace compositord
