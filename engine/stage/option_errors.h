// What a stage reports of options that do not fit each other.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "engine/base/diagnostic.h"
#include "engine/base/value.h"

namespace sluice {

/// For cross-checks between options: reports at the option's own place, or at the stage.
class OptionErrors {
 public:
  OptionErrors(const Value& options, Mark stage, Diagnostics& diagnostics) noexcept
      : options_(options), stage_(stage), diagnostics_(diagnostics) {}
  bool given(std::string_view option) const { return options_.find(option) != nullptr; }
  void add(std::string_view option, std::string code, std::string message,
           std::string hint = {}) const;
  /// Reports a list that holds an empty text: it can only be a slip.
  template <class Texts>
  void refuse_empty_text(const std::string& option, const Texts& texts) const {
    const auto is_empty = [](const auto& text) { return text.empty(); };
    if (std::none_of(texts.begin(), texts.end(), is_empty)) return;
    add(option, "option.range", "option '" + option + "': must not hold an empty text");
  }

 private:
  const Value& options_;
  Mark stage_;
  Diagnostics& diagnostics_;
};

}  // namespace sluice
