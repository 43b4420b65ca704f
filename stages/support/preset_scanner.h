// Finds what the presets of `redact` stand for, all of them in one pass over a text.
//
// Bit masks say which bytes of a block are digits, dots, `@` and so on. Arithmetic on them finds
// the few anchors where something could be (the fourth of four numbers with dots between them), and
// only there a detector looks at bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/data/byte_masks.h"
#include "engine/stage/option.h"

namespace sluice {

/// Definitions: detectors.h.
enum class Preset : std::uint8_t { email, ipv4, ipv6, credit_card, jwt, bearer, aws_key };

template <>
struct EnumNames<Preset> {
  static constexpr std::array<std::pair<std::string_view, Preset>, 7> names{
      {{"email", Preset::email},
       {"ipv4", Preset::ipv4},
       {"ipv6", Preset::ipv6},
       {"credit_card", Preset::credit_card},
       {"jwt", Preset::jwt},
       {"bearer", Preset::bearer},
       {"aws_key", Preset::aws_key}}};
};

/// The length in bytes of the shortest text that the preset finds.
std::size_t shortest_match(Preset preset) noexcept;

/// Something found: from `begin` to in front of `end`, by rule number `rule`.
struct SensitiveSpan {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::uint32_t rule = 0;

  /// What begins first comes first, of equals the longer one.
  friend constexpr bool operator<(const SensitiveSpan& a, const SensitiveSpan& b) noexcept {
    if (a.begin != b.begin) return a.begin < b.begin;
    return a.end != b.end ? a.end > b.end : a.rule < b.rule;
  }
  friend constexpr bool operator==(const SensitiveSpan&, const SensitiveSpan&) = default;
};

/// Immutable: any number of threads may use one object.
class PresetScanner {
 public:
  /// The rule of presets[i] is i. Each at most once.
  explicit PresetScanner(std::span<const Preset> presets, SimdLevel level = best_simd_level());

  /// Appends what is in `text` to `found`, in order; spans may overlap. `base` is added to
  /// positions. REQUIRES: base + text.size() < 2^32.
  void scan(std::string_view text, std::uint32_t base, std::vector<SensitiveSpan>& found) const;

 private:
  enum Class : std::uint8_t {
    digit,
    dot,
    at_sign,
    colon,
    blank,
    dash,
    small_y,
    big_j,
    big_i,
    big_a,
    letter_b,
    letter_c,
    letter_r,
    letter_s,
    class_count
  };
  static constexpr std::size_t preset_count = EnumNames<Preset>::names.size();
  static constexpr std::uint32_t unused = ~std::uint32_t{0};
  class Pass;

  void need(std::initializer_list<Class> classes);

  SimdLevel level_;
  std::vector<ByteRange> ranges_;
  std::array<std::uint8_t, class_count> place_{};  ///< In ranges_.
  std::uint32_t needed_ = 0;                       ///< One bit per class.
  std::array<std::uint32_t, preset_count> rules_{};
};

}  // namespace sluice
