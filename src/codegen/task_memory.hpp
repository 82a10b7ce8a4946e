// What became of tasks whose files do not say: those that failed, and those whose changes nobody wanted. Kept
// over restarts, and forgotten when a task is worded anew.
#pragma once

#include "world/session.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace compositord {

class TaskMemory {
public:
    enum class Verdict : std::uint8_t {
        failed,   // the model was not able to do it
        unproven, // something else was in the way, such as a server that is not there
        unwanted, // somebody cancelled it, or discarded or reverted what came of it
    };

    struct Note {
        std::string text; // of the task, as it was
        Verdict verdict = Verdict::failed;
        std::string error; // of the run; empty: none

        bool operator==(const Note&) const = default;
    };

    /// Of what encode() wrote; empty where that cannot be read.
    static TaskMemory decode(std::string_view text);

    std::string encode() const;

    void note(const std::string& task, Note note);

    void forget(const std::string& task) { notes_.erase(task); }

    /// None if the task is worded otherwise now.
    const Note* find(const std::string& task, std::string_view text) const;

    std::vector<WallTime> started; // by itself, of late: see TaskPacer

private:
    std::map<std::string, Note> notes_;
};

} // namespace compositord
