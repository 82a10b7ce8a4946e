// A step of a pipeline that asks a language model one question; the answer is its output and its result.
//
//   {"name": "ask", "builtin": "chat", "settings": {"url": "http://localhost:1234/v1", "prompt": "{task}"}}
//
// All settings may be left out:
//   url, model, key_file    the server, the model that it is to have, and a file with the key that it wants;
//   keyring                 or instead of a file: the key's name in the keyring
//                           without a url LM_STUDIO_URL or LM_STUDIO_BASE_URL and LM_STUDIO_MODEL of the
//                           environment, else http://localhost:1234/v1 and whichever model is there
//   fallback_url, …_model, …_key_file, …_keyring   another server, if that one cannot answer
//   system, prompt          what the model is told, with places as in a command; the prompt is "{task}"
//   connect, first_token, idle   seconds to wait: for the connection, the first word, and between two words;
//                           LM_STUDIO_TIMEOUT is for the last two where they are left out
//   max_tokens              of the answer
#pragma once

#include "codegen/model_client.hpp"
#include "session/step.hpp"

namespace compositord {

/// The client outlives all steps.
StepFactory chatStep(ModelClient& client);

/// Whom a step with these settings, or else the environment, asks. An error names the setting.
Result<ModelSettings> parseModelSettings(const std::map<std::string, std::string>& settings);

/// The same of texts "URL", "URL model=NAME key-file=FILE", one for each server, the first one first; without
/// any, as the environment says. `timeout`: how long any of them may say nothing.
Result<ModelSettings> parseModelServers(const std::vector<std::string>& servers,
                                        std::optional<std::chrono::seconds> timeout);

} // namespace compositord
