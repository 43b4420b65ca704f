// The coders that read UTF-8, whatever they write.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "engine/base/utf8.h"
#include "stages/support/byte_coders.h"

namespace sluice::byte_coders {

/// Who takes a byte order mark away from the beginning of the text.
enum class OrderMark : std::uint8_t { keep, remove, write };

/// `Target` is what is written, a struct with
///   static constexpr char32_t replacement;
///   static constexpr std::size_t plain_growth;    // Bytes of a code point, by those of UTF-8.
///   static constexpr std::size_t ascii_bytes;     // Bytes of an ASCII character.
///   std::size_t put(char32_t code, char* to) const;     // 0: the target has no such character.
///   Converted convert_run(std::span<const char> in, std::span<char> out);  // Valid text only.
///   void reset();
template <class Target>
class FromUtf8 final : public ByteCoder {
 public:
  FromUtf8(const ByteCoding& coding, OrderMark mark, Target target)
      : ByteCoder(coding.encoding, growth(coding.invalid)),
        invalid_(coding.invalid),
        mark_(mark),
        target_(target) {}

 private:
  static constexpr char32_t order_mark = 0xFEFF;
  static constexpr std::size_t escape_characters = 4;

  static Growth growth(InvalidUtf8 invalid) {
    std::array<char, 4> replacement{};
    switch (invalid) {
      case InvalidUtf8::replace:
        return {
            std::max(Target::plain_growth, Target().put(Target::replacement, replacement.data())),
            1};
      case InvalidUtf8::escape:
        return {escape_characters * Target::ascii_bytes, 1};
      case InvalidUtf8::fail:
        break;
    }
    return {Target::plain_growth, 1};
  }

  Converted convert_run(std::span<const char> in, std::span<char> out) override {
    if (is_at_start_ || held_count_ > 0) return {};
    return target_.convert_run(in, out);
  }

  std::size_t convert_byte(char byte, char* out) override {
    const std::uint64_t begin = consumed() - held_count_;
    char* to = write_mark(out);
    held_[held_count_++] = byte;
    to = settle(begin, false, to);
    return static_cast<std::size_t>(to - out);
  }

  std::size_t convert_end(char* out) override {
    char* to = settle(consumed() - held_count_, true, write_mark(out));
    return static_cast<std::size_t>(to - out);
  }

  void reset() override {
    held_count_ = 0;
    is_at_start_ = true;
    target_.reset();
  }

  char* write_mark(char* to) {
    if (!is_at_start_ || held_count_ > 0 || mark_ != OrderMark::write) return to;
    return to + target_.put(order_mark, to);
  }

  /// Writes what the held bytes, the first of which stands at `offset`, are now known to be.
  char* settle(std::uint64_t offset, bool is_end, char* to) {
    std::string_view held(held_.data(), held_count_);
    while (!held.empty() && !failed()) {
      if (!is_end && is_cut_utf8(held)) break;
      const std::size_t length = utf8_length(held);
      const std::size_t taken = std::max<std::size_t>(1, length);
      to = length > 0 ? put(held.substr(0, length), offset, to)
                      : put_invalid(held.substr(0, 1), offset,
                                    is_cut_utf8(held) ? "ends within a character"
                                                      : "a byte that is not part of a character",
                                    to);
      is_at_start_ = false;
      held.remove_prefix(taken);
      offset += taken;
    }
    std::copy(held.begin(), held.end(), held_.begin());
    held_count_ = held.size();
    return to;
  }

  char* put(std::string_view character, std::uint64_t offset, char* to) {
    const char32_t code = utf8_code_point(character);
    if (is_at_start_ && code == order_mark && mark_ != OrderMark::keep) return to;
    const std::size_t written = target_.put(code, to);
    if (written > 0) return to + written;
    return put_invalid(character, offset, "a character that the encoding has not", to);
  }

  char* put_invalid(std::string_view bytes, std::uint64_t offset, const char* why, char* to) {
    switch (invalid_) {
      case InvalidUtf8::fail:
        fail(why, offset);
        break;
      case InvalidUtf8::replace:
        to += target_.put(Target::replacement, to);
        break;
      case InvalidUtf8::escape:
        for (const char byte : bytes) {
          std::array<char, escape_characters> escape{'\\', 'x'};
          encode_hex({&byte, 1}, {escape.data() + 2, 2}, LetterCase::lower, SimdLevel::scalar);
          for (const char c : escape) to += target_.put(static_cast<unsigned char>(c), to);
        }
        break;
    }
    return to;
  }

  InvalidUtf8 invalid_;
  OrderMark mark_;
  Target target_;
  std::array<char, 4> held_{};  ///< The beginning of a character.
  std::size_t held_count_ = 0;
  bool is_at_start_ = true;  ///< No character was written or removed yet.
};

/// Runs of ASCII by `convert_ascii(in, out)`, and what stands between them character by character.
template <class Target, class ConvertAscii>
Converted convert_characters(std::span<const char> in, std::span<char> out, const Target& target,
                             ConvertAscii convert_ascii) {
  constexpr std::size_t most_bytes = 4;
  Converted done;
  while (true) {
    const Converted ascii = convert_ascii(in.subspan(done.consumed), out.subspan(done.produced));
    done.consumed += ascii.consumed;
    done.produced += ascii.produced;
    std::string_view rest(in.data() + done.consumed, in.size() - done.consumed);
    do {
      const std::size_t length = utf8_length(rest);
      if (length == 0 || out.size() - done.produced < most_bytes) return done;
      const std::size_t written =
          target.put(utf8_code_point(rest.substr(0, length)), out.data() + done.produced);
      if (written == 0) return done;
      done.consumed += length;
      done.produced += written;
      rest.remove_prefix(length);
    } while (!rest.empty() && static_cast<unsigned char>(rest.front()) >= 0x80);
    if (rest.empty()) return done;
  }
}

}  // namespace sluice::byte_coders
