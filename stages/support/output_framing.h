// How written records are told apart: the other end of framing_options.h.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/stage/declare.h"
#include "stages/support/framing_options.h"

namespace sluice {

/// What is written around each record. As Framing, for the framings that can be written.
enum class OutputFraming : std::uint8_t {
  lines,
  null_terminated,
  length_prefixed,
  octet_counted,
  json_seq,
  none,  ///< Nothing: records follow each other.
};

template <>
struct EnumNames<OutputFraming> {
  static constexpr std::array<std::pair<std::string_view, OutputFraming>, 6> names{
      {{"lines", OutputFraming::lines},
       {"null_terminated", OutputFraming::null_terminated},
       {"length_prefixed", OutputFraming::length_prefixed},
       {"octet_counted", OutputFraming::octet_counted},
       {"json_seq", OutputFraming::json_seq},
       {"none", OutputFraming::none}}};
};

struct OutputFramingOptions {
  OutputFraming framing = OutputFraming::lines;
  std::optional<std::string> delimiter;  ///< Of lines; none: the line end that a record has, or LF.
  std::optional<LengthPrefix> prefix;
};

/// Records are lines with the line ends they have.
inline bool is_plain_lines(const OutputFramingOptions& options) noexcept {
  return options.framing == OutputFraming::lines && !options.delimiter;
}

/// Reports options that do not go together.
void check_output_framing(const OutputFramingOptions& options, const OptionErrors& errors);

/// Adds the options of OutputFramingOptions and their check.
template <class Options>
Declare<Options>& declare_output_framing_options(Declare<Options>& type) {
  return type
      .template option<OutputFraming>(
          "framing", &Options::framing,
          "How records are told apart, as the source's option of that name reads them: each ends "
          "in a line end (`lines`) or a NUL (`null_terminated`), has its length in front "
          "(`length_prefixed`, `octet_counted`) or a record separator (`json_seq`), or follows the "
          "one before without anything (`none`). The run fails at a record that holds what it "
          "should end with, or is too long for its prefix; `lines` without `delimiter` are written "
          "as they are.")
      .template option<std::optional<std::string>>(
          "delimiter", &Options::delimiter,
          "What to write behind each of the `lines`, in place of a line end: 1 to 64 bytes.")
      .template option<std::optional<LengthPrefix>>(
          "prefix", &Options::prefix,
          "How a length is written in front of a `length_prefixed` record.")
      .check(check_output_framing);
}

}  // namespace sluice
