// What to say about words that other languages have and CEL has not.
#pragma once

#include <string>
#include <string_view>

namespace sluice {

/// For `word` where an operator should stand, behind the token `previous`. Empty if nothing helps.
std::string hint_behind_operand(std::string_view previous, std::string_view word);

/// For a reserved word where a name should stand. Empty if nothing helps.
std::string hint_for_reserved(std::string_view word);

}  // namespace sluice
