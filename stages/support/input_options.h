// The options that all sources of bytes share: how their input is compressed and framed. A source
// derives its options from InputOptions and declares them with declare_input_options.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/stage/declare.h"
#include "stages/support/compression_choice.h"
#include "stages/support/framing_options.h"

namespace sluice {

/// What becomes of an input whose compressed data or framing is damaged, or that ends too early.
enum class OnCorrupt : std::uint8_t {
  fail,  ///< The run fails.
  keep,  ///< The whole records in front of the damage are delivered. Lost is the rest of the part,
         ///< with the records that begin or end in it; or of the input, when what is damaged is
         ///< decoded as a stream.
};

template <>
struct EnumNames<OnCorrupt> {
  static constexpr std::array<std::pair<std::string_view, OnCorrupt>, 2> names{
      {{"fail", OnCorrupt::fail}, {"keep", OnCorrupt::keep}}};
};

struct InputOptions : FramingOptions {
  CompressionChoice compression;
  OnCorrupt on_corrupt = OnCorrupt::fail;
  std::string dictionary;  ///< Path of a zstd dictionary; empty: none.
};

/// Adds the options of InputOptions, and the type of edge that follows from them.
template <class Options>
Declare<Options>& declare_input_options(Declare<Options>& type) {
  type.template option<CompressionChoice>(
          "compression", &Options::compression,
          "How the input is compressed. `auto` goes by its first bytes, never by its name; zlib "
          "and (raw) deflate cannot be told by those and have to be named.")
      .template option<std::string>(
          "dictionary", &Options::dictionary,
          "A file with the dictionary that zstd data was compressed with (`zstd -D`).")
      .template option<OnCorrupt>(
          "on_corrupt", &Options::on_corrupt,
          "What to do when compressed data is damaged or ends too early: `fail`, or `keep` every "
          "whole record in front of the damage, count it as `corrupt_tail` and go on with the "
          "first "
          "whole record of the next part (zstd frame, gzip member), if its border is known, or "
          "else "
          "with the next input. The same when lengths in front of records are none, or when an "
          "input ends inside a record of known length; then it goes on with the next input.");
  return declare_framing_options(type).output(
      [](const Options& options) { return framed_output(options); });
}

}  // namespace sluice
