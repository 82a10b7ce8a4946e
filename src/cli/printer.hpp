// How sessions and what happens in them look on a terminal, in a pipe, or as JSON.
#pragma once

#include "cli/session_client.hpp"

#include <string>

namespace compositord::cli {

/// One line of JSON.
std::string jsonOf(const Fields& fields);
std::string jsonOf(const Event& event);
std::string jsonOf(const Type& type);

/// A line for a list of sessions.
std::string lineOf(const Fields& session);

/// A value as people read it.
std::string textOf(const Value& value);

/// Tells of one session as it goes on: what it prints goes to the standard output, and the rest, with a bar
/// that moves if it is a terminal, to the standard error.
class SessionPrinter {
public:
    explicit SessionPrinter(bool json);

    SessionPrinter(const SessionPrinter&) = delete;
    SessionPrinter& operator=(const SessionPrinter&) = delete;

    ~SessionPrinter() { clearBar(); }

    void print(const std::string& session, const Event& event);

    /// A line to the person.
    void note(const std::string& words);

private:
    void clearBar();
    void drawBar();

    bool json_;
    bool terminal_;
    bool drawn_ = false;
    std::string step_;
    double percent_ = 0;
};

} // namespace compositord::cli
