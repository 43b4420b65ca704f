// Answers of the floors that are made of each chunk by itself.
#pragma once

#include <string>
#include <string_view>

#include "tools/benchmark/questions.h"

namespace sluice::bench {

/// Appends the answer for whole lines.
using Converter = void (*)(std::string_view lines, std::string& out);

/// Null if the answer to `question` is not of that kind.
Converter converter_for(Question question);

}  // namespace sluice::bench
