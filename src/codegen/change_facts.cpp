#include "codegen/change_facts.hpp"

#include "base/files.hpp"
#include "base/handle.hpp"

#include <fcntl.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

namespace compositord {

namespace {

constexpr std::size_t kLargestMetadata = 65536;
constexpr std::size_t kLargestProposal = 1UL << 20U;
constexpr std::size_t kMostLines = 60; // of a proposal, in which its priority is looked for
constexpr std::size_t kMostLabels = 32;
constexpr std::size_t kLongestLabel = 64;
constexpr std::size_t kDeepest = 32; // yaml-cpp recurses

std::string lowered(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return result;
}

std::optional<SessionPriority> priorityOf(std::string_view word) {
    const std::string plain = lowered(word);
    return plain == "medium"   ? SessionPriority::normal
           : plain == "urgent" ? SessionPriority::critical
                               : parseSessionPriority(plain);
}

/// "- **Priority**: HIGH" → HIGH
std::optional<SessionPriority> priorityIn(std::string_view proposal) {
    for (std::size_t line = 0; line < kMostLines && !proposal.empty(); ++line) {
        const std::size_t end = std::min(proposal.find('\n'), proposal.size());
        std::string plain;
        for (const char c : proposal.substr(0, end)) {
            if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == ':') {
                plain += c;
            }
        }
        proposal.remove_prefix(std::min(end + 1, proposal.size()));
        constexpr std::string_view name = "priority:";
        if (lowered(plain).starts_with(name)) {
            return priorityOf(std::string_view(plain).substr(name.size()));
        }
    }
    return std::nullopt;
}

bool isDeep(std::string_view text) {
    // Flow collections nest by brackets, block ones by indentation: neither can be deeper than this.
    const auto opened = std::ranges::count_if(text, [](char c) { return c == '[' || c == '{'; });
    std::size_t widest = 0;
    std::size_t indent = 0;
    for (const char c : text) {
        indent = c == '\n' ? 0 : c == ' ' || c == '-' || c == '?' || c == ':' ? indent + 1 : indent;
        widest = std::max(widest, indent);
    }
    return std::cmp_greater(opened, kDeepest) || widest > kDeepest * 4;
}

void readMetadata(std::string_view text, ChangeFacts& facts, bool& known) {
    if (isDeep(text)) {
        facts.problem = ".openspec.yaml is nested too deep";
        return;
    }
    try {
        const YAML::Node root = YAML::Load(std::string(text));
        if (!root.IsMap()) {
            return;
        }
        if (const YAML::Node priority = root["priority"]; priority && priority.IsScalar()) {
            const auto parsed = priorityOf(priority.Scalar());
            known = parsed.has_value();
            facts.priority = parsed.value_or(facts.priority);
            if (!known) {
                facts.problem = "the priority in .openspec.yaml must be low, normal, high or critical";
            }
        }
        for (const char* name : {"labels", "tags"}) {
            for (const auto& label : root[name]) {
                if (label.IsScalar() && label.Scalar().size() <= kLongestLabel &&
                    facts.labels.size() < kMostLabels) {
                    facts.labels.push_back(label.Scalar());
                }
            }
        }
    } catch (const YAML::Exception& problem) {
        facts.problem = ".openspec.yaml cannot be read: " + problem.msg;
    }
}

std::string readText(const std::filesystem::path& path, std::size_t limit) {
    const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    auto text = fd ? readAll(fd.get(), limit, 0, path) : Result<std::string>();
    return text ? *std::move(text) : std::string();
}

} // namespace

ChangeFacts parseChangeFacts(std::string_view metadata, std::string_view proposal) {
    ChangeFacts facts;
    bool known = false;
    readMetadata(metadata, facts, known);
    if (!known) {
        facts.priority = priorityIn(proposal).value_or(SessionPriority::normal);
    }
    return facts;
}

ChangeFacts readChangeFacts(const SpecChange& change) {
    const auto proposal = std::ranges::find_if(
        change.documents, [](const std::filesystem::path& path) { return path.filename() == "proposal.md"; });
    return parseChangeFacts(change.metadata.empty() ? "" : readText(change.metadata, kLargestMetadata),
                            proposal == change.documents.end() ? "" : readText(*proposal, kLargestProposal));
}

} // namespace compositord
