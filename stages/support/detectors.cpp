#include "stages/support/detectors.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace sluice::detect {
namespace {

enum ByteClass : std::uint8_t {
  digit = 1,
  letter = 2,  ///< Of ASCII.
  hex = 4,
  local = 8,       ///< Of the part of an address in front of `@`.
  domain = 16,     ///< Of the part behind it.
  top_level = 32,  ///< Of the last label of a domain.
  word = 64,
  token = 128,  ///< Of a bearer token, but for the `=` at its end.
};

constexpr std::array<std::uint8_t, 256> classes = [] {
  std::array<std::uint8_t, 256> all{};
  const auto add = [&](std::string_view bytes, unsigned of) {
    for (const char byte : bytes) {
      auto& entry = all[static_cast<unsigned char>(byte)];
      entry = static_cast<std::uint8_t>(entry | of);
    }
  };
  add("0123456789", digit | hex | local | domain | word | token);
  add("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
      letter | local | domain | top_level | word | token);
  add("abcdefABCDEF", hex);
  add("_", word);
  add("._%+-", local);
  add(".-", domain);
  add("._~+/-", token);
  for (std::size_t byte = 0x80; byte < 256; ++byte) all[byte] = local | domain | top_level;
  return all;
}();

constexpr bool is(char byte, unsigned of) noexcept {
  return (classes[static_cast<unsigned char>(byte)] & of) != 0;
}
constexpr bool is_base64url(char byte) noexcept {
  return is(byte, digit | letter) || byte == '-' || byte == '_';
}

/// The byte at `at`, or a line end behind the text.
char byte_at(std::string_view text, std::size_t at) noexcept {
  return at < text.size() ? text[at] : '\n';
}
char byte_before(std::string_view text, std::size_t at) noexcept {
  return at > 0 ? text[at - 1] : '\n';
}

/// The end of the run of such bytes from `at` on.
template <class Is>
std::size_t skip(std::string_view text, std::size_t at, Is belongs) noexcept {
  while (at < text.size() && belongs(text[at])) ++at;
  return at;
}

/// No number goes on to the left of `begin`: neither a word nor `1.`.
bool number_may_begin(std::string_view text, std::size_t begin) noexcept {
  const char before = byte_before(text, begin);
  if (is(before, word)) return false;
  return before != '.' || begin < 2 || !is(text[begin - 2], digit);
}
bool number_may_end(std::string_view text, std::size_t end) noexcept {
  const char behind = byte_at(text, end);
  if (is(behind, word)) return false;
  return behind != '.' || !is(byte_at(text, end + 1), digit);
}

/// The end of the octet that begins at `at`; `at` itself if there is none.
std::size_t octet_end(std::string_view text, std::size_t at) noexcept {
  unsigned value = 0;
  std::size_t end = at;
  for (; end < text.size() && end < at + 3 && is(text[end], digit); ++end) {
    value = value * 10 + static_cast<unsigned>(text[end] - '0');
  }
  return value <= 255 ? end : at;
}

/// The end of the dotted quad that begins at `at`; `at` itself if there is none.
std::size_t quad_end(std::string_view text, std::size_t at) noexcept {
  std::size_t position = at;
  for (int octet = 0; octet < 4; ++octet) {
    if (octet > 0) {
      if (byte_at(text, position) != '.') return at;
      ++position;
    }
    const std::size_t end = octet_end(text, position);
    if (end == position) return at;
    position = end;
  }
  return position;
}

bool is_luhn(std::string_view text, TextSpan span) noexcept {
  unsigned sum = 0;
  bool doubled = false;
  for (std::size_t at = span.end; at-- > span.begin;) {
    if (!is(text[at], digit)) continue;
    const auto value = static_cast<unsigned>(text[at] - '0') << (doubled ? 1 : 0);
    sum += value > 9 ? value - 9 : value;
    doubled = !doubled;
  }
  return sum % 10 == 0;
}

/// The sizes of up to five groups of digits that one kind of separator stands between.
struct DigitGroups {
  std::array<std::size_t, 5> sizes{};
  std::array<std::size_t, 5> ends{};
  std::size_t count = 0;

  DigitGroups(std::string_view text, std::size_t begin) noexcept {
    const std::size_t first_end = end_of(text, begin);
    add(begin, first_end);
    const char separator = byte_at(text, first_end);
    if (separator != ' ' && separator != '-') return;
    std::size_t at = first_end;
    while (count < sizes.size() && byte_at(text, at) == separator) {
      const std::size_t end = end_of(text, at + 1);
      if (end == at + 1) return;
      add(at + 1, end);
      at = end;
    }
  }

