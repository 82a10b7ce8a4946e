// Errors as values: what went wrong, where, and the errno-style code behind it.
// Kept to one type so that a failure can be passed up unchanged and logged once.
#pragma once

#include <cstring>
#include <expected>
#include <string>
#include <utility>

namespace compositord {

struct Error {
    int code = 0;         // errno value, 0 when there is none
    std::string what;     // what could not be done, for a person
    std::string where;    // file, address, or object that it was about; may be empty
    bool saysAll = false; // what the code stands for would only confuse

    std::string message() const {
        std::string text = what;
        if (!where.empty()) {
            text += " (" + where + ")";
        }
        if (code != 0 && !saysAll) {
            text += std::string(": ") + std::strerror(code); // NOLINT(concurrency-mt-unsafe): one thread
        }
        return text;
    }
};

template <class T = void> using Result = std::expected<T, Error>;

inline std::unexpected<Error> failure(int code, std::string what, std::string where = {}) {
    return std::unexpected(Error{code, std::move(what), std::move(where)});
}

} // namespace compositord
