#include "session/sessions.hpp"

#include "session/command_step.hpp"

#include <fmt/format.h>
#include <systemd/sd-id128.h>

#include <algorithm>
#include <array>
#include <ranges>
#include <utility>

namespace compositord {

namespace {

constexpr std::size_t kLongestDescription = 65536;
constexpr std::size_t kLongestName = 128;
constexpr std::size_t kLongestParameter = 65536;

// What a crash may cost of the events of a session that runs. Its state, and its end, are written at once.
constexpr std::chrono::seconds kSaveDelay{10};
constexpr std::chrono::seconds kForgetAtMostEvery{1};

// Sessions that wait for a person's choice leave their place to others, so that a few that nobody looks at do
// not hold up the rest. But each of them has a process.
constexpr std::size_t kMostUndecided = 100;

std::string newId(std::string_view prefix) {
    sd_id128_t id{};
    sd_id128_randomize(&id);
    std::array<char, SD_ID128_STRING_MAX> text{};
    return fmt::format("{}_{:.16}", prefix, sd_id128_to_string(id, text.data()));
}

std::unexpected<Refusal> refuse(RefusalCode code, std::string_view member, std::string message) {
    return std::unexpected(Refusal{code, member, std::move(message)});
}

WallTime systemTime() {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

} // namespace

Sessions::Sessions(EventLoop& loop, const Log& log, Settings settings)
    : loop_(loop), log_(log.withCategory(LogCategory::sessions)), settings_(std::move(settings)),
      staying_(settings_.child), subscribers_(log_, [this](const SessionId& id) { return find(id); }) {
    if (!settings_.clock) {
        settings_.clock = systemTime;
    }
}

Result<std::unique_ptr<Sessions>> Sessions::create(EventLoop& loop, const Log& log, Settings settings) {
    std::unique_ptr<Sessions> sessions(new Sessions(loop, log, std::move(settings)));
    if (auto started = sessions->start(); !started) {
        return std::unexpected(started.error());
    }
    return sessions;
}

Result<> Sessions::start() {
    auto turn = loop_.addDeferred([this] { onTurn(); });
    auto saving = loop_.addTimer([this] {
        for (const auto& entry : sessions_ | std::views::values) {
            if (entry->unsaved) {
                save(*entry);
            }
        }
    });
    auto forgetting = loop_.addTimer([this] { forgetOld(); });
    for (const auto* source : {&turn, &saving, &forgetting}) {
        if (!*source) {
            return std::unexpected(source->error());
        }
    }
    turn_ = std::move(*turn);
    saveTimer_ = std::move(*saving);
    forgetTimer_ = std::move(*forgetting);
    auto store = SessionStore::open(loop_, log_, settings_.folder);
    if (!store) {
        return std::unexpected(store.error());
    }
    store_ = std::move(*store);
    load();
    return {};
}

Sessions::~Sessions() {
    // All of them are told first, so that none waits for another to end.
    for (const auto& entry : sessions_ | std::views::values) {
        if (entry->unsaved) {
            save(*entry);
        }
        if (entry->run) {
            entry->run->cancel();
        }
    }
    for (const auto& entry : sessions_ | std::views::values) {
        entry->run.reset();
    }
}

void Sessions::load() {
    for (KeptSession& kept : store_->load()) {
        auto entry = std::make_unique<Entry>();
        entry->session = std::move(kept.session);
        for (SharedSessionEvent& event : kept.events) {
            entry->history.add(std::move(event));
        }
        const SessionId id = entry->session.id;
        order_.push_back(id);
        Entry& added = *sessions_.emplace(id, std::move(entry)).first->second;
        if (!hasEnded(added.session.state)) {
            happen(added, TaskEnded{added.session.task.id, SessionState::failed, "",
                                    added.session.state == SessionState::running
                                        ? "compositord ended while it was running"
                                        : "compositord ended before it was started"});
            save(added);
        }
    }
    forgetOld();
}

std::expected<const Pipeline*, Refusal> Sessions::checkTask(const std::string& type, const std::string& owner,
                                                            SessionTask& task) const {
    const auto pipeline = settings_.pipelines.find(type);
    if (pipeline == settings_.pipelines.end()) {
        return refuse(RefusalCode::notFound, "sessionType",
                      fmt::format("there is no type of session {}: its file would be pipelines/{}.json",
                                  printable(type), type.substr(0, kLongestName)));
    }
    if (task.description.size() > kLongestDescription || task.id.size() > kLongestName ||
        task.kind.size() > kLongestName || owner.size() > kLongestName) {
        return refuse(RefusalCode::invalidMember, "task", "a part of the task is too long");
    }
    for (const auto& [name, value] : task.parameters) {
        const bool known =
            std::ranges::find(pipeline->second.parameters, name, &SessionType::Parameter::name) !=
            pipeline->second.parameters.end();
        if (!known || value.size() > kLongestParameter) {
            return refuse(RefusalCode::invalidMember, "parameters",
                          known ? fmt::format("the parameter {} is too long", name)
                                : fmt::format("{} has no parameter {}", type, printable(name)));
        }
    }
    for (const SessionType::Parameter& parameter : pipeline->second.parameters) {
        if (!task.parameters.contains(parameter.name) && !parameter.fallback) {
            return refuse(RefusalCode::invalidMember, "parameters",
                          fmt::format("{} needs the parameter {}", type, parameter.name));
        }
    }
    if (queue_.size() >= settings_.mostWaiting || queue_.sizeOf(owner) >= settings_.mostWaitingOfOne) {
        return refuse(RefusalCode::busy, "", "too many sessions are waiting already");
    }
    return &pipeline->second;
}

std::expected<SessionId, Refusal> Sessions::spawn(SpawnSession wanted) {
    if (const auto checked = checkTask(wanted.type, wanted.owner, wanted.task); !checked) {
        return std::unexpected(checked.error());
    }
    auto entry = std::make_unique<Entry>();
    entry->session = {.id = newId("session"),
                      .type = std::move(wanted.type),
                      .owner = std::move(wanted.owner),
                      .priority = wanted.priority,
                      .created = now()};
    SessionId id = entry->session.id;
    Entry& added = *sessions_.emplace(id, std::move(entry)).first->second;
    order_.push_back(id);
    ++totals_.spawned;
    log_.ofSession(id).info("the session {} of type {} is to run for {}", id, added.session.type,
                            printable(added.session.owner));
    enqueue(added, std::move(wanted.task));
    return id;
}

std::expected<void, Refusal> Sessions::addTask(const SessionId& id, SessionTask task) {
    const auto found = sessions_.find(id);
    if (found == sessions_.end()) {
        return refuse(RefusalCode::notFound, "session", "there is no such session");
    }
    Entry& entry = *found->second;
    if (!hasEnded(entry.session.state)) {
        return refuse(RefusalCode::busy, "session", "the session has a task that has not ended yet");
    }
    if (const auto checked = checkTask(entry.session.type, entry.session.owner, task); !checked) {
        return std::unexpected(checked.error());
    }
    enqueue(entry, std::move(task));
    return {};
}

void Sessions::enqueue(Entry& entry, SessionTask task) {
    if (task.id.empty()) {
        task.id = newId("task");
    }
    queue_.push(entry.session.id, entry.session.priority, entry.session.owner);
    happen(entry, TaskQueued{std::move(task)});
    save(entry);
    turn_.trigger();
}

std::expected<void, Refusal> Sessions::cancel(const SessionId& id) {
    const auto found = sessions_.find(id);
    if (found == sessions_.end()) {
        return refuse(RefusalCode::notFound, "session", "there is no such session");
    }
    Entry& entry = *found->second;
    if (entry.run) {
        entry.run->cancel();
    } else if (queue_.remove(id)) {
        onTaskEnd(id, SessionState::cancelled, "", "it was cancelled before it was started");
    }
    return {};
}

std::expected<void, Refusal> Sessions::choose(const SessionId& id, const std::string& choice) {
    const auto found = sessions_.find(id);
    if (found == sessions_.end()) {
        return refuse(RefusalCode::notFound, "session", "there is no such session");
    }
    Entry& entry = *found->second;
    if (std::ranges::find(entry.session.choices, choice, &SessionChoice::id) == entry.session.choices.end()) {
        return refuse(RefusalCode::notFound, "choice",
                      entry.session.choices.empty() ? "the session has nothing to choose"
                                                    : "the session does not offer this choice");
    }
    PipelineRun* const run = entry.run.get(); // outlives this call: what has ended goes in a later turn
    happen(entry, ChoiceMade{choice});
    if (run != nullptr) {
        run->choose(choice);
    }
    return {};
}

std::expected<void, Refusal> Sessions::forget(const SessionId& id) {
    const auto found = sessions_.find(id);
    if (found == sessions_.end()) {
        return refuse(RefusalCode::notFound, "session", "there is no such session");
    }
    if (!hasEnded(found->second->session.state)) {
        return refuse(RefusalCode::busy, "session", "the session has not ended yet");
    }
    store_->remove(id);
    sessions_.erase(found);
    std::erase(order_, id);
    subscribers_.tellForgotten(id);
    return {};
}

void Sessions::happen(Entry& entry, SessionHappening happening) {
    auto event = std::make_shared<const SessionEvent>(
        SessionEvent{entry.session.sequence + 1, now(), std::move(happening)});
    apply(*event, entry.session);
    if (const auto* used = std::get_if<TokensUsed>(&event->happening)) {
        totals_.tokensUsed += used->tokens;
    }
    entry.history.add(event);
    if (!std::exchange(entry.unsaved, true)) {
        saveTimer_.arm(kSaveDelay);
    }
    if (std::holds_alternative<ChoicesOffered>(event->happening)) {
        turn_.trigger(); // there is room for another
    }
    const SessionId id = entry.session.id; // a listener may have the session forgotten
    subscribers_.tell(id, std::move(event));
}

void Sessions::onTurn() {
    endedRuns_.clear();
    while (hasRoom()) {
        const auto id = queue_.pop();
        if (!id) {
            break;
        }
        runTask(*sessions_.at(*id));
    }
    forgetOld();
}

bool Sessions::hasRoom() const {
    if (running_ < settings_.atOnce) {
        return true;
    }
    const auto undecided = static_cast<std::size_t>(std::ranges::count_if(
        sessions_ | std::views::values, [](const auto& entry) { return !entry->session.choices.empty(); }));
    return running_ - std::min(undecided, kMostUndecided) < settings_.atOnce;
}

StepFactory Sessions::runner() {
    return
        [this, usual = commandRunner(settings_.child)](const StepContext& context, StepListener& listener) {
            return context.step.stays ? staying_.start(context, listener) : usual(context, listener);
        };
}

void Sessions::runTask(Entry& entry) {
    const SessionId id = entry.session.id;
    const Pipeline& pipeline = settings_.pipelines.at(entry.session.type);
    PlaceholderValues values = settings_.places;
    for (const SessionType::Parameter& parameter : pipeline.parameters) {
        values[parameter.name] = parameter.fallback.value_or("");
    }
    for (const auto& [name, value] : entry.session.task.parameters) {
        values[name] = value;
    }
    values["task"] = entry.session.task.description;
    values["type"] = entry.session.type;
    values["session"] = id;
    ++running_;
    auto run = PipelineRun::create(
        loop_, {.command = runner(), .builtins = settings_.builtins}, pipeline, std::move(values),
        {.onHappening = [this, &entry](SessionHappening happening) { happen(entry, std::move(happening)); },
         .onEnd = [this,
                   id](SessionState outcome, std::string result,
                       std::string error) { onTaskEnd(id, outcome, std::move(result), std::move(error)); }});
    if (run) {
        entry.run = std::move(*run);
    }
    happen(entry, TaskStarted{entry.session.task.id});
    save(entry);
    if (!run) {
        onTaskEnd(id, SessionState::failed, "", run.error().message());
    }
}

void Sessions::onTaskEnd(const SessionId& id, SessionState outcome, std::string result, std::string error) {
    Entry& entry = *sessions_.at(id);
    if (entry.session.state == SessionState::running) {
        --running_;
        totals_.duration += now() - entry.session.started.value_or(now());
    }
    if (entry.run) {
        endedRuns_.push_back(std::move(entry.run)); // this may be its own call
    }
    (outcome == SessionState::completed   ? totals_.completed
     : outcome == SessionState::cancelled ? totals_.cancelled
                                          : totals_.failed)++;
    log_.ofSession(id).info("the session {} is {}{}{}", id, nameOf(outcome), error.empty() ? "" : ": ",
                            printable(error));
    // A listener may have the session forgotten, and with it what `id` refers to.
    const SessionId name = id; // NOLINT(performance-unnecessary-copy-initialization)
    happen(entry, TaskEnded{entry.session.task.id, outcome, std::move(result), std::move(error)});
    if (const auto kept = sessions_.find(name); kept != sessions_.end()) {
        save(*kept->second);
    }
    turn_.trigger();
}

void Sessions::save(Entry& entry) {
    entry.unsaved = false;
    store_->save(entry.session.id, encodeSession(entry.session, entry.history.events()));
}

void Sessions::forgetOld() {
    std::vector<std::pair<WallTime, SessionId>> ended;
    for (const auto& [id, entry] : sessions_) {
        if (hasEnded(entry->session.state)) {
            ended.emplace_back(entry->session.ended.value_or(entry->session.changed), id);
        }
    }
    std::ranges::sort(ended);
    const WallTime time = now();
    std::size_t left = ended.size();
    for (const auto& [end, id] : ended) {
        if (left <= settings_.mostKept && end + settings_.keep > time) {
            forgetTimer_.arm(
                std::max<std::chrono::microseconds>(end + settings_.keep - time, kForgetAtMostEvery));
            return;
        }
        (void)forget(id); // it is there and has ended
        --left;
    }
}

const Session* Sessions::find(const SessionId& id) const {
    const auto found = sessions_.find(id);
    return found != sessions_.end() ? &found->second->session : nullptr;
}

std::vector<const Session*> Sessions::list() const {
    std::vector<const Session*> result;
    result.reserve(order_.size());
    for (const SessionId& id : order_) {
        result.push_back(&sessions_.at(id)->session);
    }
    return result;
}

SessionHistory Sessions::history(const SessionId& id, std::uint64_t since) const {
    const auto found = sessions_.find(id);
    return found != sessions_.end() ? found->second->history.since(since) : SessionHistory{};
}

std::vector<SessionType> Sessions::types() const {
    std::vector<SessionType> result;
    for (const Pipeline& pipeline : settings_.pipelines | std::views::values) {
        result.push_back({pipeline.name, pipeline.description, pipeline.parameters});
    }
    return result;
}

SessionTotals Sessions::totals() const {
    SessionTotals totals = totals_;
    totals.running = running_;
    totals.queued = queue_.size();
    return totals;
}

SessionService::Subscription Sessions::subscribe(Listener listener) {
    return subscribers_.add(std::move(listener));
}

} // namespace compositord
