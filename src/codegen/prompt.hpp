// What a model is told about a task: a template with places, filled with texts of which the less important
// are shortened until all of it fits the model's context.
#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace compositord {

/// A text with places `{{name}}`. People may change it: it is a file.
class PromptTemplate {
public:
    static constexpr std::size_t kLargest = 262144;

    /// Refuses a place that is not one of `names`, and one that does not end.
    static Result<PromptTemplate> parse(std::string_view text, const std::vector<std::string>& names);

    /// NAME.md of the last one of these folders that has it.
    static Result<PromptTemplate> load(const std::string& name,
                                       const std::vector<std::filesystem::path>& folders,
                                       const std::vector<std::string>& names);

    /// Places without a value become nothing. What a value has in it is not looked at for places.
    std::string fill(const std::map<std::string, std::string>& values) const;

    bool hasPlace(std::string_view name) const;

private:
    struct Part {
        bool place = false;
        std::string text; // or the place's name
    };

    std::vector<Part> parts_;
};

struct PromptSection {
    std::string name; // of its place
    std::string text;
};

/// Fills the template with these sections. If that is more than `budget` bytes, sections are cut at the end
/// of a line, with a note of how many are left out: the last one of the list first, down to nothing, then the
/// one before it, and so on. An error if the first one, which is the task itself, does not fit whole.
Result<std::string> buildPrompt(const PromptTemplate& prompt, const std::vector<PromptSection>& sections,
                                std::size_t budget);

/// How many bytes surely fit into that many tokens of a model. Code is about three to four bytes a token.
constexpr std::size_t bytesOfTokens(std::size_t tokens) {
    return 3 * tokens;
}

} // namespace compositord
