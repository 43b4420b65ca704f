// Cuts a stream into pieces that can be worked on by themselves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice {

/// Where a piece may end. Both depend on the content alone, and not on how it came.
enum class PieceEnd : std::uint8_t {
  line,  ///< At the first line end with which it has its size.
  byte,  ///< Exactly where it has its size.
};

/// Collects one piece at a time. Not thread-safe.
class PieceCutter {
 public:
  PieceCutter(std::size_t piece_bytes, PieceEnd end) noexcept
      : piece_bytes_(piece_bytes), end_(end) {}

  /// Takes what of `text` belongs to the piece, and answers how much that is. When is_full() is
  /// true then, the piece is to be ended before more is taken.
  std::size_t take(std::string_view text);
  bool is_full() const noexcept { return is_full_; }

  /// All that was taken: the piece when it is full, or the last one.
  const std::string& collected() const noexcept { return text_; }
  /// What of it may be a piece before it is full: as far as its last line end, or all.
  std::string_view whole() const noexcept { return std::string_view(text_).substr(0, whole_); }

  /// Begins the next piece behind the first `size` bytes.
  void end_piece(std::size_t size);

 private:
  std::size_t piece_bytes_;
  PieceEnd end_;
  std::string text_;
  std::size_t whole_ = 0;
  bool is_full_ = false;
};

}  // namespace sluice
