#include "session/pipeline.hpp"

#include "base/files.hpp"
#include "base/json_reader.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <initializer_list>
#include <set>
#include <utility>

namespace compositord {

namespace {

constexpr std::size_t kMostSteps = 64;
constexpr std::size_t kMostWords = 256;
constexpr std::size_t kLongestText = 4096;
constexpr std::size_t kLongestName = 64;
constexpr std::size_t kLargestFile = 262144;
constexpr double kLongestTimeout = 7 * 24 * 3600;
constexpr double kHeaviest = 1e6;

bool isName(std::string_view name) {
    return !name.empty() && name.size() <= kLongestName &&
           name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") ==
               std::string_view::npos;
}

/// Reads one object of the file; problems name their place.
class Section {
public:
    Section(json_t* object, std::initializer_list<std::string_view> known) : object_(object), reader(object) {
        const char* name = nullptr;
        json_t* member = nullptr;
        json_object_foreach(object_, name, member) {
            if (std::ranges::find(known, name) == known.end()) {
                reader.reject(name, fmt::format("{} is not known here", name));
            }
        }
    }

    std::map<std::string, std::string> strings(const char* name) {
        std::map<std::string, std::string> result;
        json_t* const object = json_object_get(object_, name);
        if (object != nullptr && !json_is_object(object)) {
            reader.reject(name, fmt::format("{} must be an object", name));
            return result;
        }
        JsonObjectReader inner(object);
        const char* key = nullptr;
        json_t* member = nullptr;
        json_object_foreach(object, key, member) {
            result.emplace(key, inner.string(key, 0, kLongestText));
        }
        if (object != nullptr) {
            reader.adopt(inner, name);
        }
        return result;
    }

