#include "codegen/model_list.hpp"

#include "base/json_reader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>

namespace compositord {

namespace {

constexpr std::size_t kMostModels = 4096;
constexpr std::size_t kMostTold = 8;
constexpr std::size_t kLongestName = 256;

} // namespace

Result<std::vector<std::string>> parseModelList(std::string_view answer) {
    const auto object = parseJsonObject(answer);
    if (!object) {
        return failure(EINVAL, "it is no list of models: " + object.error().message);
    }
    JsonObjectReader reader(object->get());
    std::vector<std::string> models;
    for (JsonObjectReader model : reader.objects("data", kMostModels)) {
        models.push_back(model.string("id", 1, kLongestName));
        reader.adopt(model, "data");
    }
    if (const auto& problem = reader.problem()) {
        return failure(EINVAL, "it is no list of models: " + problem->message, problem->member);
    }
    return models;
}

std::string modelsInWords(const std::vector<std::string>& models) {
    if (models.empty()) {
        return "; it has none now";
    }
    const std::vector<std::string> told(
        models.begin(), models.begin() + static_cast<std::ptrdiff_t>(std::min(models.size(), kMostTold)));
    return fmt::format("; it has {}{}", fmt::join(told, ", "),
                       models.size() > told.size() ? fmt::format(" and {} more", models.size() - told.size())
                                                   : "");
}

} // namespace compositord
