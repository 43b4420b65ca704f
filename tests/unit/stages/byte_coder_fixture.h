// Whole and cut conversions by a ByteCoder.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <ostream>
#include <random>
#include <string>
#include <string_view>

#include "stages/support/byte_encoding.h"

namespace sluice::byte_coder_test {

struct Outcome {
  std::string bytes;
  std::string error;  ///< Empty: none.
  std::uint64_t offset = 0;

  bool operator==(const Outcome&) const = default;
  friend std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
    return out << '"' << outcome.bytes << "\" " << outcome.error << " at " << outcome.offset;
  }
};

inline void set_error(Outcome& outcome, const Error& error) {
  outcome.error = error.message;
  outcome.offset = error.offset.value_or(~std::uint64_t{0});
}

/// In pieces of random lengths.
inline Outcome convert_cut(ByteCoder& coder, std::string_view input, unsigned seed,
                           std::size_t longest) {
  std::mt19937 random(seed);
  const auto length = [&](std::size_t least) { return least + random() % longest; };
  Outcome outcome;
  coder.restart();
  while (!input.empty()) {
    const std::string piece(input.substr(0, length(0)));
    std::string room(length(ByteCoder::least_room), '\0');
    const auto step = coder.convert(piece, room);
    if (!step) {
      set_error(outcome, step.error());
      return outcome;
    }
    outcome.bytes.append(room, 0, step.value().produced);
    input.remove_prefix(step.value().consumed);
  }
  std::string room(ByteCoder::least_room, '\0');
  const auto end = coder.finish(room);
  if (end) {
    outcome.bytes.append(room, 0, end.value());
  } else {
    set_error(outcome, end.error());
  }
  return outcome;
}

/// At once, into the room that bound() promises to be enough.
inline Outcome convert_whole(ByteCoder& coder, std::string_view input) {
  Outcome outcome;
  coder.restart();
  std::string room(coder.bound(input.size()), '\0');
  const auto step = coder.convert(input, room);
  if (!step) {
    set_error(outcome, step.error());
    return outcome;
  }
  const std::size_t produced = step.value().produced;
  const auto end = coder.finish(std::span(room).subspan(produced));
  outcome.bytes = room.substr(0, produced);
  if (!end) {
    set_error(outcome, end.error());
    return outcome;
  }
  if (step.value().consumed != input.size()) outcome.error = "the bound was too small";
  outcome.bytes = room.substr(0, produced + end.value());
  return outcome;
}

inline Outcome encode(const ByteCoding& coding, std::string_view input) {
  return convert_whole(*make_byte_encoder(coding), input);
}
inline Outcome decode(const ByteCoding& coding, std::string_view input) {
  return convert_whole(*make_byte_decoder(coding), input);
}

}  // namespace sluice::byte_coder_test
