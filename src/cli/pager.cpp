#include "cli/pager.hpp"

#include "cli/json.hpp"
#include "cli/table.hpp"

#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>

namespace compositord::cli {

namespace {

struct ClosePipe {
    void operator()(std::FILE* file) const { pclose(file); }
};

std::string pagerOf() {
    const char* chosen = std::getenv("PAGER"); // NOLINT(concurrency-mt-unsafe): one thread
    return chosen != nullptr ? chosen : "less";
}

void write(std::FILE* to, std::string_view text) {
    static_cast<void>(std::fwrite(text.data(), 1, text.size(), to)); // who reads may have seen enough
}

/// How many lines of one side a hunk has: of "12,5" 5, of "12" 1.
std::size_t countIn(std::string_view range) {
    const std::size_t comma = range.find(',');
    return comma == std::string_view::npos
               ? 1
               : std::strtoul(std::string(range.substr(comma + 1)).c_str(), nullptr, 10); // NOLINT
}

/// Only inside of a hunk, whose length its first line tells, a sign at the beginning means something.
class Hunk {
public:
    Colour colourOf(std::string_view line) {
        if (removed_ == 0 && added_ == 0) {
            return begin(line);
        }
        const char sign = line.empty() ? ' ' : line.front();
        if (sign == '\\') {
            return Colour::none;
        }
        removed_ -= sign != '+' && removed_ > 0 ? 1 : 0;
        added_ -= sign != '-' && added_ > 0 ? 1 : 0;
        return sign == '+' ? Colour::green : sign == '-' ? Colour::red : Colour::none;
    }

private:
    Colour begin(std::string_view line) {
        constexpr std::string_view mark = "@@ -";
        const std::size_t plus = line.find(" +");
        if (!line.starts_with(mark) || plus == std::string_view::npos) {
            return Colour::bold; // the head of a file
        }
        removed_ = countIn(line.substr(mark.size(), plus - mark.size()));
        const std::string_view rest = line.substr(plus + 2);
        added_ = countIn(rest.substr(0, rest.find(' ')));
        return Colour::yellow;
    }

    std::size_t removed_ = 0;
    std::size_t added_ = 0;
};

} // namespace

void page(std::string_view text) {
    const std::string pager = pagerOf();
    if (isatty(STDOUT_FILENO) != 1 || pager.empty() || pager == "cat") {
        write(stdout, text);
        return;
    }
    // As git: it ends by itself if all is to be seen at once, and shows colours.
    static_cast<void>(setenv("LESS", "FRX", 0)); // NOLINT(concurrency-mt-unsafe): one thread
    static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
    static_cast<void>(std::fflush(stdout));
    const std::unique_ptr<std::FILE, ClosePipe> pipe(
        popen(pager.c_str(), "w")); // NOLINT(cert-env33-c,bugprone-command-processor): it is the user's own
    write(pipe ? pipe.get() : stdout, text);
}

std::string colourDiff(std::string_view diff, bool colours) {
    Hunk hunk;
    std::string result;
    while (!diff.empty()) {
        const std::size_t end = diff.find('\n');
        const std::string_view line = diff.substr(0, end);
        const Colour colour = hunk.colourOf(line);
        result += line.empty() ? "" : in(colour, plain(line), colours && colour != Colour::none);
        result += '\n';
        diff.remove_prefix(end == std::string_view::npos ? diff.size() : end + 1);
    }
    return result;
}

} // namespace compositord::cli
