#include "base/log_file.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

namespace compositord {

namespace {

constexpr mode_t kOwnOnly = 0600;

} // namespace

LogFile::LogFile(Settings settings) : settings_(std::move(settings)) {
    static_cast<void>(open());
}

Result<> LogFile::open() {
    const std::string& path = settings_.path.native();
    std::error_code code;
    std::filesystem::create_directories(settings_.path.parent_path(), code); // what fails, fails below
    // Without O_NONBLOCK a FIFO of that name would stop the program until somebody reads it.
    UniqueFd opened(
        ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, kOwnOnly));
    const int problem = errno;
    fd_ = UniqueFd();
    struct stat status{};
    if (!opened) {
        return failure(problem, "cannot write the log", path);
    }
    if (::fstat(opened.get(), &status) < 0 || !S_ISREG(status.st_mode)) {
        return failure(0, "the log is not written: this is no regular file", path);
    }
    fd_ = std::move(opened);
    size_ = static_cast<std::uint64_t>(status.st_size);
    return {};
}

void LogFile::reopen() {
    static_cast<void>(open());
}

std::optional<std::string> LogFile::write(std::string_view line) {
    auto written = append(line);
    if (!written) {
        return missing_++ == 0 ? std::optional(written.error().message() + "; lines will be missing there")
                               : std::nullopt;
    }
    if (missing_ == 0) {
        return std::nullopt;
    }
    return fmt::format("{} is written again; {} lines are missing there", settings_.path.native(),
                       std::exchange(missing_, 0));
}

Result<> LogFile::append(std::string_view line) {
    if (!fd_) {
        if (auto opened = open(); !opened) {
            return opened;
        }
    }
    if (size_ > 0 && size_ + line.size() > settings_.size) {
        if (auto rotated = rotate(); !rotated) {
            return rotated;
        }
    }
    const ssize_t count = ::write(fd_.get(), line.data(), line.size());
    if (std::cmp_equal(count, line.size())) {
        size_ += line.size();
        return {};
    }
    const int code = count < 0 ? errno : ENOSPC;
    if (count > 0) { // half a line is none; unless another process has written one since
        const off_t end = ::lseek(fd_.get(), 0, SEEK_CUR);
        struct stat status{};
        if (end >= count && ::fstat(fd_.get(), &status) == 0 && status.st_size == end) {
            static_cast<void>(::ftruncate(fd_.get(), end - count));
        }
    }
    return failure(code, "cannot write the log", settings_.path.native());
}

Result<> LogFile::rotate() {
    if (isStill()) { // else another process that writes it has done this already
        const auto nameOf = [this](unsigned number) {
            return number == 0 ? settings_.path.native()
                               : fmt::format("{}.{}", settings_.path.native(), number);
        };
        for (unsigned number = settings_.kept; number > 0; --number) {
            static_cast<void>(::rename(nameOf(number - 1).c_str(), nameOf(number).c_str()));
        }
        if (settings_.kept == 0) {
            static_cast<void>(::unlink(nameOf(0).c_str()));
        }
    }
    auto opened = open();
    if (opened && size_ > settings_.size) {
        return failure(EFBIG, "the log is full and cannot be renamed", settings_.path.native());
    }
    return opened;
}

bool LogFile::isStill() const {
    struct stat ours{};
    struct stat named{};
    return ::fstat(fd_.get(), &ours) == 0 && ::stat(settings_.path.c_str(), &named) == 0 &&
           ours.st_ino == named.st_ino && ours.st_dev == named.st_dev;
}

} // namespace compositord
