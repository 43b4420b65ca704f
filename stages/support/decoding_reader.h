// A file read as the bytes it means: decompressed if it is compressed, as it is if not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "engine/base/io.h"
#include "engine/base/result.h"
#include "stages/support/codec_settings.h"
#include "stages/support/compression.h"
#include "stages/support/decoder.h"

namespace sluice {

/// Owns the file and an input buffer of 256 KiB. One thread at a time.
///
/// Errors carry the file's name and the offset in it as stored. One that comes after good bytes is
/// held back until those have been returned; then every further read() returns it.
class DecodingReader {
 public:
  /// Without a `declared` compression the first bytes decide (names are not trusted). A declared
  /// one is not questioned: data in another format is an error.
  explicit DecodingReader(File file, std::optional<Compression> declared = std::nullopt,
                          CodecSettings settings = {});

  /// Where a stream begins that is the rest of a file.
  struct Start {
    std::uint64_t stored_offset = 0;  ///< The file's position, at the border of a part.
    /// Decoded bytes in front of it; nothing: not known, and they are counted from there.
    std::optional<std::uint64_t> decoded_offset = 0;
    bool behind_parts = false;  ///< There are parts in front of it.
  };
  /// Reads from the border of a part on. Stored offsets count from the start of the file.
  DecodingReader(File file, Compression compression, const Start& start,
                 const CodecSettings& settings = {});

  /// What the stream is decoded as. Reads, and on a pipe waits for, its first bytes if need be;
  /// they are not lost to read().
  Result<Compression> compression();

  /// Fills `out` as far as possible; 0 at the end. Returns less in three cases: the end of the
  /// data, an error behind the bytes returned, or a live pipe that has nothing more at the moment:
  /// with bytes to return it never waits for others, so that `tail -f | sluice` is live. REQUIRES:
  /// `out` is not empty.
  Result<std::size_t> read(std::span<char> out);

  /// Bytes of the file decoded so far; behind it may be at most 256 KiB that are read but not used.
  std::uint64_t compressed_offset() const noexcept { return bytes_read_ - unused_.size(); }
  /// Decoded bytes returned so far.
  std::uint64_t decoded_offset() const noexcept { return decoded_; }
  /// Bytes taken from the file so far.
  std::uint64_t bytes_read() const noexcept { return bytes_read_; }
  const File& file() const noexcept { return file_; }

 private:
  Status detect_compression();
  std::size_t fill(std::span<char> out);
  std::size_t use_buffered(std::span<char> out);
  void end_stream();
  void fail(Error error);
  bool read_would_wait() const;
  std::size_t read_file(std::span<char> to);

  File file_;
  std::vector<char> buffer_;
  std::span<const char> unused_;  ///< The part of buffer_ that is read but not decoded.
  std::optional<Compression> compression_;
  CodecSettings settings_;
  std::unique_ptr<Decoder> decoder_;  ///< Null for plain data and before the detection.
  std::uint64_t bytes_read_ = 0;
  std::uint64_t decoded_ = 0;
  std::optional<std::uint64_t> counted_from_;  ///< The stored offset that decoded_ counts from.
  bool last_read_short_ = false;
  bool at_end_ = false;    ///< The file has no more bytes.
  bool finished_ = false;  ///< Neither has the decoder.
  std::optional<Error> failure_;
};

}  // namespace sluice
