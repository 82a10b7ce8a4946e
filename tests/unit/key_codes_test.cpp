#include "base/key_codes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <regex>
#include <string>

using namespace compositord;

namespace {

/// The KEY_* constants by name, read from the file that the kernel's headers have them in.
std::map<std::string, std::string> kernelKeys() {
    std::map<std::string, std::string> keys;
    std::ifstream header("/usr/include/linux/input-event-codes.h");
    const std::regex definition(R"(#define\s+KEY_(\w+)\s+(\w+).*)");
    std::smatch match;
    for (std::string line; std::getline(header, line);) {
        if (std::regex_match(line, match, definition)) {
            keys[match[1]] = match[2];
        }
    }
    return keys;
}

} // namespace

TEST(KeyCodes, AreSortedAndEachThereOnce) {
    const auto keys = keyCodes();
    EXPECT_GT(keys.size(), 150U);
    EXPECT_EQ(std::ranges::adjacent_find(keys, std::ranges::greater_equal{}, &KeyCode::code), keys.end());
    for (const KeyCode& key : keys) {
        EXPECT_EQ(evdevOfCode(key.code), key.evdev);
    }
}

TEST(KeyCodes, AreFoundByTheWholeName) {
    for (const auto* code : {"", "A", "Key", "KeyA ", "keya", "KeyAA", "~", "Unidentified"}) {
        EXPECT_EQ(evdevOfCode(code), std::nullopt) << code;
    }
}

// The names of the kernel and of browsers follow rules for most keys; the numbers are the kernel's.
TEST(KeyCodes, HaveTheKernelsNumbers) {
    const auto kernel = kernelKeys();
    ASSERT_GT(kernel.size(), 400U);
    const auto expectKey = [&](const std::string& code, const std::string& name) {
        ASSERT_TRUE(kernel.contains(name)) << name;
        EXPECT_EQ(evdevOfCode(code), std::stoul(kernel.at(name), nullptr, 0)) << code;
    };
    for (char letter = 'A'; letter <= 'Z'; ++letter) {
        expectKey(std::string("Key") + letter, {letter});
    }
    for (int digit = 0; digit <= 9; ++digit) {
        expectKey("Digit" + std::to_string(digit), std::to_string(digit));
        expectKey("Numpad" + std::to_string(digit), "KP" + std::to_string(digit));
    }
    for (int number = 1; number <= 24; ++number) {
        expectKey("F" + std::to_string(number), "F" + std::to_string(number));
    }
    const std::map<std::string, std::string> others{
        {"AltLeft", "LEFTALT"},
        {"AltRight", "RIGHTALT"},
        {"ArrowDown", "DOWN"},
        {"ArrowLeft", "LEFT"},
        {"ArrowRight", "RIGHT"},
        {"ArrowUp", "UP"},
        {"AudioVolumeMute", "MUTE"},
        {"Backquote", "GRAVE"},
        {"Backslash", "BACKSLASH"},
        {"Backspace", "BACKSPACE"},
        {"BracketLeft", "LEFTBRACE"},
        {"BracketRight", "RIGHTBRACE"},
        {"CapsLock", "CAPSLOCK"},
        {"Comma", "COMMA"},
        {"ContextMenu", "COMPOSE"},
        {"ControlLeft", "LEFTCTRL"},
        {"ControlRight", "RIGHTCTRL"},
        {"Convert", "HENKAN"},
        {"Delete", "DELETE"},
        {"End", "END"},
        {"Enter", "ENTER"},
        {"Equal", "EQUAL"},
        {"Escape", "ESC"},
        {"Home", "HOME"},
        {"Insert", "INSERT"},
        {"IntlBackslash", "102ND"},
        {"IntlRo", "RO"},
        {"IntlYen", "YEN"},
        {"Lang1", "HANGEUL"},
        {"Lang2", "HANJA"},
        {"MediaPlayPause", "PLAYPAUSE"},
        {"MetaLeft", "LEFTMETA"},
        {"MetaRight", "RIGHTMETA"},
        {"Minus", "MINUS"},
        {"NonConvert", "MUHENKAN"},
        {"NumLock", "NUMLOCK"},
        {"NumpadAdd", "KPPLUS"},
        {"NumpadDecimal", "KPDOT"},
        {"NumpadDivide", "KPSLASH"},
        {"NumpadEnter", "KPENTER"},
        {"NumpadMultiply", "KPASTERISK"},
        {"NumpadSubtract", "KPMINUS"},
        {"PageDown", "PAGEDOWN"},
        {"PageUp", "PAGEUP"},
        {"Pause", "PAUSE"},
        {"Period", "DOT"},
        {"PrintScreen", "SYSRQ"},
        {"Quote", "APOSTROPHE"},
        {"ScrollLock", "SCROLLLOCK"},
        {"Semicolon", "SEMICOLON"},
        {"ShiftLeft", "LEFTSHIFT"},
        {"ShiftRight", "RIGHTSHIFT"},
        {"Slash", "SLASH"},
        {"Space", "SPACE"},
        {"Tab", "TAB"},
    };
    for (const auto& [code, name] : others) {
        expectKey(code, name);
    }
}
