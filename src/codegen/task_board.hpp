// How all tasks stand, made anew from what the files say, what is kept on disk, and what runs: nothing of it
// can contradict the rest.
#pragma once

#include "codegen/codegen_store.hpp"
#include "codegen/spec_scan.hpp"
#include "codegen/task_filter.hpp"
#include "codegen/task_memory.hpp"
#include "world/codegen_service.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace compositord {

/// A session of a task that has not ended.
struct LiveTask {
    SessionId session;
    bool running = false;  // a model works on it; false: it waits for its turn
    bool byItself = false; // nobody asked for it
};

struct BoardFacts {
    const SpecScan& scan;
    const TaskFilter& filter;
    const std::map<std::string, KeptProposal>& kept;  // by the ids of proposals
    const std::map<std::string, LiveTask>& live;      // by task, as the next ones
    const std::map<std::string, SessionId>& sessions; // the last ones
    const std::set<std::string>& deciding;            // about which something is being done
    const TaskMemory& memory;
    const std::string& obstacle; // to any run; empty: none
};

/// By root and change, in the order of the files. `changed` of each is left as it is.
std::vector<CodegenTask> makeTasks(const BoardFacts& facts);

std::vector<CodegenChange> makeChanges(const SpecScan& scan);

/// Where a task is written; none if it is in no file.
struct TaskOrigin {
    const ScannedChange* change;
    const Task* task;
};

std::optional<TaskOrigin> originOf(const SpecScan& scan, const std::string& task);

/// Which one to begin when nobody says; null: none.
const CodegenTask* nextTask(const std::vector<CodegenTask>& tasks, const TaskMemory& memory,
                            const SpecScan& scan);

} // namespace compositord
