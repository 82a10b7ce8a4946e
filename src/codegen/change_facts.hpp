// What the documents of a change say about how to treat it: its priority and its labels.
#pragma once

#include "codegen/openspec.hpp"
#include "world/session.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace compositord {

struct ChangeFacts {
    SessionPriority priority = SessionPriority::normal;
    std::vector<std::string> labels;
    std::string problem; // with the metadata, for a person; empty: none

    bool operator==(const ChangeFacts&) const = default;
};

/// `metadata` is the text of .openspec.yaml ("priority: high", "labels: [rust, bridge]" or "tags:"), which
/// counts more than the line "**Priority**: HIGH" of the proposal. Either may be empty.
ChangeFacts parseChangeFacts(std::string_view metadata, std::string_view proposal);

/// Reads both. It blocks.
ChangeFacts readChangeFacts(const SpecChange& change);

} // namespace compositord
