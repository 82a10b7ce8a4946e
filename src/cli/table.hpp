// Columns and colours for people.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace compositord::cli {

enum class Colour : std::uint8_t { none, bold, dim, red, green, yellow };

/// Colours are for terminals only, and not where NO_COLOR is set (no-color.org).
bool coloured();

/// The text as it is where there are no colours.
std::string in(Colour colour, std::string_view text, bool wanted = coloured());

/// How many columns of a terminal a text takes.
std::size_t widthOf(std::string_view text);

/// At most so many columns of it.
std::string cut(std::string_view text, std::size_t width);

/// Rows of cells, in columns as wide as what is in them. Texts are made harmless.
class Table {
public:
    struct Cell {
        std::string text;
        Colour colour = Colour::none;
    };

    explicit Table(std::vector<std::string> titles) : titles_(std::move(titles)) {}

    void add(std::vector<Cell> row);

    bool empty() const { return rows_.empty(); }

    /// Lines without their ends, the titles first; none is longer than `width`, if that is not 0.
    std::vector<std::string> lines(std::size_t width = 0, bool colours = coloured()) const;

    /// All of it to the standard output.
    void print() const;

private:
    std::vector<std::string> titles_;
    std::vector<std::vector<Cell>> rows_;
};

} // namespace compositord::cli
