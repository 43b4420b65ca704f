// One value of one field of one record.
//
// A cell is 16 bytes and says its own type, because the fields of JSON logs have any type they
// like, record by record. Where the type is known beforehand (an access log) a loop over cells
// costs no more than the record it came from: see docs/performance.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/data/timestamp.h"

namespace sluice {

/// A value, or a reference to one: text lies in the batch's bytes or its arena and lives as long as
/// they do. Trivially copyable.
class Cell {
 public:
  enum class Type : std::uint8_t {
    missing,  ///< The record has no such field.
    null,     ///< It has, and says that there is no value (JSON null, `-` in an access log).
    boolean,
    integer,
    real,
    decimal,  ///< A number that is neither exactly: its text as written.
    text,     ///< UTF-8, or whatever bytes the log holds.
    json,     ///< The text of a JSON array or object.
    timestamp,
    duration,
  };

  constexpr Cell() = default;
  static constexpr Cell null() noexcept { return Cell(Type::null); }
  static constexpr Cell boolean(bool value) noexcept {
    Cell cell(Type::boolean);
    cell.integer_ = value ? 1 : 0;
    return cell;
  }
  static constexpr Cell integer(std::int64_t value) noexcept {
    Cell cell(Type::integer);
    cell.integer_ = value;
    return cell;
  }
  static constexpr Cell real(double value) noexcept {
    Cell cell(Type::real);
    cell.real_ = value;
    return cell;
  }
  static constexpr Cell text(std::string_view value) noexcept { return Cell(Type::text, value); }
  static constexpr Cell json(std::string_view value) noexcept { return Cell(Type::json, value); }
  static constexpr Cell timestamp(Timestamp value) noexcept {
    Cell cell = integer(value.seconds);
    cell.length_ = value.nanoseconds;
    cell.type_ = Type::timestamp;
    return cell;
  }
  static constexpr Cell duration(TimeSpan value) noexcept {
    Cell cell = integer(value.seconds);
    cell.length_ = value.nanoseconds;
    cell.type_ = Type::duration;
    return cell;
  }
  static constexpr Cell decimal(std::string_view value) noexcept {
    return Cell(Type::decimal, value);
  }

  constexpr Type type() const noexcept { return type_; }
  constexpr bool is_missing() const noexcept { return type_ == Type::missing; }
  constexpr bool is_number() const noexcept {
    return type_ == Type::integer || type_ == Type::real || type_ == Type::decimal;
  }
  /// REQUIRES, here and below: the type that the name says.
  constexpr bool boolean() const noexcept { return integer_ != 0; }
  constexpr std::int64_t integer() const noexcept { return integer_; }
  constexpr double real() const noexcept { return real_; }
  constexpr Timestamp timestamp() const noexcept { return {integer_, length_}; }
  constexpr TimeSpan duration() const noexcept { return {integer_, length_}; }
  /// Of text, json and decimal.
  constexpr std::string_view text() const noexcept { return {text_, length_}; }

 private:
  constexpr explicit Cell(Type type) noexcept : type_(type) {}
  constexpr Cell(Type type, std::string_view text) noexcept
      : text_(text.data()), length_(static_cast<std::uint32_t>(text.size())), type_(type) {}

  // NOLINTBEGIN(readability-identifier-naming): taken for public, as members of an unnamed union.
  union {
    std::int64_t integer_ = 0;
    double real_;
    const char* text_;
  };
  // NOLINTEND(readability-identifier-naming)
  std::uint32_t length_ = 0;
  Type type_ = Type::missing;
};

static_assert(sizeof(Cell) == 16);

/// "text", "integer", ...: how messages name a type.
std::string_view name_of(Cell::Type type) noexcept;

}  // namespace sluice
