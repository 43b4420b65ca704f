// Cuts a stream into pieces that can be worked on by themselves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice {

/// Where a piece may end. Both depend on the content alone, and not on how it came.
enum class PieceEnd : std::uint8_t {
  line,  ///< At the first line end with which it has its size.
  byte,  ///< Exactly where it has its size.
};

/// Says where pieces end; where they are put is for others. Not thread-safe.
class PieceCutter {
 public:
  PieceCutter(std::size_t piece_bytes, PieceEnd end) noexcept
      : piece_bytes_(piece_bytes), end_(end) {}

  /// How much of `text` belongs to the piece, which has that from now on. When is_full() is true
  /// then, the piece is to be ended before more is taken.
  std::size_t take(std::string_view text) noexcept;
  bool is_full() const noexcept { return is_full_; }

  /// Bytes that the piece has.
  std::size_t size() const noexcept { return size_; }
  /// How many of them may be a piece before it is full: up to the last line end, or all.
  std::size_t whole() const noexcept { return whole_; }

  /// Begins the next piece behind the first `size` bytes, which are whole() or all there are.
  void end_piece(std::size_t size) noexcept;

 private:
  std::size_t piece_bytes_;
  PieceEnd end_;
  std::size_t size_ = 0;
  std::size_t whole_ = 0;
  bool is_full_ = false;
};

}  // namespace sluice
