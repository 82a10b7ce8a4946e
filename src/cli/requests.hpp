// What commands have in common that ask for something and print what comes of it.
#pragma once

#include "cli/conversation.hpp"
#include "cli/table.hpp"
#include "cli/target.hpp"

#include <string>
#include <string_view>

namespace compositord::cli {

/// Asks, and waits until it is done. With --json prints the answer.
Outcome<Exit> request(const Call& call, std::string_view type, const Conversation::Members& members);

/// What is answered at a path, as an object; of one compositor only if the options say so.
Outcome<JsonHandle> ask(const Call& call, std::string_view path);

/// A finite number.
Outcome<double> number(std::string_view what, std::string_view text);
Outcome<std::int64_t> integer(std::string_view what, std::string_view text);

/// 12.5, 1200, 0.3: as few digits as say what people want to know.
std::string shortNumber(double number);

} // namespace compositord::cli
