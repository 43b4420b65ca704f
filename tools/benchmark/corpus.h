// The logs that are read, and their compressed forms. They are made once and kept in the work
// folder.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/base/result.h"
#include "engine/base/units.h"
#include "tools/benchmark/workloads.h"

namespace sluice::bench {

struct CorpusChoice {
  Log log = Log::access;
  std::optional<std::string> file;  ///< Taken as it is; else a log is generated.
  ByteSize size = 1_GiB;            ///< Of the generated log, about.
  std::string folder;               ///< The work folder; must exist.
  std::string sluice;               ///< The launcher, which has the generator.
};

class Corpus {
 public:
  /// A slice is this part of a corpus.
  static constexpr std::uint64_t slice_divisor = 16;

  /// Finds or generates the plain file. It is text whose last line has an end, because that is what
  /// `wc -l` counts.
  static Result<Corpus> open(const CorpusChoice& choice);

  /// The absolute path of a form, which is made if it is missing or older than the plain file:
  /// gzip has one member of level 6, zstd one frame of level 3, xz is of level 1; small has the
  /// first lines up to 1 kB. All but gzip, zstd and small are as sluice writes them.
  Result<std::string> path_of(Input form) const;

  /// The first whole lines of it, for programs that are too slow for all of them.
  Result<Corpus> slice() const;

  /// The absolute path of the plain file.
  const std::string& plain_path() const noexcept { return plain_; }
  /// Of the plain file.
  std::uint64_t size_bytes() const noexcept { return size_bytes_; }

 private:
  Corpus(std::string plain, std::string stem, std::string sluice)
      : plain_(std::move(plain)), stem_(std::move(stem)), sluice_(std::move(sluice)) {}
  Status examine();
  Status make_beginning(const std::string& path, std::uint64_t bytes) const;
  Status make_compressed(const std::string& path, Compression compression) const;
  Status make_with_sluice(const std::string& path, std::string_view stages,
                          std::string_view sink = {}) const;

  std::string plain_;
  std::string stem_;    ///< What the paths of the other forms begin with.
  std::string sluice_;  ///< The launcher.
  std::uint64_t size_bytes_ = 0;
};

/// Writes a small text file anew.
Status write_text_file(const std::string& path, std::string_view text);

/// The whole of a small file.
Result<std::string> read_text_file(const std::string& path);

/// What two files hold, whatever they are compressed with.
struct Comparison {
  bool equal = false;
  std::uint64_t lines = 0;  ///< Of the first, as far as they are equal.
};

/// Reads both files to their first difference. An error if one cannot be read or decoded.
Result<Comparison> compare_contents(const std::string& first, const std::string& second);

}  // namespace sluice::bench
