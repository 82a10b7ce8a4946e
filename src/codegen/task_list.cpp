#include "codegen/task_list.hpp"

#include "base/utf8.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <span>
#include <utility>

namespace compositord {

namespace {

constexpr std::size_t kTab = 4;
constexpr std::size_t kLongestNumber = 9; // digits of an ordered bullet, as in CommonMark

bool isDigit(char c) {
    return c >= '0' && c <= '9';
}

/// Length of the white space at the start, as JavaScript's \s has it without line ends; 0 if there is none.
std::size_t spaceLength(std::string_view text) {
    static constexpr auto wide = std::to_array<std::string_view>(
        {"\u00a0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006", "\u2007",
         "\u2008", "\u2009", "\u200a", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000", "\ufeff"});
    if (text.empty()) {
        return 0;
    }
    if (text.front() == ' ' || (text.front() >= '\t' && text.front() <= '\r')) {
        return 1;
    }
    for (const std::string_view space : wide) {
        if (text.starts_with(space)) {
            return space.size();
        }
    }
    return 0;
}

void skipSpace(std::string_view& text) {
    while (const std::size_t length = spaceLength(text)) {
        text.remove_prefix(length);
    }
}

std::string_view trimmed(std::string_view text) {
    skipSpace(text);
    while (!text.empty() && std::string_view(" \t\r\n\v\f").contains(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

std::size_t columns(std::string_view text) {
    std::size_t column = 0;
    for (const char c : text) {
        if (c == '\t') {
            column += kTab - (column % kTab);
        } else if (c == ' ') {
            ++column;
        } else {
            break;
        }
    }
    return column;
}

/// Takes `-`, `*`, `+`, `1.` or `1)` off the start.
bool takeBullet(std::string_view& text) {
    if (text.empty()) {
        return false;
    }
    if (std::string_view("-*+").contains(text.front())) {
        text.remove_prefix(1);
        return true;
    }
    std::size_t digits = 0;
    while (digits < text.size() && isDigit(text[digits])) {
        ++digits;
    }
    if (digits == 0 || digits > kLongestNumber || digits == text.size() ||
        (text[digits] != '.' && text[digits] != ')')) {
        return false;
    }
    text.remove_prefix(digits + 1);
    return true;
}

struct Box {
    std::string_view mark; // inside the text; empty for `[]` and for nothing but space
    std::string_view inside;
    std::string_view rest;
};

/// A mark is one character at most, of those that are one unit of UTF-16, as for the CLI.
std::optional<Box> takeBox(std::string_view text) {
    if (!text.starts_with('[')) {
        return std::nullopt;
    }
    text.remove_prefix(1);
    const std::string_view inside = text;
    skipSpace(text);
    std::string_view mark;
    if (!text.starts_with(']')) {
        const std::size_t length = utf8SequenceLength(text);
        if (length == 0 || length > 3) {
            return std::nullopt;
        }
        mark = text.substr(0, length);
        text.remove_prefix(length);
        skipSpace(text);
    }
    if (!text.starts_with(']')) {
        return std::nullopt;
    }
    const std::string_view space = inside.substr(0, static_cast<std::size_t>(text.data() - inside.data()));
    text.remove_prefix(1);
    const bool link = text.starts_with('(') || text.starts_with('[');
    if (link && (!mark.empty() || space.empty())) {
        return std::nullopt;
    }
    return Box{mark, space, text};
}

/// Level of an ATX heading, taken off; 0 if it is none.
std::size_t takeHeading(std::string_view& text) {
    const std::size_t level = std::min(text.find_first_not_of('#'), text.size());
    constexpr std::size_t deepest = 6;
    if (level == 0 || level > deepest || (level < text.size() && spaceLength(text.substr(level)) == 0)) {
        return 0;
    }
    text.remove_prefix(level);
    text = trimmed(text);
    return level;
}

/// "2.3", "2.3.1" or "2." at the start, taken off; one number alone needs its point.
std::string takeNumber(std::string_view& text) {
    std::size_t end = 0;
    while (end < text.size() &&
           (isDigit(text[end]) || (text[end] == '.' && end > 0 && text[end - 1] != '.'))) {
        ++end;
    }
    const std::string_view number = text.substr(0, end);
    if (!number.contains('.') ||
        (end < text.size() && spaceLength(text.substr(end)) == 0 && text[end] != ':' && text[end] != '*')) {
        return {};
    }
    text.remove_prefix(end);
    if (text.starts_with(':')) {
        text.remove_prefix(1);
    }
    return std::string(number.ends_with('.') ? number.substr(0, end - 1) : number);
}

/// Sets number and title. Emphasis goes where it leads the line: "**2.3 Title**: more" and "**Title** more".
void readTitle(std::string_view text, Task& task) {
    text = trimmed(text);
    std::string plain;
    if (text.starts_with("**")) {
        const std::size_t end = text.find("**", 2);
        if (end != std::string_view::npos) {
            plain.append(text.substr(2, end - 2)).append(text.substr(end + 2));
            text = plain;
        }
    }
    task.number = takeNumber(text);
    text = trimmed(text);
    if (!task.number.empty() && text.starts_with("**") && text.find("**", 2) != std::string_view::npos) {
        const std::size_t end = text.find("**", 2);
        task.title = std::string(text.substr(2, end - 2)) + std::string(text.substr(end + 2));
        return;
    }
    task.title = text;
}

std::vector<std::string_view> splitLines(std::string_view text) {
    std::vector<std::string_view> lines;
    while (true) {
        const std::size_t end = text.find('\n');
        lines.push_back(text.substr(0, end));
        if (end == std::string_view::npos) {
            return lines;
        }
        text.remove_prefix(end + 1);
    }
}

/// How many back-quotes or tildes a line opens or closes a fence with; 0: it is no fence.
std::size_t fenceLength(std::string_view line, char& sign, bool& closes) {
    skipSpace(line);
    if (takeBullet(line)) { // a fence can be all that an item holds
        skipSpace(line);
    }
    if (line.empty() || (line.front() != '`' && line.front() != '~')) {
        return 0;
    }
    sign = line.front();
    const std::size_t length = std::min(line.find_first_not_of(sign), line.size());
    const std::string_view info = trimmed(line.substr(length));
    closes = info.empty();
    constexpr std::size_t shortest = 3;
    return length < shortest || (sign == '`' && info.contains('`')) ? 0 : length;
}

/// Which lines are inside a fence or one of its ends.
std::vector<bool> findFences(std::span<const std::string_view> lines) {
    std::vector<bool> fenced(lines.size());
    std::size_t from = 0;
    std::size_t opened = 0; // length of the open fence
    char opener = 0;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        char sign = 0;
        bool closes = false;
        const std::size_t length = fenceLength(lines[i], sign, closes);
        if (opened == 0 && length > 0) {
            opened = length;
            opener = sign;
            from = i;
        } else if (opened > 0 && length >= opened && sign == opener && closes) {
            std::fill(fenced.begin() + static_cast<std::ptrdiff_t>(from),
                      fenced.begin() + static_cast<std::ptrdiff_t>(i) + 1, true);
            opened = 0;
        }
    }
    return fenced;
}

/// Reads line by line; keeps what is above the line that comes.
class TaskParser {
public:
    TaskList take() { return std::move(list_); }

    void readFenced(std::string_view line) {
        if (boxOf(line)) {
            ++list_.fenced;
        } else {
            addDetail(line);
        }
    }

    void read(std::size_t number, std::string_view line) {
        std::string_view heading = line;
        if (const std::size_t level = takeHeading(heading)) {
            readHeading(number, line, heading, level);
            return;
        }
        const auto box = boxOf(line);
        if (!box) {
            addDetail(line);
            return;
        }
        Task task = begin(number, line, *box, Task::Kind::bullet);
        task.indent = columns(line);
        while (!above_.empty() && list_.tasks[above_.back()].indent >= task.indent) {
            above_.pop_back();
        }
        if (!above_.empty()) {
            task.parent = above_.back();
        } else {
            task.parent = heading_;
        }
        above_.push_back(list_.tasks.size());
        add(std::move(task));
    }

private:
    static std::optional<Box> boxOf(std::string_view line) {
        skipSpace(line);
        if (!takeBullet(line)) {
            return std::nullopt;
        }
        skipSpace(line);
        return takeBox(line);
    }

    Task begin(std::size_t number, std::string_view line, const Box& box, Task::Kind kind) const {
        Task task;
        task.kind = kind;
        task.line = number;
        task.text = line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
        task.mark = box.mark;
        task.done = box.mark == "x" || box.mark == "X";
        task.section = section_;
        readTitle(box.rest, task);
        return task;
    }

    void readHeading(std::size_t number, std::string_view line, std::string_view heading, std::size_t level) {
        above_.clear();
        current_.reset();
        if (level <= headingLevel_) {
            heading_.reset();
        }
        auto box = takeBox(heading);
        if (!box) {
            std::string_view item = heading;
            if (takeBullet(item)) {
                skipSpace(item);
                box = takeBox(item);
            }
        }
        if (box) {
            heading_ = list_.tasks.size();
            headingLevel_ = level;
            add(begin(number, line, *box, Task::Kind::heading));
            section_ = list_.tasks.back().title;
        } else {
            section_ = heading;
        }
    }

    void add(Task task) {
        current_ = list_.tasks.size();
        list_.tasks.push_back(std::move(task));
    }

    /// Indented below a bullet, or anything below a heading.
    void addDetail(std::string_view line) {
        const std::string_view text = trimmed(line);
        if (text.empty() || !current_) {
            return;
        }
        Task& task = list_.tasks[*current_];
        if (task.kind == Task::Kind::bullet && columns(line) <= task.indent) {
            current_.reset();
            above_.clear();
            return;
        }
        task.details.emplace_back(text);
    }

    TaskList list_;
    std::string section_;
    std::vector<std::size_t> above_;     // the bullets that the next one may be below
    std::optional<std::size_t> heading_; // with a box
    std::size_t headingLevel_ = 0;
    std::optional<std::size_t> current_; // whose details come
};

/// Where the one byte sequence is that ticking replaces.
std::optional<std::pair<std::size_t, std::size_t>> markPlace(std::string_view line, Task::Kind kind) {
    std::string_view rest = line;
    skipSpace(rest);
    if (kind == Task::Kind::heading) {
        rest.remove_prefix(std::min(rest.find_first_not_of('#'), rest.size()));
        skipSpace(rest);
    }
    if (takeBullet(rest)) {
        skipSpace(rest);
    }
    const auto box = takeBox(rest);
    if (!box || box->inside.empty()) {
        return std::nullopt;
    }
    const std::string_view place =
        box->mark.empty() ? box->inside.substr(0, spaceLength(box->inside)) : box->mark;
    return std::pair(static_cast<std::size_t>(place.data() - line.data()), place.size());
}

} // namespace

std::size_t TaskList::countedByCli() const {
    return fenced + static_cast<std::size_t>(std::ranges::count(tasks, Task::Kind::bullet, &Task::kind));
}

std::vector<const Task*> TaskList::open() const {
    std::vector<bool> above(tasks.size());
    std::vector<const Task*> result;
    for (std::size_t i = tasks.size(); i-- > 0;) {
        const Task& task = tasks[i];
        if (!task.done && !above[i]) {
            result.push_back(&task);
        }
        if ((!task.done || above[i]) && task.parent) {
            above[*task.parent] = true;
        }
    }
    std::ranges::reverse(result);
    return result;
}

TaskList parseTasks(std::string_view text) {
    const auto lines = splitLines(text);
    const auto fenced = findFences(lines);
    TaskParser parser;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (fenced[i]) {
            parser.readFenced(lines[i]);
        } else {
            parser.read(i, lines[i]);
        }
    }
    return parser.take();
}

Result<std::string> withMark(std::string_view text, const Task& task, char mark) {
    const auto lines = splitLines(text);
    if (task.line >= lines.size()) {
        return failure(ESTALE, "the task's line is not there any more");
    }
    std::string_view line = lines[task.line];
    if (line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    if (line != task.text) {
        return failure(ESTALE, "the task's line was changed or moved in the meantime");
    }
    const auto place = markPlace(line, task.kind);
    if (!place) {
        return failure(EINVAL, "the task's box has no room for a mark: write it as [ ]");
    }
    const auto at = static_cast<std::size_t>(line.data() - text.data()) + place->first;
    std::string result(text);
    result.replace(at, place->second, 1, mark);

    const TaskList before = parseTasks(text);
    const TaskList after = parseTasks(result);
    const bool done = mark == 'x' || mark == 'X';
    bool asMeant = before.tasks.size() == after.tasks.size() && before.fenced == after.fenced;
    bool found = false;
    for (std::size_t i = 0; asMeant && i < after.tasks.size(); ++i) {
        const bool same = after.tasks[i].line == task.line;
        found = found || same;
        asMeant = after.tasks[i].line == before.tasks[i].line &&
                  after.tasks[i].done == (same ? done : before.tasks[i].done);
    }
    if (!asMeant || !found) {
        return failure(EINVAL, "the task's line cannot be marked: it would not read as a task any more");
    }
    return result;
}

} // namespace compositord
