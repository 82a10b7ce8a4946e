// The tasks of a tasks.md, read as the openspec CLI reads them, and one of them marked as done.
#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace compositord {

struct Task {
    enum class Kind : std::uint8_t { bullet, heading };

    Kind kind = Kind::bullet;
    std::size_t line = 0;              // from 0
    std::string text;                  // of the line, all of it but its end
    std::string mark;                  // what is in the box, without space around it
    bool done = false;                 // the mark is x or X; any other mark is not done
    std::string number;                // "2.3" of "2.3 Write it", or empty
    std::string title;                 // without box, number and emphasis around it
    std::string section;               // the heading above
    std::size_t indent = 0;            // columns before the bullet; a tab goes to the next multiple of four
    std::optional<std::size_t> parent; // in TaskList::tasks
    std::vector<std::string> details;  // the lines below that belong to it alone, trimmed
};

struct TaskList {
    std::vector<Task> tasks;
    /// Bullets with a box inside code fences. For the CLI these are tasks; here they are examples.
    std::size_t fenced = 0;

    /// What the CLI counts: all bullets, also fenced ones, but no headings.
    std::size_t countedByCli() const;

    /// Not done, and nothing open below it: what can be worked on, in order.
    std::vector<const Task*> open() const;
};

/// Never fails: a text without boxes has no tasks. A fence that is never closed is not one, so that a stray
/// line of back-quotes hides no task.
TaskList parseTasks(std::string_view text);

/// The text with this task's mark replaced by one character, and not one byte else changed. Refuses when the
/// line is not where it was or not what it was, and when the file would not read as meant afterwards.
Result<std::string> withMark(std::string_view text, const Task& task, char mark = 'x');

} // namespace compositord
