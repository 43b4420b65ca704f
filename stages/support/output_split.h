// Writing one stream of records to several files, one after the other: where a file ends is decided
// in front of all that makes bytes of the records, so that each file is whole in every encoding and
// compression.
//
// The first batch of each file but the first is marked (Batch::begins_file). Who encodes begins
// anew there (titles), who compresses ends its frame and what stands behind the last one, and the
// sink opens the next file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/stage/option.h"
#include "engine/stage/part.h"

namespace sluice {

/// How much one file gets, whichever is reached first.
struct SplitOptions {
  std::optional<ByteSize> bytes;         ///< Of the records' texts, with their line ends.
  std::optional<std::uint64_t> records;  ///< How many.
  /// What was read in so much time, cut at its multiples since 1970 (UTC).
  std::optional<Duration> every;

  bool is_on() const noexcept { return bytes || records || every; }
};

template <>
struct OptionType<SplitOptions> {
  static std::string name() { return "map of bytes, records, every"; }
  static bool parse(const Value& value, SplitOptions& to, std::string& why);
  static std::string print(const SplitOptions& value);
  static std::vector<std::string> choices() { return {}; }
};

/// Marks the batches that begin a file, and cuts those that a border lies in. The others go on as
/// they are, if it `passes` them; in front of a rewrite it must not, as that writes into memory
/// that comes with the buffers of this part. A record is never cut, and a file has at least one,
/// so one may be larger than `bytes`; the last one that fits has its place in the file. The same
/// for any cut of the input into batches, but for `every`: records of a batch were read at once.
ExpanderPart split_part(const SplitOptions& options, bool passes);

/// What stands in a path for the number of a file.
inline constexpr std::string_view number_in_path = "{number}";
/// `path` with six digits, or as many as it takes, in the place of each `{number}`.
std::string numbered_path(std::string_view path, std::uint64_t number);

}  // namespace sluice
