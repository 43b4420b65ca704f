// What counts as an email address, an IP address, a card number or a secret in a text.
//
// Each function is given a text, a position that such a thing would have at its anchor (the `@` of
// an address), and `floor`, which it must not reach in front of: the end of the last one. It
// answers what it is from where to where, or an empty span. All look at a bounded number of bytes,
// or at bytes that no other anchor makes them look at again, so a text takes time in proportion to
// its length. Nothing that is found contains a line end. Bytes beyond ASCII are no word characters,
// but letters of email addresses.
//
// The definitions, as regular expressions with look-around, W being [A-Za-z0-9_]:
//   email        L+@D+\.T{2,}   L: [A-Za-z0-9._%+-\x80-\xff]  D: [A-Za-z0-9.-\x80-\xff]
//                               T: [A-Za-z\x80-\xff]
//   ipv4         (?<!W)(?<!\d\.)O\.O\.O\.O(?!W)(?!\.\d)   O: 1 to 3 digits, at most 255
//   ipv6         (?<!W)X(?!W)   X: the longest text that RFC 4291 2.2 allows, dotted quads at the
//                               end included; not `::` alone
//   credit_card  (?<!W)(?<!\d\.)C(?!W)(?!\.\d)   C: 13 to 19 digits, or groups of 4-4-4-1..4,
//                               4-4-4-4-1..3, 4-6-4 or 4-6-5 digits with one kind of separator,
//                               blank or dash; the first digit is 2 to 6 and the Luhn sum (ISO/IEC
//                               7812-1, annex B) is right; the longest counts
//   jwt          (?<![B-])eyJB{7,}(\.B*\.B+\.B+\.B+|\.B{2,}\.B*)   B: [A-Za-z0-9_-] (RFC 7519)
//   bearer       (?<!W)(?i:bearer) +K+=*   K: [A-Za-z0-9._~+/-] (RFC 6750 2.1); the token has at
//                               least 8 characters with a digit among them, or at least 20
//   aws_key      (?<![A-Za-z0-9])A[KS]IA[A-Z0-9]{16}(?![A-Za-z0-9]), and the 40 characters behind a
//                               name that ends in `secret_access_key` or `secret_key`
#pragma once

#include <cstddef>
#include <string_view>

namespace sluice {

/// From `begin` to in front of `end`.
struct TextSpan {
  std::size_t begin = 0;
  std::size_t end = 0;
  constexpr bool empty() const noexcept { return begin == end; }
  friend constexpr bool operator==(TextSpan, TextSpan) = default;
};

namespace detect {

/// `at`: the `@`.
TextSpan email(std::string_view text, std::size_t at, std::size_t floor) noexcept;
/// `at`: the first digit of the last octet; a dot is in front of it.
TextSpan ipv4(std::string_view text, std::size_t at) noexcept;
/// The address that begins at `begin`. A word may end at `floor`, since it will be gone.
TextSpan ipv6(std::string_view text, std::size_t begin, std::size_t floor) noexcept;
/// The card number that begins at `begin`, a digit.
TextSpan credit_card(std::string_view text, std::size_t begin) noexcept;
/// `at`: the `e` of `eyJ`.
TextSpan jwt(std::string_view text, std::size_t at) noexcept;
/// `at`: the `b` of `bearer`.
TextSpan bearer(std::string_view text, std::size_t at) noexcept;
/// `at`: the first `A`.
TextSpan aws_key_id(std::string_view text, std::size_t at) noexcept;
/// `at`: the `s` of `secret`. The span is that of the key alone.
TextSpan aws_secret(std::string_view text, std::size_t at) noexcept;

/// Could belong to an IPv6 address: a hexadecimal digit or `:`.
bool is_ipv6_byte(char byte) noexcept;

}  // namespace detect
}  // namespace sluice
