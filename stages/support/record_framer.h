// What tells records apart in a text: one implementation for each family of framings, for
// StreamFramer, which wants to know how far a text that grows holds whole records, and for
// frame_batch, which wants the records themselves.
//
// A *frame* is a record with what delimits it: a length in front, a delimiter behind. Frames follow
// each other without gaps, so where one begins is known only to who knows where the ones in front
// end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/data/slice.h"
#include "stages/support/framing_options.h"

namespace sluice {

/// What is wrong with an input that breaks off where no record may end.
inline constexpr std::string_view ends_inside_record = "the input ends inside a record";

/// Why no record can be told behind some place of a text.
struct FramingDamage {
  std::string what;
  std::size_t offset = 0;  ///< Where the frame begins, or the input ends.
};

/// The records of a text.
struct FoundRecords {
  std::vector<Slice> contents;      ///< Without what delimits them.
  std::uint64_t truncated = 0;      ///< Texts that are visibly not whole, and so left out.
  std::size_t first_truncated = 0;  ///< Where the first of them is.
};

/// One thread at a time.
class RecordFramer {
 public:
  RecordFramer() = default;
  RecordFramer(const RecordFramer&) = delete;
  RecordFramer& operator=(const RecordFramer&) = delete;
  virtual ~RecordFramer() = default;

  // --- Walking over a text that grows -----------------------------------------------------------

  /// Begins a walk with a frame at `begin` of a text.
  virtual void restart(std::size_t begin) = 0;
  /// Where the last whole frame ends, or where the walk began. The text is that of the last call
  /// with more behind it.
  virtual std::size_t find_whole(std::string_view text) = 0;
  /// What find_whole ran into. Nothing behind it can be framed.
  const std::optional<FramingDamage>& damage() const noexcept { return damage_; }

  /// Gives up a frame that is too long and of which `beginning` has been seen: skip() goes on.
  virtual void give_up(std::string_view beginning) = 0;
  /// How many bytes of `text`, which follows what was seen, belong to the frame given up; npos: all
  /// of them, and there may be more.
  virtual std::size_t skip(std::string_view text) = 0;

  /// True when the end of the input ends a frame that is not whole: a delimiter may be missing
  /// behind the last record.
  virtual bool ends_with_input() const noexcept { return true; }

  // --- All records of a text --------------------------------------------------------------------

  /// Appends the records of `text`, which is whole frames; the last one may be the beginning of one
  /// that is too long, or lack what the end of the input ends.
  virtual void append_records(std::string_view text, FoundRecords& found) const = 0;

 protected:
  std::optional<FramingDamage> damage_;
};

std::unique_ptr<RecordFramer> make_record_framer(const FramingOptions& options);

/// One for each family; see make_record_framer.
std::unique_ptr<RecordFramer> make_delimited_framer(std::string delimiter);
std::unique_ptr<RecordFramer> make_prefixed_framer(LengthPrefix prefix);
std::unique_ptr<RecordFramer> make_octet_counted_framer();
std::unique_ptr<RecordFramer> make_fixed_framer(std::size_t record_size);
std::unique_ptr<RecordFramer> make_json_sequence_framer(std::size_t longest);
std::unique_ptr<RecordFramer> make_separated_framer(char separator, std::size_t bound);
/// Everything is one record.
std::unique_ptr<RecordFramer> make_whole_input_framer();
/// There are no records, and a text may be cut anywhere.
std::unique_ptr<RecordFramer> make_byte_framer();

}  // namespace sluice
