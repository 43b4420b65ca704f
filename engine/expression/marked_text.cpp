#include "engine/expression/marked_text.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "engine/base/utf8.h"

namespace sluice {

ExpressionText::ExpressionText(const Value& value)
    : text(value.text()), mark(value.mark()), parts(value.parts()) {
  // The mark of a scalar on one line without escapes is exactly as long as its text and its quotes.
  is_quoted = value.quoted();
  const std::size_t quotes = is_quoted ? 2 : 0;
  is_exact = mark.line != 0 && utf8_count(text) + quotes == mark.length;
}

Mark ExpressionText::place_of(TextRange range) const {
  std::vector<TextPart> places = parts;
  if (is_exact) places = {{0, mark.line, mark.column + (is_quoted ? 1U : 0U)}};
  const auto behind = std::upper_bound(
      places.begin(), places.end(), range.begin,
      [](std::uint32_t offset, const TextPart& part) { return offset < part.offset; });
  if (behind == places.begin()) return mark;
  const std::string_view all = text;
  const TextPart& part = *(behind - 1);
  const std::size_t begin = std::min<std::size_t>(range.begin, all.size());
  std::size_t end = std::clamp<std::size_t>(range.end, begin, all.size());
  const auto next = std::find_if(behind, places.end(),
                                 [&](const TextPart& other) { return other.line != part.line; });
  if (next != places.end()) end = std::clamp<std::size_t>(next->offset, begin, end);
  // The end of a line may stand in front of the next part.
  const std::string_view marked = all.substr(begin, end - begin);
  const std::size_t kept = marked.find_last_not_of(" \t\n") + 1;
  const std::size_t before = utf8_count(all.substr(part.offset, begin - part.offset));
  const std::size_t length = std::max<std::size_t>(1, utf8_count(marked.substr(0, kept)));
  return {part.line, part.column + static_cast<std::uint32_t>(before),
          static_cast<std::uint32_t>(length)};
}

void ExpressionText::report(const ExpressionMistake& mistake, std::string code,
                            Diagnostics& diagnostics) const {
  std::string message = mistake.message;
  if (!is_exact && parts.empty()) {
    const std::size_t begin = std::min<std::size_t>(mistake.range.begin, text.size());
    message += " (at character " +
               std::to_string(utf8_count(std::string_view(text).substr(0, begin)) + 1) +
               " of the expression)";
  }
  diagnostics.add(std::move(code), place_of(mistake.range), std::move(message), mistake.hint);
}

bool OptionType<ExpressionText>::parse(const Value& value, ExpressionText& to, std::string& why) {
  if (!option_detail::expect_scalar(value, "an expression", why)) return false;
  to = ExpressionText(value);
  return true;
}

bool OptionType<std::vector<NamedExpression>>::parse(const Value& value,
                                                     std::vector<NamedExpression>& to,
                                                     std::string& why) {
  to.clear();
  if (value.kind() == Value::Kind::map) {
    for (const Entry& entry : value.entries()) {
      NamedExpression& named = to.emplace_back();
      named.name = entry.key;
      named.name_mark = entry.key_mark;
      if (!OptionType<ExpressionText>::parse(entry.value, named.expression, why)) return false;
    }
    return true;
  }
  std::vector<ExpressionText> expressions;
  if (!OptionType<std::vector<ExpressionText>>::parse(value, expressions, why)) return false;
  for (ExpressionText& expression : expressions) {
    const Mark mark = expression.mark;
    to.push_back({{}, mark, std::move(expression)});
  }
  return true;
}

std::string OptionType<std::vector<NamedExpression>>::print(
    const std::vector<NamedExpression>& value) {
  std::string all;
  for (const NamedExpression& named : value) {
    all += all.empty() ? "{" : ", ";
    all += named.name + ": " + named.expression.text;
  }
  return all.empty() ? all : all + "}";
}

}  // namespace sluice
