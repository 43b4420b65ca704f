// The bad records of a stage, grouped: what was wrong with them, and what they look like. For the
// end of a run, when somebody wants to know which lines a parser could not read, and where one is.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/data/batch.h"

namespace sluice {

/// A record and where it came from. Keeps no batch alive.
struct BadSample {
  std::string text;        ///< Its beginning, escaped.
  std::size_t offset = 0;  ///< Where in the record the mistake shows, bytes.
  std::string file;        ///< Escaped; empty: unknown.
  Origin origin;           ///< Of the batch.
  std::shared_ptr<const InputPlace> place;
  std::uint64_t line_of_batch = 0;  ///< Lines of the input between the batch's first and this one.
  std::uint64_t input_offset = 0;   ///< Of the record in its input, or in a part of it.

  /// Row number `row` of `batch`. REQUIRES: batch.is_table().
  static BadSample of(const Batch& batch, std::uint32_t row, std::size_t offset);

  /// `FILE:LINE:OFFSET`, the offset in bytes from 0. Where the offset counts from a part of the
  /// file, `FILE:LINE:PART+OFFSET`, PART being where that is stored. A line that is not known is
  /// `?`. Empty without a file. At the end of a run all lines are known that were read.
  std::string where() const;
  /// Which of two records comes first.
  bool is_before(const BadSample& other) const noexcept;
};

/// What a text looks like: digits are `0`, words `a`, words with digits in them `x`, and several of
/// a kind, with blanks between or not, are one. At most 48 bytes, of the beginning.
std::string shape_of(std::string_view text);

struct BadShape {
  std::string reason;
  std::string shape;
  std::uint64_t count = 0;
  BadSample first;
};

/// Thread-safe. Keeps the first 64 shapes; further ones of a reason are counted together, with the
/// shape `...`.
class BadShapes {
 public:
  void add(const std::string& reason, const std::string& shape, std::uint64_t count,
           BadSample first);
  /// The most frequent ones first.
  std::vector<BadShape> all() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, BadShape> shapes_;
};

}  // namespace sluice
