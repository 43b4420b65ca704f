// Bytes of the serial form of states that are merged elsewhere: written one value after the other,
// little-endian, and read back without trust in a single one of them.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include "engine/data/cell.h"

namespace sluice {

static_assert(std::endian::native == std::endian::little);

/// Appends to a text.
class StateWriter {
 public:
  explicit StateWriter(std::string& out) : out_(out) {}

  template <class Number>
  void number(Number value) {
    static_assert(std::is_arithmetic_v<Number>);
    const std::size_t at = out_.size();
    out_.resize(at + sizeof value);
    std::memcpy(out_.data() + at, &value, sizeof value);
  }
  void text(std::string_view text) {
    number(static_cast<std::uint32_t>(text.size()));
    out_ += text;
  }
  void cell(const Cell& cell);

 private:
  std::string& out_;
};

/// Reads what a StateWriter wrote. Once anything was wrong, all that it gives is zero and empty.
class StateReader {
 public:
  explicit StateReader(std::string_view bytes) : rest_(bytes) {}

  bool ok() const noexcept { return ok_; }
  std::size_t left() const noexcept { return rest_.size(); }
  /// Notes that something is wrong; false.
  bool fail() noexcept {
    ok_ = false;
    rest_ = {};
    return false;
  }

  template <class Number>
  Number number() {
    static_assert(std::is_arithmetic_v<Number>);
    Number value = 0;
    if (rest_.size() < sizeof value) {
      fail();
      return 0;
    }
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_.remove_prefix(sizeof value);
    return value;
  }
  /// A number of things that follow and take at least `bytes_each` each: more than there can be is
  /// wrong, so that nobody makes room for what is only claimed.
  std::size_t count(std::size_t bytes_each);
  /// Refers to the bytes that are read.
  std::string_view text();
  Cell cell();

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace sluice
