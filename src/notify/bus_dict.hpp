// A dictionary on the bus, a{sv}: members by name, which later versions may add to.
#pragma once

#include "notify/bus_event.hpp"
#include "notify/bus_handles.hpp"

#include <concepts>
#include <cstdint>
#include <string_view>
#include <vector>

namespace compositord::bus {

/// Appends members between begin() and end(). The first problem sticks; code() tells it as sd-bus does.
class Dict {
public:
    explicit Dict(sd_bus_message& message) : message_(message) { step(open('a', "{sv}")); }

    Dict(const Dict&) = delete;
    Dict& operator=(const Dict&) = delete;
    ~Dict() = default;

    Dict& member(const char* name, std::string_view text, std::size_t longest = kLongestText) {
        step(code_ < 0 ? 0
                       : sd_bus_message_append(&message_, "{sv}", name, "s", textFor(text, longest).c_str()));
        return *this;
    }

    Dict& member(const char* name, const char* text) { return member(name, std::string_view(text)); }

    Dict& member(const char* name, std::same_as<bool> auto flag) {
        step(code_ < 0 ? 0 : sd_bus_message_append(&message_, "{sv}", name, "b", int{flag}));
        return *this;
    }

    Dict& member(const char* name, std::unsigned_integral auto number)
        requires(!std::same_as<decltype(number), bool>)
    {
        step(code_ < 0 ? 0 : sd_bus_message_append(&message_, "{sv}", name, "t", std::uint64_t{number}));
        return *this;
    }

    Dict& member(const char* name, std::same_as<int> auto number) {
        step(code_ < 0 ? 0 : sd_bus_message_append(&message_, "{sv}", name, "i", number));
        return *this;
    }

    Dict& member(const char* name, double number) {
        step(code_ < 0 ? 0 : sd_bus_message_append(&message_, "{sv}", name, "d", number));
        return *this;
    }

    Dict& member(const char* name, const std::vector<std::string>& texts) {
        return member(name, "as", [&](sd_bus_message& message) { return appendTexts(message, texts); });
    }

    /// Anything else: `append` writes one value of that type.
    template <class Append> Dict& member(const char* name, const char* type, const Append& append) {
        step(open('e', "sv"));
        step(code_ < 0 ? 0 : sd_bus_message_append(&message_, "s", name));
        step(open('v', type));
        step(code_ < 0 ? 0 : append(message_));
        step(close());
        step(close());
        return *this;
    }

    /// Ends it. Negative errno as all of sd-bus.
    int end() {
        step(close());
        return code_;
    }

    static int appendTexts(sd_bus_message& message, const std::vector<std::string>& texts) {
        int code = sd_bus_message_open_container(&message, 'a', "s");
        for (const std::string& text : texts) {
            code = code < 0 ? code : sd_bus_message_append(&message, "s", textFor(text).c_str());
        }
        return code < 0 ? code : sd_bus_message_close_container(&message);
    }

private:
    int open(char type, const char* contents) {
        return code_ < 0 ? 0 : sd_bus_message_open_container(&message_, type, contents);
    }

    int close() { return code_ < 0 ? 0 : sd_bus_message_close_container(&message_); }

    void step(int result) { code_ = code_ < 0 ? code_ : result; }

    sd_bus_message& message_;
    int code_ = 0;
};

/// A list of dictionaries, aa{sv}; `append` writes one.
template <class Things, class Append>
int appendDicts(sd_bus_message& message, const Things& things, const Append& append) {
    int code = sd_bus_message_open_container(&message, 'a', "a{sv}");
    for (const auto& thing : things) {
        code = code < 0 ? code : append(message, thing);
    }
    return code < 0 ? code : sd_bus_message_close_container(&message);
}

} // namespace compositord::bus
