// What made-up logs are put together from: random choices with given shares, and text written to
// where it is known to fit. Everything depends on its arguments only.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>

namespace sluice::made_up {

/// A text with its share, in thousandths of all records.
struct Choice {
  std::string_view text;
  unsigned share;
};

/// Whether the shares are those of a whole.
template <class Item, std::size_t Size>
constexpr bool adds_up(const std::array<Item, Size>& items) {
  unsigned sum = 0;
  for (const Item& item : items) sum += item.share;
  return sum == 1000;
}

/// The largest of the lengths that `length_of` finds.
constexpr std::size_t longest(const auto& items, auto length_of) {
  std::size_t longest = 0;
  for (const auto& item : items) longest = std::max<std::size_t>(longest, length_of(item));
  return longest;
}
constexpr auto text_length = [](const Choice& choice) { return choice.text.size(); };
constexpr auto own_length = [](std::string_view text) { return text.size(); };

/// The item that number `draw` of 1000 stands for.
template <class Item, std::size_t Size>
const Item& pick(const std::array<Item, Size>& items, unsigned draw) {
  std::size_t i = 0;
  while (draw >= items[i].share) draw -= items[i++].share;
  return items[i];
}

/// SplitMix64 (Steele, Lea, Flood 2014).
class Random {
 public:
  explicit Random(std::uint64_t state) noexcept : state_(state) {}
  std::uint64_t next() noexcept {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
    return mixed ^ (mixed >> 31U);
  }

 private:
  std::uint64_t state_;
};

/// What record `index` of the log with this seed is made from. `seed` is itself a random number.
inline Random random_of_record(std::uint64_t seed, std::uint64_t index) noexcept {
  return Random(seed + index * 0xd1342543de82ef95U);
}

/// Several small numbers out of one random word.
class Draws {
 public:
  explicit Draws(std::uint64_t word) noexcept : word_(word) {}
  /// From 0 to count - 1. At most four times with a count up to 65536.
  unsigned below(unsigned count) noexcept {
    const auto low = static_cast<unsigned>(word_ & 0xffffU);
    word_ >>= 16U;
    return (low * count) >> 16U;
  }
  unsigned thousandth() noexcept { return below(1000); }

 private:
  std::uint64_t word_;
};

inline char* put(char* to, std::string_view text) {
  std::memcpy(to, text.data(), text.size());
  return to + text.size();
}

inline char* put_number(char* to, unsigned number) {
  return std::to_chars(to, to + std::numeric_limits<unsigned>::digits10 + 1, number).ptr;
}

inline char* put_two_digits(char* to, unsigned number) {
  *to++ = static_cast<char>('0' + number / 10);
  *to++ = static_cast<char>('0' + number % 10);
  return to;
}

/// The low `digits` hexadecimal digits.
inline char* put_hex(char* to, std::uint64_t number, unsigned digits) {
  for (unsigned shift = digits * 4; shift > 0; shift -= 4) {
    *to++ = "0123456789abcdef"[(number >> (shift - 4)) & 0xfU];
  }
  return to;
}

/// A moment of a made-up log.
struct CivilTime {
  unsigned year;
  unsigned month;  ///< From 1.
  unsigned day;    ///< From 1.
  unsigned hour;
  unsigned minute;
  unsigned second;
};

/// Second `second` of all made-up logs, which begin on 1 March 2025 and last for a century.
inline CivilTime civil_time_of(std::uint64_t second) {
  using namespace std::chrono;  // NOLINT(google-build-using-namespace): for the literals as well
  constexpr std::uint64_t day_seconds = 86400;
  const year_month_day date(sys_days(2025y / March / 1) +
                            days(static_cast<int>(second / day_seconds % 36500)));
  const auto of_day = static_cast<unsigned>(second % day_seconds);
  return {static_cast<unsigned>(static_cast<int>(date.year())),
          static_cast<unsigned>(date.month()),
          static_cast<unsigned>(date.day()),
          of_day / 3600,
          of_day / 60 % 60,
          of_day % 60};
}

/// A moment as RFC 3339 has it, in milliseconds. It keeps what it last wrote: the next record is of
/// the same second most of the time.
class Timestamp {
 public:
  static constexpr std::size_t size = 24;  ///< "2025-03-01T00:00:00.000Z".

  char* put(char* to, std::uint64_t milliseconds) noexcept {
    const std::uint64_t second = milliseconds / 1000;
    if (second != written_second_) write(second);
    const auto rest = static_cast<unsigned>(milliseconds % 1000);
    text_[size - 4] = static_cast<char>('0' + rest / 100);
    put_two_digits(&text_[size - 3], rest % 100);
    return made_up::put(to, {text_.data(), size});
  }

 private:
  void write(std::uint64_t second) noexcept {
    const CivilTime civil = civil_time_of(second);
    made_up::put(text_.data(), "0000-00-00T00:00:00.000Z");
    put_two_digits(put_two_digits(text_.data(), civil.year / 100), civil.year % 100);
    put_two_digits(&text_[5], civil.month);
    put_two_digits(&text_[8], civil.day);
    put_two_digits(&text_[11], civil.hour);
    put_two_digits(&text_[14], civil.minute);
    put_two_digits(&text_[17], civil.second);
    written_second_ = second;
  }

  std::uint64_t written_second_ = std::numeric_limits<std::uint64_t>::max();
  std::array<char, size> text_{};
};

}  // namespace sluice::made_up
