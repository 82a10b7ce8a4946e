#include "cli/requests.hpp"

#include "cli/http_client.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace compositord::cli {

Outcome<Exit> request(const Call& call, std::string_view type, const Conversation::Members& members) {
    auto target = Target::find(call);
    auto conversation = target ? target->talk() : std::unexpected(target.error());
    const auto answer =
        conversation ? conversation->ask(type, members) : std::unexpected(conversation.error());
    if (!answer) {
        return std::unexpected(answer.error());
    }
    if (call.has("json")) {
        fmt::print("{}\n", dump(answer->get()));
    }
    return Exit::done;
}

Outcome<JsonHandle> ask(const Call& call, std::string_view path) {
    auto target = Target::find(call);
    const auto text =
        target ? get(target->transport(), target->narrowed(path)) : std::unexpected(target.error());
    return text ? parse(*text) : std::unexpected(text.error());
}

Outcome<double> number(std::string_view what, std::string_view text) {
    double value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
        return problem(Exit::usage, fmt::format("{} must be a number, not {}", what, text));
    }
    return value;
}

Outcome<std::int64_t> integer(std::string_view what, std::string_view text) {
    std::int64_t value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc() || end != text.data() + text.size()) {
        return problem(Exit::usage, fmt::format("{} must be a whole number, not {}", what, text));
    }
    return value;
}

std::string shortNumber(double number) {
    constexpr double fine = 0.1; // zooms of a map seen from far away
    std::string text =
        std::abs(number) < fine ? fmt::format("{:.3g}", number) : fmt::format("{:.2f}", number);
    if (text.contains('.') && !text.contains('e')) {
        text.erase(text.find_last_not_of('0') + 1);
        if (text.ends_with('.')) {
            text.pop_back();
        }
    }
    return text == "-0" ? "0" : text;
}

} // namespace compositord::cli
