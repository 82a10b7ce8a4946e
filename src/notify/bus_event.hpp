// What happens in a session, as D-Bus signals of its object.
#pragma once

#include "notify/bus_handles.hpp"
#include "world/session.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace compositord::bus {

/// Longer texts are cut: a signal goes to everybody who listens.
inline constexpr std::size_t kLongestText = 65536;

struct SignalForm {
    const char* name;
    const char* signature; // the first argument is the event's sequence number
};

inline constexpr SignalForm kQueued{"Queued", "ts"};
inline constexpr SignalForm kStarted{"Started", "ts"};
inline constexpr SignalForm kStepStarted{"StepStarted", "tsuu"};
inline constexpr SignalForm kStepEnded{"StepEnded", "tsbs"};
inline constexpr SignalForm kProgress{"Progress", "tsd"};
inline constexpr SignalForm kOutput{"Output", "tss"};
inline constexpr SignalForm kToolStarted{"ToolStarted", "tsss"};
inline constexpr SignalForm kToolEnded{"ToolEnded", "tssbs"};
inline constexpr SignalForm kTokensUsed{"TokensUsed", "tt"};
inline constexpr SignalForm kChoicesOffered{"ChoicesOffered", "ta(ss)"};
inline constexpr SignalForm kChoiceMade{"ChoiceMade", "ts"};
inline constexpr SignalForm kCompleted{"Completed", "tss"};
inline constexpr SignalForm kFailed{"Failed", "tss"};
inline constexpr SignalForm kCancelled{"Cancelled", "tss"};

/// That signals were left out because the bus was slow.
inline constexpr SignalForm kSkipped{"Skipped", "tt"};

SignalForm formOf(const SessionHappening& happening);

/// The arguments that belong to the form. Negative errno as all of sd-bus.
int append(sd_bus_message& message, const SessionEvent& event);

/// Id and label of each, as a(ss).
int append(sd_bus_message& message, const std::vector<SessionChoice>& choices);

/// As the bus can carry it: UTF-8, no NUL, not too long.
std::string textFor(std::string_view text, std::size_t longest = kLongestText);

} // namespace compositord::bus