 private:
  /// No group that counts is longer than this.
  static constexpr std::size_t longest = 20;
  static std::size_t end_of(std::string_view text, std::size_t at) noexcept {
    return skip(text.substr(0, std::min(text.size(), at + longest)), at,
                [](char byte) { return is(byte, digit); });
  }
  void add(std::size_t begin, std::size_t end) noexcept {
    sizes[count] = end - begin;
    ends[count++] = end;
  }
};

/// Whether the first `count` groups are those of a card.
bool is_card_layout(const DigitGroups& groups, std::size_t count) noexcept {
  const auto& sizes = groups.sizes;
  const auto is_from = [](std::size_t size, std::size_t low, std::size_t high) {
    return low <= size && size <= high;
  };
  switch (count) {
    case 1:
      return is_from(sizes[0], 13, 19);
    case 3:
      return sizes[0] == 4 && sizes[1] == 6 && is_from(sizes[2], 4, 5);
    case 4:
      return sizes[0] == 4 && sizes[1] == 4 && sizes[2] == 4 && is_from(sizes[3], 1, 4);
    case 5:
      return sizes[0] == 4 && sizes[1] == 4 && sizes[2] == 4 && sizes[3] == 4 &&
             is_from(sizes[4], 1, 3);
    default:
      return false;
  }
}

/// The end of `small`, in any case of its letters, at `at`; `at` itself if it is not there.
std::size_t skip_word(std::string_view text, std::size_t at, std::string_view small) noexcept {
  if (text.size() - at < small.size()) return at;
  for (std::size_t i = 0; i < small.size(); ++i) {
    if ((static_cast<unsigned char>(text[at + i]) | 0x20U) !=
        static_cast<unsigned char>(small[i])) {
      return at;
    }
  }
  return at + small.size();
}

/// Behind up to `most` bytes that are in `bytes`.
std::size_t skip_some(std::string_view text, std::size_t at, std::string_view bytes,
                      std::size_t most) noexcept {
  const std::size_t last = std::min(text.size(), at + most);
  while (at < last && bytes.find(text[at]) != std::string_view::npos) ++at;
  return at;
}

}  // namespace

bool is_ipv6_byte(char byte) noexcept { return is(byte, hex) || byte == ':'; }

TextSpan email(std::string_view text, std::size_t at, std::size_t floor) noexcept {
  std::size_t begin = at;
  while (begin > floor && is(text[begin - 1], local)) --begin;
  if (begin == at) return {};
  std::size_t end = 0;      // Behind the last label that could be the last one.
  std::size_t letters = 0;  // Of the label at hand, as long as it has nothing else.
  bool in_label = false;
  for (std::size_t i = at + 1; i < text.size() && is(text[i], domain); ++i) {
    if (text[i] == '.') {
      in_label = i > at + 1;
      letters = 0;
    } else if (!is(text[i], top_level)) {
      in_label = false;
    } else if (in_label && ++letters >= 2) {
      end = i + 1;
    }
  }
  return end == 0 ? TextSpan{} : TextSpan{begin, end};
}

TextSpan ipv4(std::string_view text, std::size_t at) noexcept {
  const std::size_t end = octet_end(text, at);
  if (end == at || !number_may_end(text, end)) return {};
  std::size_t begin = at;
  for (int octet = 0; octet < 3; ++octet) {
    if (begin == 0 || text[begin - 1] != '.') return {};
    const std::size_t dot = begin - 1;
    begin = dot;
    while (begin > 0 && dot - begin < 3 && is(text[begin - 1], digit)) --begin;
    if (begin == dot || octet_end(text, begin) != dot) return {};
  }
  return number_may_begin(text, begin) ? TextSpan{begin, end} : TextSpan{};
}

TextSpan ipv6(std::string_view text, std::size_t begin, std::size_t floor) noexcept {
  if (begin > floor && is(byte_before(text, begin), word)) return {};
  constexpr unsigned all_groups = 8;
  std::size_t end = begin;
  std::size_t at = begin;
  unsigned groups = 0;
  bool compressed = false;
  const auto note_end = [&](std::size_t candidate, unsigned count) {
    const bool is_complete = compressed ? count < all_groups : count == all_groups;
    const bool is_more_than_colons = candidate > begin + 2;
    if (is_complete && is_more_than_colons && !is(byte_at(text, candidate), word)) {
      end = std::max(end, candidate);
    }
  };
  while (true) {
    if (byte_at(text, at) == ':' && byte_at(text, at + 1) == ':' && !compressed) {
      compressed = true;
      at += 2;
      note_end(at, groups);
    } else if (groups > 0) {
      // A single colon stands between two groups only.
      if (byte_at(text, at) != ':') break;
      ++at;
    }
    if (const std::size_t quad = quad_end(text, at); quad > at) {
      note_end(quad, groups + 2);
    }
    const std::size_t group = skip(text.substr(0, std::min(text.size(), at + 5)), at,
                                   [](char byte) { return is(byte, hex); });
    if (group == at || group - at > 4) break;
    at = group;
    if (++groups > all_groups) break;
    note_end(at, groups);
  }
  return end == begin ? TextSpan{} : TextSpan{begin, end};
}

