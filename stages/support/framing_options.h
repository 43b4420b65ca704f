// How bytes are cut into records: the options that all stages share that frame bytes. Such a stage
// derives its options from FramingOptions and declares them with declare_framing_options.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/base/units.h"
#include "engine/stage/declare.h"

namespace sluice {

/// What a source cuts its input into.
enum class Framing : std::uint8_t {
  automatic,  ///< Lines, or nothing if that is what all who read it want.
  lines,
  csv,              ///< With fields whose quotes may hold line ends: see separated_framing.h.
  tsv,              ///< The same with tabs.
  null_terminated,  ///< Behind each record a NUL.
  length_prefixed,  ///< In front of each its length in bytes.
  octet_counted,    ///< In front of each its length as text: RFC 6587.
  fixed,            ///< All of the same size.
  json_seq,         ///< JSON texts with an RS in front: RFC 7464.
  whole_file,       ///< All of an input is one record.
  none,             ///< Nothing: batches of bytes, which end anywhere.
};

template <>
struct EnumNames<Framing> {
  static constexpr std::array<std::pair<std::string_view, Framing>, 11> names{
      {{"auto", Framing::automatic},
       {"lines", Framing::lines},
       {"csv", Framing::csv},
       {"tsv", Framing::tsv},
       {"null_terminated", Framing::null_terminated},
       {"length_prefixed", Framing::length_prefixed},
       {"octet_counted", Framing::octet_counted},
       {"fixed", Framing::fixed},
       {"json_seq", Framing::json_seq},
       {"whole_file", Framing::whole_file},
       {"none", Framing::none}}};
};

/// How a length is written in front of a record.
enum class LengthPrefix : std::uint8_t {
  u8,
  u16le,
  u16be,
  u32le,
  u32be,
  varint,  ///< LEB128 as in protobuf, at most 64 bits.
};

template <>
struct EnumNames<LengthPrefix> {
  static constexpr std::array<std::pair<std::string_view, LengthPrefix>, 6> names{
      {{"u8", LengthPrefix::u8},
       {"u16le", LengthPrefix::u16le},
       {"u16be", LengthPrefix::u16be},
       {"u32le", LengthPrefix::u32le},
       {"u32be", LengthPrefix::u32be},
       {"varint", LengthPrefix::varint}}};
};

/// Records may hold line ends: where one begins is known only to who has read what is in front.
constexpr bool is_separated(Framing framing) noexcept {
  return framing == Framing::csv || framing == Framing::tsv;
}

/// What stands between the fields of one that is_separated.
constexpr char separator_of(Framing framing) noexcept {
  return framing == Framing::tsv ? '\t' : ',';
}

/// What becomes of a line or record whose text is longer than allowed.
enum class Oversize : std::uint8_t {
  truncate,  ///< Its first max_record bytes are kept.
  drop,
  fail,  ///< The run fails.
};

template <>
struct EnumNames<Oversize> {
  static constexpr std::array<std::pair<std::string_view, Oversize>, 3> names{
      {{"truncate", Oversize::truncate}, {"drop", Oversize::drop}, {"fail", Oversize::fail}}};
};

/// Stages that declare these options begin with Framing::automatic; what works with them never sees
/// it, see resolved().
struct FramingOptions {
  Framing framing = Framing::lines;
  std::optional<std::string> delimiter;  ///< Of lines; none: LF or CRLF.
  std::optional<LengthPrefix> prefix;
  std::optional<ByteSize> record_size;
  ByteSize max_record = 1_MiB;
  Oversize oversize = Oversize::truncate;
};

/// The type of edge that the framing makes: of one left open, any.
EdgeType framed_output(const FramingOptions& options) noexcept;
/// One that is left open becomes what the stage's readers want.
Framing resolved(Framing framing, const StagePlace& place) noexcept;
/// The options of a stage with its framing resolved.
template <std::derived_from<FramingOptions> Options>
Options resolved(Options options, const StagePlace& place) {
  const bool is_open = options.framing == Framing::automatic;
  options.framing =
      is_open && options.delimiter ? Framing::lines : resolved(options.framing, place);
  return options;
}

/// Lines as text files have them: records that end in LF in the input, too.
inline bool is_plain_lines(const FramingOptions& options) noexcept {
  return options.framing == Framing::lines && !options.delimiter;
}

/// Set when records end at each byte of that value, and only there: wherever one looks at an input,
/// the next record is easily found.
std::optional<char> ending_byte(const FramingOptions& options) noexcept;

/// What a buffer must hold beyond its normal size: SourcePart::longest_record of a source that
/// frames with these options.
ByteSize longest_record(const FramingOptions& options) noexcept;

/// A record that takes so many bytes with what delimits it, as far as that has been seen, is too
/// long.
std::uint64_t decisive_length(const FramingOptions& options) noexcept;

/// With Framing::fixed: the bytes of as many records as a buffer should have, of which each gets a
/// line end. At least one.
std::size_t fixed_records_size(std::size_t buffer_size, const FramingOptions& options) noexcept;

/// Reports what is wrong with `delimiter` and `prefix`, which concern two framings only.
void check_delimiters(bool has_lines, const std::optional<std::string>& delimiter,
                      bool has_prefixes, const OptionErrors& errors);

/// Reports options that do not go together.
void check_framing(const FramingOptions& options, const OptionErrors& errors);

/// Adds the options of FramingOptions and their check.
template <class Options>
Declare<Options>& declare_framing_options(Declare<Options>& type) {
  return type
      .template option<Framing>(
          "framing", &Options::framing,
          "What a record is: `auto` takes lines, but leaves the bytes as they are when the stages "
          "below want no records. `lines` end in LF or CRLF, or in `delimiter`; with `csv` or "
          "`tsv` "
          "their quoted fields may hold line ends (a quote that has no end within `max_record` is "
          "none). Behind a `null_terminated` record stands a NUL; in front of a `length_prefixed` "
          "one its length, as `prefix` has it; in front of an `octet_counted` one its length as a "
          "decimal number and a space (RFC 6587; line ends between records are skipped). A `fixed` "
          "one has `record_size` bytes. In `json_seq` (RFC 7464) a record separator (0x1E) stands "
          "in front of each text; numbers and names that may have lost their end are left out and "
          "counted as `truncated_text`. With `whole_file` all of an input is one record. `none` is "
          "for plain bytes.")
      .template option<std::optional<std::string>>(
          "delimiter", &Options::delimiter,
          "What stands behind each of the `lines`, in place of LF or CRLF: 1 to 64 bytes.")
      .template option<std::optional<LengthPrefix>>(
          "prefix", &Options::prefix,
          "How a length is written in front of a `length_prefixed` record; `varint` is that of "
          "protobuf.")
      .template option<std::optional<ByteSize>>("record_size", &Options::record_size,
                                                "The size of a `fixed` record.")
      .template option<ByteSize>("max_record", &Options::max_record,
                                 "The longest record, without what delimits it.",
                                 between<ByteSize>(64_B, 1_GiB))
      .template option<Oversize>(
          "oversize", &Options::oversize,
          "What to do with a longer record: `truncate` it to max_record (counted as "
          "`oversize_truncated`), `drop` it (counted as `oversize_dropped`), or `fail`.")
      .check(check_framing);
}

}  // namespace sluice
