#include "cli/target.hpp"

#include "base/percent.hpp"
#include "cli/http_client.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace compositord::cli {

namespace {

std::string words(const std::string& name, const std::vector<std::string>& known) {
    if (known.empty()) {
        return fmt::format("there is no compositor {}, nor any other", name);
    }
    const std::string meant = nearest(name, known);
    const std::string all = fmt::format("{}", fmt::join(known, ", "));
    return plain(fmt::format("there is no compositor {}; {}", name,
                             known.size() == 1 ? fmt::format("the only one is {}", all)
                             : meant.empty()   ? fmt::format("there are {}", all)
                                               : fmt::format("{} is one of {}", meant, all)));
}

} // namespace

Outcome<Target> Target::find(const Call& call, Transport::Start start) {
    auto transport = Transport::find(call, start);
    if (!transport) {
        return std::unexpected(transport.error());
    }
    Target target(*std::move(transport));
    if (const auto name = call.value(kOfOne.name)) {
        if (auto chosen = target.choose(*name); !chosen) {
            return std::unexpected(chosen.error());
        }
    }
    return target;
}

Outcome<> Target::choose(const std::string& name) {
    const auto text = get(transport_, "/api/v1/status");
    const auto json = text ? parse(*text) : std::unexpected(text.error());
    if (!json) {
        return std::unexpected(json.error());
    }
    std::vector<std::string> known;
    for (const json_t* each : listIn(json->get(), "compositors")) {
        known.push_back(textIn(each, "name"));
    }
    if (std::ranges::find(known, name) == known.end()) {
        return problem(Exit::failed, words(name, known));
    }
    compositor_ = name;
    first_ = known.front();
    return {};
}

std::string Target::narrowed(std::string_view path) const {
    return compositor_.empty() ? std::string(path)
                               : fmt::format("{}{}compositor={}", path, path.contains('?') ? '&' : '?',
                                             percentEncoded(compositor_));
}

Outcome<> Target::haveTiles() const {
    return compositor_ == first_
               ? Outcome<>()
               : problem(Exit::failed, plain(fmt::format("{} has no tiles; the map of tiles is that of {}",
                                                         compositor_, first_)));
}

} // namespace compositord::cli
