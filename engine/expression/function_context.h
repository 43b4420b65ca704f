// What functions of expressions may use while they work on one record.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/expression/cel_value.h"
#include "engine/expression/time_zones.h"

namespace re2 {
class RE2;
}  // namespace re2

namespace sluice {

/// One per evaluator; one thread at a time. What it made is good until begin_record().
class FunctionContext {
 public:
  FunctionContext();
  FunctionContext(const FunctionContext&) = delete;
  FunctionContext& operator=(const FunctionContext&) = delete;
  ~FunctionContext();

  /// How much work one record may be: nested macros over long lists would have no end.
  static constexpr std::uint64_t most_steps = 20'000'000;
  /// How long a text that a function makes may be.
  static constexpr std::size_t most_text_bytes = std::size_t{16} << 20U;

  void begin_record() noexcept {
    arena_.reset();
    steps_ = 0;
  }
  ScratchArena& arena() noexcept { return arena_; }
  TimeZones& zones() noexcept { return zones_; }

  /// False when the record has had its share.
  bool spend(std::uint64_t steps) noexcept {
    steps_ += steps;
    return steps_ <= most_steps;
  }

  /// An empty text to build in, which keeps its memory.
  std::string& buffer() noexcept {
    buffer_.clear();
    return buffer_;
  }
  /// Copies `text` into the arena.
  CelValue text(std::string_view text) noexcept;
  CelValue bytes(std::string_view bytes) noexcept;
  CelValue list(std::span<const CelValue> items) noexcept;
  CelValue map(std::span<const CelValue> entries) noexcept;
  CelValue address(const NetworkAddress& address, CelValue::Type type) noexcept;
  /// A reason put together.
  CelValue error(std::initializer_list<std::string_view> parts) noexcept;

  /// The compiled pattern (RE2), kept for the next time; null when it is none.
  const re2::RE2* regex(std::string_view pattern);

  /// A list to build in, likewise. One at a time: not for what calls other functions.
  std::vector<CelValue>& items() noexcept {
    items_.clear();
    return items_;
  }

 private:
  struct Regex {
    std::string pattern;
    std::unique_ptr<re2::RE2> regex;
  };

  ScratchArena arena_;
  TimeZones zones_;
  std::uint64_t steps_ = 0;
  std::string buffer_;
  std::vector<CelValue> items_;
  std::vector<Regex> regexes_;
};

inline constexpr std::string_view no_memory_left = "the record needs too much memory";
inline constexpr std::string_view no_steps_left = "the record needs too much work";

}  // namespace sluice
