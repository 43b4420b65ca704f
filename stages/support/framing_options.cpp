#include "stages/support/framing_options.h"

#include <algorithm>

namespace sluice {
namespace {

/// Most bytes of a frame that are not its record's, and one more.
std::size_t frame_overhead(const FramingOptions& options) noexcept {
  switch (options.framing) {
    case Framing::automatic:
    case Framing::lines:
      return options.delimiter ? options.delimiter->size() : 2;  // CR LF
    case Framing::csv:
    case Framing::tsv:
      return 2;
    case Framing::length_prefixed:
      return 11;  // A varint, and one more.
    case Framing::octet_counted:
      return 21;
    case Framing::json_seq:
      return 3;
    case Framing::null_terminated:
    case Framing::fixed:
    case Framing::whole_file:
    case Framing::none:
      break;
  }
  return 1;
}

void check_belongs(std::string_view option, std::string_view framing, bool is_chosen,
                   const OptionErrors& errors) {
  if (is_chosen || !errors.given(option)) return;
  const std::string name(framing);
  errors.add(option, "option.conflict",
             "option '" + std::string(option) + "' is for framing '" + name + "' only",
             "leave it out, or set `framing: " + name + "`");
}

void check_needed(std::string_view option, std::string_view framing, bool is_chosen,
                  std::string hint, const OptionErrors& errors) {
  if (!is_chosen || errors.given(option)) return;
  errors.add(
      "framing", "option.missing",
      "framing '" + std::string(framing) + "' needs the option '" + std::string(option) + "'",
      std::move(hint));
}

}  // namespace

std::optional<char> ending_byte(const FramingOptions& options) noexcept {
  if (options.framing == Framing::null_terminated) return '\0';
  if (options.framing != Framing::lines) return std::nullopt;
  if (!options.delimiter) return '\n';
  if (options.delimiter->size() == 1) return options.delimiter->front();
  return std::nullopt;
}

EdgeType framed_output(const FramingOptions& options) noexcept {
  if (options.framing == Framing::automatic && !options.delimiter) return EdgeType::any;
  return options.framing == Framing::none ? EdgeType::bytes : EdgeType::records;
}

Framing resolved(Framing framing, const StagePlace& place) noexcept {
  if (framing != Framing::automatic) return framing;
  return place.output_type == EdgeType::bytes ? Framing::none : Framing::lines;
}

std::uint64_t decisive_length(const FramingOptions& options) noexcept {
  return options.max_record.bytes + frame_overhead(options);
}

ByteSize longest_record(const FramingOptions& options) noexcept {
  constexpr std::uint64_t read_ahead_bytes = 4096;  // In search of the end of a range.
  if (options.framing == Framing::none) return {};
  return {decisive_length(options) + read_ahead_bytes};
}

std::size_t fixed_records_size(std::size_t buffer_size, const FramingOptions& options) noexcept {
  const auto record_size = static_cast<std::size_t>(options.record_size.value_or(1_B).bytes);
  return std::max<std::size_t>(buffer_size / (record_size + 1), 1) * record_size;
}

void check_delimiters(bool has_lines, const std::optional<std::string>& delimiter,
                      bool has_prefixes, const OptionErrors& errors) {
  check_belongs("delimiter", "lines", has_lines, errors);
  check_belongs("prefix", "length_prefixed", has_prefixes, errors);
  check_needed("prefix", "length_prefixed", has_prefixes,
               "say how lengths are written, as in `prefix: u32be`", errors);
  if (delimiter && (delimiter->empty() || delimiter->size() > 64)) {
    errors.add("delimiter", "option.range", "option 'delimiter': must have 1 to 64 bytes");
  }
}

void check_framing(const FramingOptions& options, const OptionErrors& errors) {
  const bool has_lines = options.framing == Framing::lines || options.framing == Framing::automatic;
  check_delimiters(has_lines, options.delimiter, options.framing == Framing::length_prefixed,
                   errors);
  const bool is_fixed = options.framing == Framing::fixed;
  check_belongs("record_size", "fixed", is_fixed, errors);
  check_needed("record_size", "fixed", is_fixed, "as in `record_size: 80B`", errors);
  if (options.record_size &&
      (options.record_size->bytes == 0 || options.max_record < *options.record_size)) {
    errors.add(
        "record_size", "option.range",
        "option 'record_size': must be from 1B to max_record (" + print(options.max_record) + ")");
  }
}

}  // namespace sluice
