#include "codegen/validator.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <limits>
#include <system_error>
#include <utility>

namespace compositord {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kKeptOutput = 20000; // the end of it, for people

constexpr std::chrono::milliseconds kDiskInterval{250};

constexpr const char* kCancelled = "it was cancelled";

/// Tools tell paths from where they work, or from the top of a workspace above; people want them from the top
/// of the tree.
void placeInTree(Diagnostic& diagnostic, const Check& check, const fs::path& tree) {
    const bool absolute = check.format == DiagnosticFormat::eslint ||
                          check.format == DiagnosticFormat::node || check.format == DiagnosticFormat::rustfmt;
    if (diagnostic.path.empty() || diagnostic.path.starts_with('/') || absolute) {
        return;
    }
    for (fs::path folder = check.folder; !folder.empty(); folder = folder.parent_path()) {
        const fs::path path = (folder / diagnostic.path).lexically_normal();
        std::error_code ignored;
        if (fs::exists(tree / path, ignored)) {
            diagnostic.path = path;
            return;
        }
    }
}

/// Bytes that may still be written there; as many as can be if that is not known.
std::uintmax_t freeAt(const fs::path& folder) {
    std::error_code unknown;
    const fs::space_info space = fs::space(folder, unknown);
    return unknown ? std::numeric_limits<std::uintmax_t>::max() : space.available;
}

} // namespace

Validation::Validation(EventLoop& loop, Settings settings, std::vector<Check> checks, Listener listener)
    : loop_(loop), settings_(std::move(settings)), checks_(std::move(checks)),
      listener_(std::move(listener)) {}

Sandbox::Place Validation::placeOf(const Workspace& workspace, const fs::path& repository) {
    return {workspace.tree(), {}, workspace.output(), repository};
}

Result<std::unique_ptr<Validation>> Validation::start(EventLoop& loop, Settings settings,
                                                      std::vector<Check> checks, Listener listener) {
    std::unique_ptr<Validation> validation(
        new Validation(loop, std::move(settings), std::move(checks), std::move(listener)));
    if (auto renewed = validation->settings_.sandbox.renewOutput(validation->settings_.place.output);
        !renewed) {
        return std::unexpected(renewed.error());
    }
    if (auto listening = validation->listen(); !listening) {
        return std::unexpected(listening.error());
    }
    validation->advance_.trigger();
    return validation;
}

Result<> Validation::listen() {
    auto deadline = loop_.addTimer(
        [this] { end(fmt::format("it took longer than {} s", settings_.sandbox.limits().wall.count())); });
    auto advance = loop_.addDeferred([this] { next(); });
    auto disk = loop_.addTimer([this] { lookAtDisk(); });
    if (!deadline || !advance || !disk) {
        return std::unexpected(!deadline ? deadline.error() : !advance ? advance.error() : disk.error());
    }
    deadline_ = std::move(*deadline);
    advance_ = std::move(*advance);
    disk_ = std::move(*disk);
    return {};
}

void Validation::next() {
    child_.reset();
    const bool failed = !outcomes_.empty() && !outcomes_.back().passed();
    if (failed || outcomes_.size() == checks_.size()) {
        listener_.onEnd(std::move(outcomes_));
        return;
    }
    const Check& check = checks_[outcomes_.size()];
    outcomes_.push_back({.check = check});
    if (cancelled_) {
        outcomes_.back().problem = kCancelled;
        advance_.trigger();
        return;
    }
    listener_.onCheck(check);
    if (auto started = run(check); !started) {
        outcomes_.back().problem = started.error().message();
        advance_.trigger();
    }
}

Result<> Validation::run(const Check& check) {
    out_.clear();
    err_.clear();
    Sandbox::Place place = settings_.place;
    place.folder = check.folder;
    auto words = settings_.sandbox.wrap(place, check.command);
    if (!words) {
        return std::unexpected(words.error());
    }
    auto child = Child::start(
        loop_, settings_.child,
        {std::move(*words), settings_.sandbox.environment(place), settings_.sandbox.startIn(place), {}},
        {.onOutput = [this](Child::Stream stream, std::string_view bytes) { onOutput(stream, bytes); },
         .onEnd = [this](int status) { onEnd(status); }});
    if (!child) {
        return std::unexpected(child.error());
    }
    child_ = std::move(*child);
    began_ = std::chrono::steady_clock::now();
    deadline_.arm(settings_.sandbox.limits().wall);
    lookAtDisk();
    return {};
}

void Validation::lookAtDisk() {
    const std::size_t least = settings_.sandbox.limits().diskLeft;
    if (freeAt(settings_.place.output) < least) {
        end(fmt::format("less than {} MiB of the disk with {} are free", least >> 20U,
                        settings_.place.output.parent_path().string()));
        return;
    }
    disk_.arm(kDiskInterval);
}

void Validation::onOutput(Child::Stream stream, std::string_view bytes) {
    const std::size_t most = settings_.sandbox.limits().output;
    if (out_.size() + err_.size() + bytes.size() > most) {
        end(fmt::format("it printed more than {} bytes", most));
        return;
    }
    (stream == Child::Stream::out ? out_ : err_) += bytes;
    listener_.onOutput(bytes);
}

void Validation::onEnd(int status) {
    deadline_.disarm();
    disk_.disarm();
    CheckOutcome& outcome = outcomes_.back();
    outcome.status = status;
    outcome.took =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began_);
    outcome.diagnostics = parseDiagnostics(outcome.check.format, out_, err_,
                                           settings_.sandbox.treeSeen(settings_.place).string());
    for (Diagnostic& diagnostic : outcome.diagnostics) {
        placeInTree(diagnostic, outcome.check, settings_.place.tree);
    }
    outcome.output = err_.size() > kKeptOutput ? err_.substr(err_.size() - kKeptOutput) : err_;
    const std::size_t left = kKeptOutput - outcome.output.size();
    outcome.output += out_.size() > left ? out_.substr(out_.size() - left) : out_;
    advance_.trigger();
}

void Validation::cancel() {
    cancelled_ = true;
    end(kCancelled);
}

void Validation::end(std::string problem) {
    if (child_ && !outcomes_.empty() && outcomes_.back().problem.empty()) {
        outcomes_.back().problem = std::move(problem);
        child_->stop();
    }
}

} // namespace compositord
