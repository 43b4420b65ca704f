#include "stages/support/state_bytes.h"

namespace sluice {

void StateWriter::cell(const Cell& cell) {
  number(static_cast<std::uint8_t>(cell.type()));
  switch (cell.type()) {
    case Cell::Type::missing:
    case Cell::Type::null:
      return;
    case Cell::Type::boolean:
      return number(static_cast<std::uint8_t>(cell.boolean() ? 1 : 0));
    case Cell::Type::integer:
      return number(cell.integer());
    case Cell::Type::real:
      return number(cell.real());
    case Cell::Type::decimal:
    case Cell::Type::text:
    case Cell::Type::json:
      return text(cell.text());
    case Cell::Type::timestamp:
      number(cell.timestamp().seconds);
      return number(cell.timestamp().nanoseconds);
    case Cell::Type::duration:
      number(cell.duration().seconds);
      return number(cell.duration().nanoseconds);
  }
}

std::size_t StateReader::count(std::size_t bytes_each) {
  const auto count = number<std::uint32_t>();
  if (count <= left() / bytes_each) return count;
  fail();
  return 0;
}

std::string_view StateReader::text() {
  const std::size_t size = count(1);
  const std::string_view text = rest_.substr(0, size);
  rest_.remove_prefix(text.size());
  return text;
}

Cell StateReader::cell() {
  const auto type = static_cast<Cell::Type>(number<std::uint8_t>());
  switch (type) {
    case Cell::Type::missing:
      return {};
    case Cell::Type::null:
      return Cell::null();
    case Cell::Type::boolean:
      return Cell::boolean(number<std::uint8_t>() != 0);
    case Cell::Type::integer:
      return Cell::integer(number<std::int64_t>());
    case Cell::Type::real:
      return Cell::real(number<double>());
    case Cell::Type::decimal:
      return Cell::decimal(text());
    case Cell::Type::text:
      return Cell::text(text());
    case Cell::Type::json:
      return Cell::json(text());
    case Cell::Type::timestamp: {
      const auto seconds = number<std::int64_t>();
      const Timestamp time{seconds, number<std::uint32_t>()};
      if (time.is_valid()) return Cell::timestamp(time);
      break;
    }
    case Cell::Type::duration: {
      const auto seconds = number<std::int64_t>();
      const TimeSpan span{seconds, number<std::uint32_t>()};
      if (span.is_valid()) return Cell::duration(span);
      break;
    }
  }
  fail();
  return {};
}

}  // namespace sluice
