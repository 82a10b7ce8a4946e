// What the daemon takes over while it runs: settings and tokens, on SIGHUP or when the bus asks.

#include "daemon.hpp"
#include "option_table.hpp"

#include <systemd/sd-daemon.h>

#include <ctime>
#include <filesystem>
#include <utility>

namespace compositord {

Result<Tokens> Daemon::readTokens() const {
    if (!options_.tokenFile.empty()) {
        return Tokens::read(options_.tokenFile, options_.grants, false);
    }
    const std::string credential = environment_.credentialsDir + "/token";
    if (environment_.credentialsDir.empty() || !std::filesystem::exists(credential)) {
        return Tokens();
    }
    return Tokens::read(credential, options_.grants, true);
}

ReloadReport Daemon::reload() {
    // As sd_notify(3) wants it: a unit of type notify-reload counts as reloading until the READY=1.
    timespec now{};
    static_cast<void>(clock_gettime(CLOCK_MONOTONIC, &now));
    sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld", now.tv_sec * 1'000'000LL + now.tv_nsec / 1000);
    ReloadReport report;
    reloadSettings(report);
    log_.output().setFile(options_.logFile); // or the same again, which another program may have renamed
    reloadTokens(report);
    sd_notify(0, "READY=1");
    return report;
}

void Daemon::reloadSettings(ReloadReport& report) {
    const auto loaded = source_.load();
    if (!loaded) {
        for (const std::string& problem : loaded.error()) {
            log_.error("{}", problem);
        }
        report.problems = loaded.error();
        log_.error("the settings stay as they were");
        return;
    }
    for (const std::string& name : changedSettings(settings_, loaded->texts)) {
        const OptionRow* const row = findOption(name);
        if (row == nullptr || !row->live) {
            log_.warn("the setting {} has changed, which needs a restart", name);
            report.needRestart.push_back(name);
        }
    }
    options_.tokenFile = loaded->options.tokenFile;
    options_.logFile = loaded->options.logFile;
    log_.output().setLevels(loaded->options.logLevels);
}

void Daemon::reloadTokens(ReloadReport& report) {
    auto tokens = readTokens();
    if (!tokens) {
        log_.error("{}; the tokens stay as they were", tokens.error().message());
        report.problems.push_back(tokens.error().message());
        return;
    }
    if (tokens->empty()) {
        return; // there were none, and what came without them is still open to all
    }
    tokens_ = *std::move(tokens);
    log_.info("the tokens were read again");
    if (server_) {
        server_->setTokens(tokens_);
    }
    realms_->refresh();
}

} // namespace compositord
