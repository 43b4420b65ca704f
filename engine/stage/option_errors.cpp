#include "engine/stage/option_errors.h"

#include <utility>

namespace sluice {

void OptionErrors::add(std::string_view option, std::string code, std::string message,
                       std::string hint) const {
  const Value* value = options_.find(option);
  diagnostics_.add(std::move(code), value != nullptr ? value->mark() : stage_, std::move(message),
                   std::move(hint));
}

}  // namespace sluice
