// As root, the namespaces are made by root and the command runs as a user that owns nothing: limits on the
// number of processes do not hold for root. As any other user, a user namespace makes them, and the limit
// counts in it. The source is bound to read only, entry by entry where the command works, so that a tool may
// make files there (a Cargo.lock) which are gone with the sandbox.

#include "codegen/sandbox.hpp"

#include "base/files.hpp"
#include "base/spawn_plan.hpp"

#include <fmt/format.h>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <set>
#include <utility>

namespace compositord {

namespace {

namespace fs = std::filesystem;

constexpr const char* kTree = "/work/tree";
constexpr const char* kOutput = "/work/output";
constexpr const char* kHome = "/home/build";
constexpr const char* kPath = "/usr/local/bin:/usr/bin:/bin";
constexpr uid_t kNobody =
    61184; // runs commands if this program is root: the first of those that systemd lends
constexpr std::size_t kMostEntries = 2000; // of a folder that is bound entry by entry
constexpr std::size_t kOpenFiles = 4096;

bool isRoot() {
    return geteuid() == 0;
}

void add(std::vector<std::string>& words, std::initializer_list<std::string> more) {
    words.insert(words.end(), more);
}

void addMemoryFolder(std::vector<std::string>& words, const std::string& path, std::size_t size) {
    add(words, {"--size", std::to_string(size), "--perms", "1777", "--tmpfs", path});
}

/// bubblewrap makes missing folders above such that only root may pass.
void addParents(std::vector<std::string>& words, const fs::path& path) {
    fs::path folder;
    for (const fs::path& part : path.parent_path()) {
        folder /= part;
        if (folder != "/") {
            add(words, {"--perms", "0755", "--dir", folder});
        }
    }
}

/// The status of a program, as in a shell.
int runAndWait(const std::vector<std::string>& words) {
    SpawnPlan plan;
    auto none = inputFile({});
    if (!none) {
        return -1;
    }
    plan.giveAs(none->get(), STDIN_FILENO);
    const auto pid = plan.spawn(words, {std::string("PATH=") + kPath});
    int status = 0;
    if (!pid || waitpid(*pid, &status, 0) < 0) {
        return -1;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string variable(const char* name) {
    const char* value = std::getenv(name); // NOLINT(concurrency-mt-unsafe): nobody sets any
    return value == nullptr ? std::string() : value;
}

/// Each folder of the tree in which something is to be made, and what: the working folder, and those on the
/// way to it that node_modules are missing in.
std::set<fs::path> openFolders(const Sandbox::Place& place, std::vector<fs::path>& modules) {
    std::set<fs::path> result{place.folder};
    std::error_code ignored;
    for (fs::path folder = place.folder;; folder = folder.parent_path()) {
        const fs::path name = folder / "node_modules";
        if (!place.modules.empty() && fs::is_directory(place.modules / name, ignored) &&
            !fs::exists(place.tree / name, ignored)) {
            modules.push_back(name);
            result.insert(folder);
        }
        if (folder.empty()) {
            return result;
        }
    }
}

} // namespace

SandboxSettings SandboxSettings::usual() {
    SandboxSettings settings;
    const fs::path home = variable("HOME");
    const std::string cargo = variable("CARGO_HOME");
    const std::string rustup = variable("RUSTUP_HOME");
    settings.cargoHome = cargo.empty() ? home / ".cargo" : fs::path(cargo);
    settings.rustupHome = rustup.empty() ? home / ".rustup" : fs::path(rustup);
    std::error_code ignored;
    if (fs::is_directory(settings.cargoHome / "bin", ignored)) {
        settings.tools.push_back(settings.cargoHome / "bin");
    }
    return settings;
}

Result<Sandbox> Sandbox::find(SandboxSettings settings) {
    Sandbox sandbox(std::move(settings));
    auto words = sandbox.system();
    const auto launch = sandbox.launch({"/usr/bin/true"});
    words.insert(words.end(), launch.begin(), launch.end());
    const int status = runAndWait(words);
    if (status == 0) {
        return sandbox;
    }
    if (sandbox.settings_.allowNone) {
        sandbox.confines_ = false;
        return sandbox;
    }
    const bool missing = status == 127;
    return failure(
        0, missing ? "generated code cannot be checked: bubblewrap (bwrap) is not installed; install it"
                   : "generated code cannot be checked: bubblewrap cannot make a sandbox here; allow "
                     "user namespaces, or install a newer one");
}

/// All but the tree.
std::vector<std::string> Sandbox::system() const {
    const SandboxLimits& limits = settings_.limits;
    std::vector<std::string> words{"/usr/bin/env",
                                   "bwrap",
                                   "--unshare-ipc",
                                   "--unshare-pid",
                                   "--unshare-net",
                                   "--unshare-uts",
                                   "--unshare-cgroup-try",
                                   "--die-with-parent",
                                   "--new-session",
                                   "--cap-drop",
                                   "ALL",
                                   "--hostname",
                                   "sandbox"};
    if (isRoot()) {
        add(words, {"--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"});
    } else {
        add(words, {"--unshare-user", "--disable-userns"});
    }
    add(words, {"--ro-bind", "/usr", "/usr"});
    std::error_code ignored;
    for (const char* name : {"/bin", "/sbin", "/lib", "/lib32", "/lib64"}) {
        if (fs::is_symlink(name, ignored)) {
            add(words, {"--symlink", fs::read_symlink(name, ignored), name});
        } else if (fs::is_directory(name, ignored)) {
            add(words, {"--ro-bind", name, name});
        }
    }
    addParents(words, "/etc/alternatives");
    addParents(words, kTree);
    for (const char* name : {"/etc/alternatives", "/etc/ld.so.cache"}) {
        add(words, {"--ro-bind-try", name, name});
    }
    add(words, {"--proc", "/proc", "--dev", "/dev"});
    addMemoryFolder(words, "/tmp", limits.scratch);
    addMemoryFolder(words, "/dev/shm", limits.scratch);
    addMemoryFolder(words, kHome, limits.scratch);
    const std::string cargo = std::string(kHome) + "/.cargo";
    add(words, {"--perms", "0777", "--dir", cargo});
    for (const char* part : {"registry", "git"}) {
        if (!settings_.cargoHome.empty()) {
            add(words, {"--ro-bind-try", settings_.cargoHome / part, cargo + '/' + part});
        }
    }
    std::vector<fs::path> seen = settings_.tools;
    seen.insert(seen.end(), settings_.readable.begin(), settings_.readable.end());
    if (!settings_.rustupHome.empty()) {
        seen.push_back(settings_.rustupHome);
    }
    for (const fs::path& path : seen) {
        addParents(words, path);
        add(words, {"--ro-bind-try", path, path});
    }
    return words;
}

/// Inside: a user without rights, limits, the command.
std::vector<std::string> Sandbox::launch(const std::vector<std::string>& command) const {
    std::vector<std::string> words{"--"};
    if (isRoot()) {
        add(words, {"setpriv", fmt::format("--reuid={}", kNobody), fmt::format("--regid={}", kNobody),
                    "--clear-groups", "--inh-caps=-all", "--no-new-privs"});
    }
    const SandboxLimits& limits = settings_.limits;
    // Limits are of each process: if all together are too much for the machine, they go first.
    add(words,
        {"choom", "-n", "1000", "--", "prlimit", fmt::format("--nproc={}", limits.processes),
         fmt::format("--cpu={}", limits.cpu.count()), fmt::format("--data={}", limits.memory),
         fmt::format("--fsize={}", limits.file), fmt::format("--nofile={}", kOpenFiles), "--core=0", "--"});
    words.insert(words.end(), command.begin(), command.end());
    return words;
}

Result<> Sandbox::showTree(const Place& place, std::vector<std::string>& words) const {
    std::vector<fs::path> modules;
    const fs::path seen(kTree);
    add(words, {"--ro-bind", place.tree, kTree});
    for (const fs::path& folder : openFolders(place, modules)) { // sorted: one before those in it
        addMemoryFolder(words, folder.empty() ? seen : seen / folder, settings_.limits.scratch);
        std::error_code code;
        std::size_t entries = 0;
        for (fs::directory_iterator entry(place.tree / folder, code), end; !code && entry != end;
             entry.increment(code)) {
            const fs::path name = entry->path().filename();
            if (name == ".git") {
                continue;
            }
            if (++entries > kMostEntries) {
                return failure(E2BIG, "the folder has too many files to be shown to a check",
                               (place.tree / folder).string());
            }
            if (entry->is_symlink(code)) {
                add(words, {"--symlink", fs::read_symlink(entry->path(), code), seen / folder / name});
            } else {
                add(words, {"--ro-bind", entry->path(), seen / folder / name});
            }
        }
        if (code) {
            return failure(code.value(), "cannot show the folder to a check", (place.tree / folder).string());
        }
    }
    for (const fs::path& name : modules) {
        add(words, {"--ro-bind", place.modules / name, seen / name});
    }
    return {};
}

Result<std::vector<std::string>> Sandbox::wrap(const Place& place,
                                               const std::vector<std::string>& command) const {
    if (!confines_) {
        std::vector<std::string> words{"/usr/bin/env"};
        words.insert(words.end(), command.begin(), command.end());
        return words;
    }
    auto words = system();
    if (auto shown = showTree(place, words); !shown) {
        return std::unexpected(shown.error());
    }
    add(words, {"--bind", place.output, kOutput, "--chdir", treeSeen(place) / place.folder});
    const auto rest = launch(command);
    words.insert(words.end(), rest.begin(), rest.end());
    return words;
}

std::vector<std::string> Sandbox::environment(const Place& place) const {
    std::string path;
    for (const fs::path& folder : settings_.tools) {
        path += folder.string() + ':';
    }
    const fs::path output = confines_ ? fs::path(kOutput) : place.output;
    std::vector<std::string> result{"PATH=" + path + kPath,
                                    "LC_ALL=C.UTF-8",
                                    "NO_COLOR=1",
                                    "CI=1",
                                    "CARGO_NET_OFFLINE=true",
                                    "CARGO_TERM_COLOR=never",
                                    "CARGO_INCREMENTAL=0",
                                    "CARGO_TARGET_DIR=" + (output / "target").string()};
    if (!settings_.rustupHome.empty()) {
        result.push_back("RUSTUP_HOME=" + settings_.rustupHome.string());
    }
    if (confines_) {
        add(result,
            {std::string("HOME=") + kHome, std::string("CARGO_HOME=") + kHome + "/.cargo", "TMPDIR=/tmp"});
    } else {
        add(result, {"HOME=" + variable("HOME"), "CARGO_HOME=" + settings_.cargoHome.string()});
    }
    return result;
}

fs::path Sandbox::startIn(const Place& place) const {
    return confines_ ? fs::path("/") : place.tree / place.folder;
}

fs::path Sandbox::treeSeen(const Place& place) const {
    return confines_ ? fs::path(kTree) : place.tree;
}

Result<> Sandbox::renewOutput(const fs::path& folder) const {
    if (auto removed = removeTree(folder); !removed) {
        return removed;
    }
    std::error_code code;
    if (!fs::create_directory(folder, code)) {
        return failure(code.value(), "cannot make a folder for what checks write", folder.string());
    }
    if (isRoot() && confines_ && chown(folder.c_str(), kNobody, kNobody) < 0) {
        return failure(errno, "cannot give a folder away", folder.string());
    }
    return {};
}

} // namespace compositord
