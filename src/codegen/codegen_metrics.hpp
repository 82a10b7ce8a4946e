// How well each model did, kept over restarts.
#pragma once

#include "codegen/generation.hpp"
#include "world/codegen_service.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace compositord {

class CodegenMetrics {
public:
    static constexpr std::size_t kMostModels = 256;

    CodegenMetrics() = default;

    /// Of what encode() wrote; begins anew where that cannot be read.
    static CodegenMetrics decode(std::string_view text, WallTime now);

    std::string encode() const;

    enum class Outcome : std::uint8_t { proven, failed, cancelled };

    void onRun(const GenerationStats& stats, Outcome outcome);

    enum class Decision : std::uint8_t { applied, discarded, reverted };

    void onDecision(const std::string& model, Decision decision);

    CodegenReport report() const;

private:
    CodegenModelReport& of(const std::string& model);

    std::map<std::string, CodegenModelReport> models_;
    WallTime since_{};
};

} // namespace compositord
