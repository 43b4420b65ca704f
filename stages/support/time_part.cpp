#include "stages/support/time_part.h"

#include <array>
#include <string_view>
#include <utility>

#include "engine/expression/field_reference.h"

namespace sluice {
namespace {

constexpr std::int64_t day_seconds = 86'400;

}  // namespace

std::optional<TimePart> TimePart::of(const SyntaxNode& syntax, const Schema& schema) {
  static constexpr std::array<std::pair<std::string_view, Part>, 9> parts{
      {{"getFullYear", Part::full_year},
       {"getMonth", Part::month},
       {"getDayOfYear", Part::day_of_year},
       {"getDayOfMonth", Part::day_of_month},
       {"getDate", Part::date},
       {"getDayOfWeek", Part::day_of_week},
       {"getHours", Part::hours},
       {"getMinutes", Part::minutes},
       {"getSeconds", Part::seconds}}};
  if (syntax.kind != SyntaxNode::Kind::call || !syntax.target || !syntax.arguments.empty()) {
    return std::nullopt;
  }
  const SyntaxNode* of = syntax.target.get();
  const bool is_converted = of->kind == SyntaxNode::Kind::call && !of->target &&
                            of->name == "timestamp" && of->arguments.size() == 1;
  if (is_converted) of = of->arguments.front().get();
  if (!is_field_path(*of)) return std::nullopt;
  ExpressionMistake mistake;
  const auto field = resolve_field(*of, schema, mistake);
  if (!field || field->name.empty()) return std::nullopt;
  for (const auto& [name, part] : parts) {
    if (name != syntax.name) continue;
    TimePart made;
    made.field_ = field->name;
    made.part_ = part;
    return made;
  }
  return std::nullopt;
}

std::int64_t TimePart::operator()(Timestamp time) noexcept {
  std::int64_t second = time.seconds % day_seconds;
  if (second < 0) second += day_seconds;
  if (part_ == Part::hours) return second / 3600;
  if (part_ == Part::minutes) return second / 60 % 60;
  if (part_ == Part::seconds) return second % 60;
  const std::int64_t day = (time.seconds - second) / day_seconds;
  if (knows_day_ && day == day_) return day_value_;
  day_ = day;
  knows_day_ = true;
  const CivilTime civil = to_civil({time.seconds - second, 0}, 0);
  switch (part_) {
    case Part::full_year:
      return day_value_ = civil.year;
    case Part::month:
      return day_value_ = civil.month - 1;
    case Part::day_of_year:
      return day_value_ = day - days_from_civil(civil.year, 1, 1);
    case Part::day_of_month:
      return day_value_ = civil.day - 1;
    case Part::date:
      return day_value_ = civil.day;
    default:
      break;
  }
  return day_value_ = ((day + 4) % 7 + 7) % 7;  // 1970-01-01 was a Thursday, and Sunday is 0.
}

}  // namespace sluice
