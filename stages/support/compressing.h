// Compressing a stream of batches: the parts that a sink of files and the transform `compress` are
// made of, and the options they share.
//
// What comes in is cut into pieces of equal size, wherever a record may end, and each piece becomes
// a frame (zstd, lz4), member (gzip) or stream (bzip2, xz) of its own. So all threads compress one
// output, and its bytes depend on the content only, not on threads or buffers. A zlib or deflate
// stream cannot be put together from others, and is made by one thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/stage/declare.h"
#include "stages/support/compression_choice.h"
#include "stages/support/encoding.h"

namespace sluice {

/// How gzip members are cut.
enum class GzipFormat : std::uint8_t {
  members,  ///< About 1 MiB of content each, with their size in the header (gzip_format.h).
  bgzf,     ///< Blocks of at most 64 KiB as bgzip(1) makes them, and one that marks the end.
};

template <>
struct EnumNames<GzipFormat> {
  static constexpr std::array<std::pair<std::string_view, GzipFormat>, 2> names{
      {{"members", GzipFormat::members}, {"bgzf", GzipFormat::bgzf}}};
};

struct CompressingOptions {
  CompressionChoice compression;  ///< Left open: by the end of the path.
  std::optional<int> level;
  GzipFormat format = GzipFormat::members;
  std::string dictionary;  ///< Path of a zstd dictionary; empty: none.
};

/// What the options come to for an output at `path`, which may be empty.
struct CompressingPlan {
  Compression compression = Compression::none;
  int level = 0;
  GzipFormat format = GzipFormat::members;
  std::string dictionary;
  bool makes_files = false;  ///< Several, one after the other (Batch::begins_file).
};
CompressingPlan plan_compressing(const CompressingOptions& options, std::string_view path);

/// Reports options that do not go with the compression.
void check_compressing(const CompressingOptions& options, std::string_view path,
                       const OptionErrors& errors);

/// The parts, to be put in front of whatever takes the compressed bytes.
///
/// Behind the last frame come, of zstd, the seek table of the seekable format (zstd_seek_table.h)
/// and, of BGZF, the block that marks its end. Content that is empty becomes an empty frame.
/// Neither holds if `earlier` is given and says that the output goes behind what is there already:
/// a table of some of the frames would mislead.
///
/// bad_config if the level does not go with the compression, or that is none. `context` outlives
/// the parts.
Result<Parts> compressing_parts(const CompressingPlan& plan, StageContext& context,
                                std::shared_ptr<const EarlierOutput> earlier = nullptr);

/// Adds the options of CompressingOptions but for `compression`.
template <class Options>
Declare<Options>& declare_compressing_options(Declare<Options>& type) {
  return type
      .template option<std::optional<int>>(
          "level", &Options::level,
          "How hard to compress: 1 to 9 for gzip, zlib and deflate (6 if not given), 1 to 19 for "
          "zstd (3), 1 to 12 for lz4 (1), 1 to 9 for bzip2 (9), 0 to 9 for xz (6).")
      .template option<GzipFormat>(
          "format", &Options::format,
          "How gzip is cut for parallel work: `members` of 1MiB of content, or `bgzf`, the blocks "
          "of 64KiB that bgzip(1) makes and that can be read from any of them on; these make a "
          "file larger.")
      .template option<std::string>(
          "dictionary", &Options::dictionary,
          "A file with a dictionary for zstd (`zstd --train`), which who decompresses the output "
          "must have, too.");
}

}  // namespace sluice
