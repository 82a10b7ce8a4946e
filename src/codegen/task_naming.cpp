#include "codegen/task_naming.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <functional>
#include <map>
#include <string_view>

namespace compositord {

namespace {

constexpr std::size_t kLongestName = 48;
constexpr std::size_t kLongestLabel = 32;
constexpr std::size_t kMostLabels = 16;
constexpr std::size_t kLongestPath = 256;
constexpr std::size_t kMostPaths = 32;
constexpr std::size_t kLongestEnding = 8;

bool isAlnum(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

char lowered(char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

/// FNV-1a: the same on every machine and in every version, since people write these names into scripts.
std::uint32_t hashOf(std::string_view text) {
    std::uint32_t hash = 2166136261U; // NOLINT(readability-magic-numbers)
    for (const char c : text) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U; // NOLINT(readability-magic-numbers)
    }
    return hash;
}

std::string slugOf(std::string_view title) {
    std::string slug;
    for (const char c : title) {
        if (slug.size() >= kLongestName) {
            break;
        }
        if (isAlnum(c)) {
            slug += lowered(c);
        } else if (!slug.empty() && slug.back() != '-') {
            slug += '-';
        }
    }
    while (slug.ends_with('-')) {
        slug.pop_back();
    }
    return slug.empty() ? fmt::format("task-{:08x}", hashOf(title)) : slug;
}

void forEachText(const Task& task, const std::function<void(std::string_view)>& call) {
    call(task.title);
    for (const std::string& detail : task.details) {
        call(detail);
    }
}

/// Words as people part them: by blanks, quotes, brackets and commas.
std::vector<std::string_view> words(std::string_view text) {
    constexpr std::string_view apart = " \t`'\"()[]{}<>,;|*";
    std::vector<std::string_view> result;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find_first_of(apart), text.size());
        if (end > 0) {
            result.push_back(text.substr(0, end));
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return result;
}

/// "src/lib.rs:12." → "src/lib.rs"; empty if it is no name of a file.
std::string pathOf(std::string_view word) {
    while (!word.empty() && std::string_view(".:!?").contains(word.back())) {
        word.remove_suffix(1);
    }
    while (word.starts_with("./")) {
        word.remove_prefix(2);
    }
    if (const std::size_t colon = word.find(':'); colon != std::string_view::npos) {
        word = word.substr(0, colon); // "FILE:LINE"; what is left of a URL is no path
    }
    const std::string_view name = word.substr(word.rfind('/') + 1);
    const std::size_t dot = name.rfind('.');
    if (word.size() > kLongestPath || word.starts_with('/') || dot == std::string_view::npos || dot == 0 ||
        name.size() - dot - 1 > kLongestEnding || dot + 1 == name.size()) {
        return {};
    }
    const std::string_view ending = name.substr(dot + 1);
    const bool letters = std::ranges::all_of(ending, isAlnum) &&
                         std::isalpha(static_cast<unsigned char>(ending.front())) != 0; // not "2.3"
    const bool plain = std::ranges::all_of(
        word, [](char c) { return isAlnum(c) || std::string_view("/._-+@").contains(c); });
    for (std::string_view rest = word; !rest.empty();) {
        const std::size_t slash = std::min(rest.find('/'), rest.size());
        if (rest.substr(0, slash) == ".." || slash == 0) {
            return {};
        }
        rest.remove_prefix(std::min(slash + 1, rest.size()));
    }
    // Words for people: "e.g.", "Node.js".
    const bool bare = name.size() == word.size();
    const bool isWord = bare && ((dot == 1 && ending.size() == 1) ||
                                 (ending == "js" && std::isupper(static_cast<unsigned char>(word[0])) != 0));
    return letters && plain && !isWord ? std::string(word) : std::string();
}

} // namespace

std::vector<std::string> taskNames(const TaskList& list) {
    std::vector<std::string> names;
    std::map<std::string, int> seen;
    for (const Task& task : list.tasks) {
        std::string name = task.number.empty() ? slugOf(task.title) : task.number;
        if (const int count = ++seen[name]; count > 1) {
            name += fmt::format("~{}", count);
        }
        names.push_back(std::move(name));
    }
    return names;
}

std::vector<std::string> labelsIn(const Task& task) {
    std::vector<std::string> labels;
    forEachText(task, [&](std::string_view text) {
        for (std::string_view word : words(text)) {
            while (!word.empty() && std::string_view(".:!?").contains(word.back())) {
                word.remove_suffix(1);
            }
            if (word.size() < 2 || word.size() > kLongestLabel || word.front() != '#' ||
                std::isalpha(static_cast<unsigned char>(word[1])) == 0) {
                continue;
            }
            std::string label(word.substr(1));
            if (labels.size() < kMostLabels && std::ranges::find(labels, label) == labels.end()) {
                labels.push_back(std::move(label));
            }
        }
    });
    return labels;
}

std::vector<std::string> pathsIn(const Task& task) {
    std::vector<std::string> paths;
    forEachText(task, [&](std::string_view text) {
        for (const std::string_view word : words(text)) {
            std::string path = pathOf(word);
            if (!path.empty() && paths.size() < kMostPaths && std::ranges::find(paths, path) == paths.end()) {
                paths.push_back(std::move(path));
            }
        }
    });
    return paths;
}

bool wantsTests(const Task& task) {
    bool wants = false;
    forEachText(task, [&](std::string_view text) {
        for (const std::string_view word : words(text)) {
            std::string plain;
            std::ranges::transform(word.substr(0, word.find_last_not_of(".:!?") + 1),
                                   std::back_inserter(plain), lowered);
            wants = wants || plain == "test" || plain == "tests" || plain == "tested" ||
                    plain == "unit-test" || plain == "unit-tests";
        }
    });
    return wants;
}

} // namespace compositord
