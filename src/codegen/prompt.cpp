#include "codegen/prompt.hpp"

#include "base/files.hpp"
#include "base/utf8.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <ranges>

namespace compositord {

namespace {

constexpr std::string_view kOpen = "{{";
constexpr std::string_view kClose = "}}";

// Longer than the note of what is left out ever is.
constexpr std::size_t kNote = 64;

/// As many whole lines of the text as fit, and how many do not.
std::string shortened(std::string_view text, std::size_t room) {
    if (text.size() <= room) {
        return std::string(text);
    }
    std::string_view kept = room > kNote ? text.substr(0, room - kNote) : "";
    kept = kept.substr(0, kept.rfind('\n') == std::string_view::npos ? 0 : kept.rfind('\n') + 1);
    const auto left = std::ranges::count(text.substr(kept.size()), '\n') + (text.ends_with('\n') ? 0 : 1);
    return fmt::format("{}[{} more lines are left out]\n", kept, left);
}

} // namespace

Result<PromptTemplate> PromptTemplate::parse(std::string_view text, const std::vector<std::string>& names) {
    PromptTemplate result;
    if (text.size() > kLargest || !isUtf8(text)) {
        return failure(EINVAL, fmt::format("a prompt is UTF-8 of at most {} bytes", kLargest));
    }
    while (!text.empty()) {
        const std::size_t open = std::min(text.find(kOpen), text.size());
        if (open > 0) {
            result.parts_.push_back({false, std::string(text.substr(0, open))});
        }
        text.remove_prefix(open);
        if (text.empty()) {
            break;
        }
        const std::size_t close = text.find(kClose);
        if (close == std::string_view::npos) {
            return failure(EINVAL, "a place {{NAME}} has no end");
        }
        const std::string name(text.substr(kOpen.size(), close - kOpen.size()));
        if (std::ranges::find(names, name) == names.end()) {
            return failure(EINVAL, fmt::format("there is nothing to put in the place {{{{{}}}}}; there is {}",
                                               name, fmt::join(names, ", ")));
        }
        result.parts_.push_back({true, name});
        text.remove_prefix(close + kClose.size());
    }
    return result;
}

Result<PromptTemplate> PromptTemplate::load(const std::string& name,
                                            const std::vector<std::filesystem::path>& folders,
                                            const std::vector<std::string>& names) {
    for (const auto& folder : std::views::reverse(folders)) {
        const auto path = folder / (name + ".md");
        const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
        if (!fd && errno == ENOENT) {
            continue;
        }
        auto text = fd ? readAll(fd.get(), kLargest, 0, path)
                       : Result<std::string>(failure(errno, "cannot read a prompt", path));
        if (!text) {
            return std::unexpected(text.error());
        }
        auto parsed = parse(*text, names);
        if (!parsed) {
            parsed.error().where = path;
        }
        return parsed;
    }
    return failure(ENOENT, "there is no such prompt", name + ".md");
}

std::string PromptTemplate::fill(const std::map<std::string, std::string>& values) const {
    std::string text;
    for (const Part& part : parts_) {
        if (!part.place) {
            text += part.text;
        } else if (const auto value = values.find(part.text); value != values.end()) {
            text += value->second;
        }
    }
    return text;
}

bool PromptTemplate::hasPlace(std::string_view name) const {
    return std::ranges::any_of(parts_, [&](const Part& part) { return part.place && part.text == name; });
}

Result<std::string> buildPrompt(const PromptTemplate& prompt, const std::vector<PromptSection>& sections,
                                std::size_t budget) {
    std::map<std::string, std::string> values;
    for (const PromptSection& section : sections) {
        values[section.name] = section.text;
    }
    std::string text = prompt.fill(values);
    for (std::size_t i = sections.size(); text.size() > budget && i-- > 1;) {
        const PromptSection& section = sections[i];
        if (!prompt.hasPlace(section.name)) {
            continue;
        }
        const std::size_t over = text.size() - budget;
        std::string& value = values[section.name];
        value = shortened(section.text, section.text.size() - std::min(over, section.text.size()));
        text = prompt.fill(values);
        if (text.size() > budget) {
            value.clear(); // the note of what is left out, or a place that is there twice
            text = prompt.fill(values);
        }
    }
    if (text.size() > budget) {
        return failure(E2BIG,
                       fmt::format("the task alone takes {} bytes of a prompt, and the model's context has "
                                   "room for {}",
                                   text.size(), budget));
    }
    return text;
}

} // namespace compositord