    std::chrono::milliseconds timeout(std::chrono::milliseconds usual) {
        const auto seconds = reader.optionalNumber("timeout", 0.001, kLongestTimeout);
        return seconds ? std::chrono::ceil<std::chrono::milliseconds>(std::chrono::duration<double>(*seconds))
                       : usual;
    }

private:
    json_t* object_;

public:
    JsonObjectReader reader;
};

void readStepWork(Section& section, Step& step) {
    JsonObjectReader& reader = section.reader;
    if (const auto words = reader.optionalStrings("command", kMostWords, kLongestText)) {
        step.command = *words;
        if (step.command.empty() || step.command[0].empty() || step.command[0].contains('{')) {
            reader.reject("command", "command must begin with the name of a program");
        }
    }
    step.builtin = reader.optionalString("builtin", 1, kLongestName).value_or("");
    if (step.command.empty() == step.builtin.empty()) {
        reader.reject("command", "a step needs either a command or a builtin");
    }
    if (const auto output = reader.optionalString("output", 1, kLongestName)) {
        step.output = *output == "events" ? Step::Output::events : Step::Output::text;
        if (*output != "events" && *output != "text") {
            reader.reject("output", "output must be text or events");
        }
    }
    step.settings = section.strings("settings");
    step.environment = section.strings("environment");
    step.folder = reader.optionalString("folder", 1, kLongestText).value_or("");
    step.input = reader.optionalString("input", 0, kLongestText).value_or("");
    step.stays = reader.has("stays") && reader.boolean("stays");
    if (step.stays && (step.output != Step::Output::text || step.command.empty())) {
        reader.reject("stays", "only a command with the output text stays");
    }
    step.asks = reader.has("asks") && reader.boolean("asks");
    if (step.asks && (step.output != Step::Output::events || step.command.empty() || !step.input.empty())) {
        reader.reject("asks", "only a command with the output events, and without an input, asks");
    }
}

Step readStep(Section& section) {
    Step step;
    step.name = section.reader.string("name", 1, kLongestName);
    if (!isName(step.name)) {
        section.reader.reject("name", "name must be of letters, digits, _ and -");
    }
    step.weight = section.reader.optionalNumber("weight", 0, kHeaviest).value_or(1);
    step.timeout = section.timeout({});
    readStepWork(section, step);
    return step;
}

void readSteps(json_t* root, Section& section, Pipeline& pipeline) {
    section.reader.objects("steps", kMostSteps);
    json_t* const steps = json_object_get(root, "steps");
    std::set<std::string> names;
    std::size_t index = 0;
    json_t* object = nullptr;
    json_array_foreach(steps, index, object) {
        Section inner(object, {"name", "weight", "timeout", "command", "builtin", "settings", "environment",
                               "folder", "input", "output", "asks", "stays"});
        pipeline.steps.push_back(readStep(inner));
        section.reader.adopt(inner.reader, fmt::format("steps[{}]", index));
        if (!names.insert(pipeline.steps.back().name).second) {
            section.reader.reject("steps", fmt::format("there are two steps {}", pipeline.steps.back().name));
        }
    }
    const bool allWeightless =
        std::ranges::all_of(pipeline.steps, [](const Step& step) { return step.weight <= 0; });
    if (allWeightless) {
        section.reader.reject("steps", "at least one step with a weight is needed");
    }
}

void readParameters(json_t* root, Section& section, Pipeline& pipeline) {
    json_t* const parameters = json_object_get(root, "parameters");
    if (parameters != nullptr && !json_is_object(parameters)) {
        section.reader.reject("parameters", "parameters must be an object");
        return;
    }
    const char* name = nullptr;
    json_t* object = nullptr;
    json_object_foreach(parameters, name, object) {
        const auto place = fmt::format("parameters.{}", name);
        if (!isName(name) || !json_is_object(object)) {
            section.reader.reject(place,
                                  place + " must be an object with a name of letters, digits, _ and -");
            return;
        }
        Section inner(object, {"description", "default"});
        pipeline.parameters.push_back(
            {.name = name,
             .description = inner.reader.optionalString("description", 0, kLongestText).value_or(""),
             .fallback = inner.reader.optionalString("default", 0, kLongestText)});
        section.reader.adopt(inner.reader, place);
    }
}

/// The text of a file that nobody else could have written.
Result<std::string> readOwnFile(const std::filesystem::path& path) {
    const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status{};
    if (!fd || fstat(fd.get(), &status) < 0) {
        return failure(errno, "cannot read", path.string());
    }
    if (!S_ISREG(status.st_mode)) {
        return failure(0, "it is not a file", path.string());
    }
    if ((status.st_uid != geteuid() && status.st_uid != 0) || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        return failure(0, "others may write it: it must be yours, with mode 644 or less", path.string());
    }
    return readAll(fd.get(), kLargestFile, 0, path);
}

} // namespace

Result<Pipeline> parsePipeline(std::string name, std::string_view text) {
    Pipeline pipeline{.name = std::move(name)};
    if (!isName(pipeline.name)) {
        return failure(0, "the name of a pipeline must be of letters, digits, _ and -", pipeline.name);
    }
    const auto json = parseJsonObject(text);
    if (!json) {
        return failure(0, json.error().message, pipeline.name);
    }
    Section section(json->get(), {"description", "parameters", "timeout", "steps"});
    pipeline.description = section.reader.optionalString("description", 0, kLongestText).value_or("");
    pipeline.timeout = section.timeout(pipeline.timeout);
    readParameters(json->get(), section, pipeline);
    readSteps(json->get(), section, pipeline);
    if (const auto& problem = section.reader.problem()) {
        return failure(0, problem->message, pipeline.name);
    }
    return pipeline;
}

std::map<std::string, Pipeline> loadPipelines(const std::vector<std::filesystem::path>& folders,
                                              const Log& log) {
    std::map<std::string, Pipeline> result;
    for (const std::filesystem::path& folder : folders) {
        std::error_code code;
        for (const auto& entry : std::filesystem::directory_iterator(folder, code)) {
            if (entry.path().extension() != ".json") {
                continue;
            }
            const auto text = readOwnFile(entry.path());
            auto pipeline = text ? parsePipeline(entry.path().stem(), *text)
                                 : Result<Pipeline>(std::unexpected(text.error()));
            if (pipeline) {
                result.insert_or_assign(pipeline->name, *pipeline);
            } else {
                log.error("the pipeline {} is left out: {}", printable(entry.path().string()),
                          pipeline.error().message());
            }
        }
        if (code && code != std::errc::no_such_file_or_directory) {
            log.warn("cannot read the pipelines in {}: {}", printable(folder.string()), code.message());
        }
    }
    return result;
}

std::string fill(std::string_view text, const PlaceholderValues& values) {
    std::string result;
    while (!text.empty()) {
        const std::size_t open = text.find('{');
        const std::size_t close = open == std::string_view::npos ? open : text.find('}', open);
        if (close == std::string_view::npos) {
            break;
        }
        const auto value = values.find(std::string(text.substr(open + 1, close - open - 1)));
        result += text.substr(0, open);
        if (value != values.end()) {
            result += value->second; // is not looked at again: a value has no places
            text.remove_prefix(close + 1);
        } else {
            result += '{';
            text.remove_prefix(open + 1);
        }
    }
    result += text;
    return result;
}

Result<std::vector<std::string>> fillCommand(const std::vector<std::string>& command,
                                             const PlaceholderValues& values) {
    std::vector<std::string> result;
    bool optionsEnded = false;
    for (const std::string& word : command) {
        std::string filled = fill(word, values);
        if (!optionsEnded && filled.starts_with('-') && !word.starts_with('-')) {
            return failure(0, fmt::format("{} would be an option of {}", printable(filled), command[0]));
        }
        optionsEnded = optionsEnded || word == "--";
        result.push_back(std::move(filled));
    }
    return result;
}

} // namespace compositord
