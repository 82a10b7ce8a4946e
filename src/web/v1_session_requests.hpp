// What clients of compositord.v1 ask about sessions.
#pragma once

#include "base/json_reader.hpp"
#include "web/message.hpp"

namespace compositord {

// Each reads the members of the message that has its name; problems stay with the reader.

SpawnSession readSpawnSession(JsonObjectReader& in);
RunTask readRunTask(JsonObjectReader& in);
CancelSession readCancelSession(JsonObjectReader& in);
ChooseSession readChooseSession(JsonObjectReader& in);
ForgetSession readForgetSession(JsonObjectReader& in);
FollowSession readFollowSession(JsonObjectReader& in);
UnfollowSession readUnfollowSession(JsonObjectReader& in);

} // namespace compositord
