// How bytes are cut into records: the options that all stages share that frame bytes. Such a stage
// derives its options from FramingOptions and declares them with declare_framing_options.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <string_view>
#include <utility>

#include "engine/base/units.h"
#include "engine/stage/stage_type.h"

namespace sluice {

/// What a source cuts its input into.
enum class Framing : std::uint8_t {
  automatic,  ///< Lines, or nothing if that is what all who read it want.
  lines,
  csv,   ///< Records with fields whose quotes may hold line ends: see separated_framing.h.
  tsv,   ///< The same with tabs.
  none,  ///< Nothing: batches of bytes, which end anywhere.
};

template <>
struct EnumNames<Framing> {
  static constexpr std::array<std::pair<std::string_view, Framing>, 5> names{
      {{"auto", Framing::automatic},
       {"lines", Framing::lines},
       {"csv", Framing::csv},
       {"tsv", Framing::tsv},
       {"none", Framing::none}}};
};

/// Records may hold line ends: where one begins is known only to who has read what is in front.
constexpr bool is_separated(Framing framing) noexcept {
  return framing == Framing::csv || framing == Framing::tsv;
}

/// What becomes of a line or record whose text is longer than allowed.
enum class Oversize : std::uint8_t {
  truncate,  ///< Its first max_record bytes and an LF are kept.
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
  options.framing = resolved(options.framing, place);
  return options;
}

/// What a buffer must hold beyond its normal size: SourcePart::longest_record of a source that
/// frames with these options.
ByteSize longest_record(const FramingOptions& options) noexcept;

/// So many bytes without an LF are too long whatever follows: the text, a CR and one more.
std::uint64_t decisive_length(const FramingOptions& options) noexcept;

/// Adds the options of FramingOptions.
template <class Options>
Declare<Options>& declare_framing_options(Declare<Options>& type) {
  return type
      .template option<Framing>(
          "framing", &Options::framing,
          "What a record is: `auto` takes lines, but leaves the bytes as they are when the stages "
          "below want no records; one of the `lines`; with `csv` or `tsv`, lines whose "
          "quoted fields may hold line ends (a quote that has no end within "
          "`max_record` is none); or `none` for plain bytes.")
      .template option<ByteSize>("max_record", &Options::max_record,
                                 "The longest line, without its line end.",
                                 between<ByteSize>(64_B, 1_GiB))
      .template option<Oversize>(
          "oversize", &Options::oversize,
          "What to do with a longer line: `truncate` it to max_record (counted as "
          "`oversize_truncated`), `drop` it (counted as `oversize_dropped`), or `fail`.");
}

}  // namespace sluice
