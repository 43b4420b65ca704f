#include "config/syntax_hint.h"

namespace sluice {

std::string syntax_hint(std::string_view message) {
  const auto says = [&](std::string_view part) {
    return message.find(part) != std::string_view::npos;
  };
  if (says("tab character")) return "indent with spaces";
  if (says("nested block mapping")) return "a value with ': ' in it needs quotes, or '>-'";
  if (says("plain scalar cannot start")) return "put the value in quotes";
  if (says("missing comma in flow")) {
    return "in brackets a value with a bracket, a quote, ',' or ': ' in it needs quotes";
  }
  if (says("invalid tag")) return "a value that begins with '!' needs quotes, or '>-'";
  if (says("without closing quote")) return "the quote opens here";
  if (says("invalid trailing content after")) {
    return "a value that goes on behind a quote needs other quotes around it, or '>-'";
  }
  if (says("invalid value after"))
    return "a value that begins with a bracket needs quotes, or '>-'";
  if (says("block sequence on the same line")) return "a value that begins with '- ' needs quotes";
  return {};
}

}  // namespace sluice
