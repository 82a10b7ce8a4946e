// Takes secrets out of what is shown to others: those that are known, and what looks like one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace compositord::cli {

class Redactor {
public:
    /// `home` becomes ~. Known secrets go wherever they are.
    Redactor(std::string home, std::vector<std::string> secrets);

    std::string operator()(std::string_view text) const;

private:
    std::string line(std::string text) const;

    std::string home_;
    std::vector<std::string> secrets_;
};

} // namespace compositord::cli