TextSpan credit_card(std::string_view text, std::size_t begin) noexcept {
  if (text[begin] < '2' || text[begin] > '6' || !number_may_begin(text, begin)) return {};
  const DigitGroups groups(text, begin);
  for (std::size_t count = groups.count; count > 0; --count) {
    const TextSpan span{begin, groups.ends[count - 1]};
    if (is_card_layout(groups, count) && number_may_end(text, span.end) && is_luhn(text, span)) {
      return span;
    }
  }
  return {};
}

TextSpan jwt(std::string_view text, std::size_t at) noexcept {
  if (!text.substr(at).starts_with("eyJ") || is_base64url(byte_before(text, at))) return {};
  std::array<std::size_t, 5> sizes{};
  std::array<std::size_t, 5> ends{};
  std::size_t parts = 0;
  for (std::size_t begin = at; parts < sizes.size(); ++parts) {
    ends[parts] = skip(text, begin, is_base64url);
    sizes[parts] = ends[parts] - begin;
    if (byte_at(text, ends[parts]) != '.') {
      ++parts;
      break;
    }
    begin = ends[parts] + 1;
  }
  constexpr std::size_t shortest_header = 10;
  if (parts < 3 || sizes[0] < shortest_header) return {};
  // Encrypted (RFC 7516): five parts, of which the second may be empty.
  if (parts == 5 && sizes[2] > 0 && sizes[3] > 0 && sizes[4] > 0) return {at, ends[4]};
  return sizes[1] >= 2 ? TextSpan{at, ends[2]} : TextSpan{};
}

TextSpan bearer(std::string_view text, std::size_t at) noexcept {
  const std::size_t scheme_end = skip_word(text, at, "bearer");
  if (scheme_end == at || is(byte_before(text, at), word)) return {};
  const std::size_t begin = skip(text, scheme_end, [](char byte) { return byte == ' '; });
  if (begin == scheme_end) return {};
  bool has_digit = false;
  std::size_t end = skip(text, begin, [&](char byte) {
    has_digit = has_digit || is(byte, digit);
    return is(byte, token);
  });
  if (end == begin) return {};
  end = skip(text, end, [](char byte) { return byte == '='; });
  constexpr std::size_t shortest = 8;
  constexpr std::size_t shortest_without_digit = 20;
  const bool is_token = end - begin >= (has_digit ? shortest : shortest_without_digit);
  return is_token ? TextSpan{at, end} : TextSpan{};
}

TextSpan aws_key_id(std::string_view text, std::size_t at) noexcept {
  constexpr std::size_t length = 20;
  if (text.size() - at < length) return {};
  const std::string_view id = text.substr(at, length);
  if (!id.starts_with("AKIA") && !id.starts_with("ASIA")) return {};
  const auto is_id_byte = [](char byte) { return is(byte, digit) || (byte >= 'A' && byte <= 'Z'); };
  if (!std::all_of(id.begin(), id.end(), is_id_byte)) return {};
  const bool is_alone =
      !is(byte_before(text, at), digit | letter) && !is(byte_at(text, at + length), digit | letter);
  return is_alone ? TextSpan{at, at + length} : TextSpan{};
}

TextSpan aws_secret(std::string_view text, std::size_t at) noexcept {
  constexpr std::size_t length = 40;
  std::size_t end = skip_word(text, at, "secret");
  if (end == at) return {};
  end = skip_some(text, end, "_-", 1);
  if (const std::size_t access = skip_word(text, end, "access"); access > end) {
    end = skip_some(text, access, "_-", 1);
  }
  const std::size_t name_end = skip_word(text, end, "key");
  if (name_end == end) return {};
  const std::size_t quoted = skip_some(text, skip_some(text, name_end, "\\", 1), "\"'", 1);
  const std::size_t spaced = skip_some(text, quoted, " ", 3);
  const std::size_t assigned = skip_some(text, spaced, ":=", 2);
  if (assigned == spaced) return {};
  const std::size_t value = skip_some(text, assigned, " ", 3);
  const std::size_t begin = skip_some(text, skip_some(text, value, "\\", 1), "\"'", 1);
  const auto is_key_byte = [](char byte) {
    return is(byte, digit | letter) || byte == '/' || byte == '+';
  };
  const std::size_t limit = std::min(text.size(), begin + length + 1);
  const std::size_t key_end = skip(text.substr(0, limit), begin, is_key_byte);
  if (key_end - begin != length || byte_at(text, key_end) == '=') return {};
  return {begin, key_end};
}

}  // namespace sluice::detect
