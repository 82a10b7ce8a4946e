#include "codegen/codegen_metrics.hpp"

#include "base/json_reader.hpp"
#include "base/json_writer.hpp"

#include <array>
#include <limits>
#include <ranges>
#include <utility>

namespace compositord {

namespace {

constexpr const char* kOthers = "others"; // when there are too many to tell apart
constexpr const char* kUnknown = "unknown";
constexpr std::size_t kMostKinds = 64;
constexpr std::size_t kLongestName = 512;
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() / 2;

using Report = CodegenModelReport;

// One list for writing and reading.
constexpr std::array<std::pair<const char*, std::uint64_t Report::*>, 10> kCounters{
    {{"runs", &Report::runs},
     {"proven", &Report::proven},
     {"failed", &Report::failed},
     {"cancelled", &Report::cancelled},
     {"applied", &Report::applied},
     {"discarded", &Report::discarded},
     {"reverted", &Report::reverted},
     {"rounds", &Report::rounds},
     {"tokensIn", &Report::tokensIn},
     {"tokensOut", &Report::tokensOut}}};
constexpr std::array<std::pair<const char*, std::chrono::milliseconds Report::*>, 3> kTimes{
    {{"preparing", &Report::preparing}, {"asking", &Report::asking}, {"checking", &Report::checking}}};
constexpr std::array<std::pair<const char*, std::map<std::string, std::uint64_t> Report::*>, 2> kKinds{
    {{"failures", &Report::failures}, {"diagnostics", &Report::diagnostics}}};

void count(std::map<std::string, std::uint64_t>& kinds, const std::string& name, std::uint64_t more) {
    const bool known = kinds.contains(name) || kinds.size() < kMostKinds;
    kinds[known ? name.substr(0, kLongestName) : kOthers] += more;
}

Report readReport(JsonObjectReader& reader) {
    Report report{.model = reader.string("model", 0, kLongestName)};
    for (const auto& [name, member] : kCounters) {
        report.*member = static_cast<std::uint64_t>(reader.integer(name, 0, kMost));
    }
    for (const auto& [name, member] : kTimes) {
        report.*member = std::chrono::milliseconds(reader.integer(name, 0, kMost));
    }
    for (const auto& [name, member] : kKinds) {
        for (JsonObjectReader kind : reader.objects(name, kMostKinds + 1)) {
            (report.*member)[kind.string("name", 0, kLongestName)] =
                static_cast<std::uint64_t>(kind.integer("count", 0, kMost));
            reader.adopt(kind, name);
        }
    }
    return report;
}

void writeReport(JsonWriter& json, const Report& report) {
    json.beginObject().member("model", report.model);
    for (const auto& [name, member] : kCounters) {
        json.member(name, report.*member);
    }
    for (const auto& [name, member] : kTimes) {
        json.member(name, (report.*member).count());
    }
    for (const auto& [name, member] : kKinds) {
        json.key(name).beginArray();
        for (const auto& [kind, number] : report.*member) {
            json.beginObject().member("name", kind).member("count", number).endObject();
        }
        json.endArray();
    }
    json.endObject();
}

} // namespace

CodegenMetrics CodegenMetrics::decode(std::string_view text, WallTime now) {
    CodegenMetrics metrics;
    metrics.since_ = now;
    const auto object = parseJsonObject(text);
    if (!object) {
        return metrics;
    }
    JsonObjectReader reader(object->get());
    const WallTime since(std::chrono::milliseconds(reader.integer("since", 0, kMost)));
    std::map<std::string, Report> models;
    for (JsonObjectReader model : reader.objects("models", kMostModels + 1)) {
        Report report = readReport(model);
        reader.adopt(model, "models");
        models[report.model] = std::move(report);
    }
    if (!reader.problem()) {
        metrics.since_ = since;
        metrics.models_ = std::move(models);
    }
    return metrics;
}

std::string CodegenMetrics::encode() const {
    std::string text;
    JsonWriter json(text);
    json.beginObject().member("since", since_.time_since_epoch().count()).key("models").beginArray();
    for (const Report& report : models_ | std::views::values) {
        writeReport(json, report);
    }
    json.endArray().endObject();
    return text + '\n';
}

CodegenModelReport& CodegenMetrics::of(const std::string& model) {
    std::string name = model.empty() ? kUnknown : model.substr(0, kLongestName);
    if (!models_.contains(name) && models_.size() >= kMostModels) {
        name = kOthers;
    }
    Report& report = models_[name];
    report.model = name;
    return report;
}

void CodegenMetrics::onRun(const GenerationStats& stats, Outcome outcome) {
    Report& report = of(stats.model);
    report.runs += outcome == Outcome::cancelled ? 0 : 1;
    ++(outcome == Outcome::proven   ? report.proven
       : outcome == Outcome::failed ? report.failed
                                    : report.cancelled);
    report.rounds += stats.rounds;
    report.tokensIn += stats.usage.promptTokens;
    report.tokensOut += stats.usage.completionTokens;
    report.preparing += stats.preparing;
    report.asking += stats.asking;
    report.checking += stats.checking;
    if (outcome == Outcome::failed) {
        count(report.failures, stats.failure, 1);
    }
    for (const auto& [check, found] : stats.diagnostics) {
        count(report.diagnostics, check, found);
    }
}

void CodegenMetrics::onDecision(const std::string& model, Decision decision) {
    Report& report = of(model);
    ++(decision == Decision::applied     ? report.applied
       : decision == Decision::discarded ? report.discarded
                                         : report.reverted);
}

CodegenReport CodegenMetrics::report() const {
    CodegenReport report{.since = since_};
    for (const Report& model : models_ | std::views::values) {
        report.models.push_back(model);
    }
    return report;
}

} // namespace compositord
