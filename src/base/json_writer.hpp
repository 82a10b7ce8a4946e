// Writes one JSON text straight into a buffer: no tree, numbers in their shortest exact form.
// jansson reads what comes in; for what goes out it would allocate a node per value and print 0.1 with 17
// digits.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace compositord {

/// The caller keeps begin and end calls balanced and gives each object member a key first.
class JsonWriter {
public:
    /// Appends to `out`, which must outlive the writer.
    explicit JsonWriter(std::string& out) : out_(out) {}

    JsonWriter& beginObject();
    JsonWriter& endObject();
    JsonWriter& beginArray();
    JsonWriter& endArray();

    /// `name` is written as it is: it must need no escaping.
    JsonWriter& key(std::string_view name);

    /// Text that is not UTF-8 is repaired with U+FFFD.
    JsonWriter& value(std::string_view text);

    JsonWriter& value(const char* text) { return value(std::string_view(text)); }

    JsonWriter& value(std::same_as<bool> auto flag) { return literal(flag ? "true" : "false"); }

    /// NaN and infinities, which JSON has not, become null.
    JsonWriter& value(double number);

    JsonWriter& value(std::integral auto number)
        requires(!std::same_as<decltype(number), bool>)
    {
        return integer(static_cast<std::int64_t>(number));
    }

    JsonWriter& null() { return literal("null"); }

    /// One value that is JSON already.
    JsonWriter& json(std::string_view text) { return literal(text); }

    /// key() and value() in one.
    template <class T> JsonWriter& member(std::string_view name, const T& content) {
        return key(name).value(content);
    }

private:
    JsonWriter& literal(std::string_view text);
    JsonWriter& integer(std::int64_t number);
    void separate();

    std::string& out_;
    bool needsComma_ = false;
};

} // namespace compositord
