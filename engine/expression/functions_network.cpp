// The network extension: addresses and networks. An address with a zone is none, and neither is an
// IPv4 address written in the tail of an IPv6 one, as in the extension's specification.
#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "engine/expression/functions.h"

namespace sluice {
namespace {

using Type = CelValue::Type;
using Context = FunctionContext;
using Arguments = const CelValue*;
using Bytes = std::array<std::uint8_t, 16>;

constexpr CelValue no_address = CelValue::error("a text that is no IP address");
constexpr CelValue no_network = CelValue::error("a text that is no network (CIDR)");

std::size_t bits_of(const NetworkAddress& address) { return address.is_v6 ? 128 : 32; }

NetworkAddress masked(NetworkAddress address) {
  for (std::size_t i = 0; i < address.bytes.size(); ++i) {
    const std::size_t kept =
        std::min<std::size_t>(8, address.prefix - std::min<std::size_t>(address.prefix, i * 8));
    address.bytes[i] = static_cast<std::uint8_t>(address.bytes[i] & (0xFF00U >> kept));
  }
  return address;
}

bool contains(const NetworkAddress& network, const NetworkAddress& other) {
  const std::size_t whole = network.prefix / 8U;
  if (network.is_v6 != other.is_v6 ||
      !std::equal(network.bytes.begin(), network.bytes.begin() + whole, other.bytes.begin())) {
    return false;
  }
  const unsigned rest = network.prefix % 8U;
  if (rest == 0) return true;
  const auto differing = static_cast<unsigned>(network.bytes[whole] ^ other.bytes[whole]);
  return differing >> (8U - rest) == 0;
}

/// Four numbers of up to 255 with dots between, none with a zero in front; `to` is then theirs.
bool parse_v4(std::string_view text, Bytes& to) noexcept {
  std::size_t at = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    if (i > 0 && (at == text.size() || text[at++] != '.')) return false;
    unsigned number = 0;
    const std::size_t begin = at;
    for (; at < text.size() && at < begin + 3 && text[at] >= '0' && text[at] <= '9'; ++at) {
      number = number * 10 + static_cast<unsigned>(text[at] - '0');
    }
    if (at == begin || number > 255 || (text[begin] == '0' && at > begin + 1)) return false;
    to[i] = static_cast<std::uint8_t>(number);
  }
  return at == text.size();
}

CelValue address_of(Context& context, Arguments a) {
  NetworkAddress address;
  return parse_address(a[0].text(), address) ? context.address(address, Type::address) : no_address;
}
CelValue network_of(Context& context, Arguments a) {
  NetworkAddress network;
  return parse_network(a[0].text(), network) ? context.address(network, Type::network) : no_network;
}
CelValue same(Context&, Arguments a) { return a[0]; }

CelValue is_address(Context&, Arguments a) {
  NetworkAddress address;
  return CelValue::boolean(parse_address(a[0].text(), address));
}
CelValue is_network(Context&, Arguments a) {
  NetworkAddress network;
  return CelValue::boolean(parse_network(a[0].text(), network));
}
CelValue is_canonical(Context& context, Arguments a) {
  NetworkAddress address;
  if (!parse_address(a[0].text(), address)) return no_address;
  std::string& out = context.buffer();
  append_address(out, address, false);
  return CelValue::boolean(out == a[0].text());
}

CelValue family(Context&, Arguments a) { return CelValue::integer(a[0].address().is_v6 ? 6 : 4); }
CelValue is_unspecified(Context&, Arguments a) {
  return CelValue::boolean(a[0].address().bytes == Bytes{});
}
bool is_loopback_address(const NetworkAddress& address) {
  if (!address.is_v6) return address.bytes[0] == 127;
  Bytes loopback{};
  loopback[15] = 1;
  return address.bytes == loopback;
}
CelValue is_loopback(Context&, Arguments a) {
  return CelValue::boolean(is_loopback_address(a[0].address()));
}
bool is_link_local(const NetworkAddress& address) {
  const Bytes& b = address.bytes;
  return address.is_v6 ? b[0] == 0xFE && (b[1] & 0xC0U) == 0x80 : b[0] == 169 && b[1] == 254;
}
CelValue is_link_local_unicast(Context&, Arguments a) {
  return CelValue::boolean(is_link_local(a[0].address()));
}
CelValue is_link_local_multicast(Context&, Arguments a) {
  const NetworkAddress& address = a[0].address();
  const Bytes& b = address.bytes;
  return CelValue::boolean(address.is_v6 ? b[0] == 0xFF && (b[1] & 0x0FU) == 2
                                         : b[0] == 224 && b[1] == 0 && b[2] == 0);
}
CelValue is_global_unicast(Context&, Arguments a) {
  const NetworkAddress& address = a[0].address();
  const Bytes& b = address.bytes;
  const bool is_multicast = address.is_v6 ? b[0] == 0xFF : (b[0] & 0xF0U) == 0xE0;
  const bool is_broadcast = !address.is_v6 && std::all_of(b.begin(), b.begin() + 4,
                                                          [](auto byte) { return byte == 255; });
  return CelValue::boolean(b != Bytes{} && !is_multicast && !is_broadcast &&
                           !is_loopback_address(address) && !is_link_local(address));
}

CelValue contains_address(Context&, Arguments a) {
  return CelValue::boolean(contains(a[0].address(), a[1].address()));
}
CelValue contains_address_text(Context&, Arguments a) {
  NetworkAddress address;
  if (!parse_address(a[1].text(), address)) return no_address;
  return CelValue::boolean(contains(a[0].address(), address));
}
bool contains_all(const NetworkAddress& network, const NetworkAddress& other) {
  return other.prefix >= network.prefix && contains(network, other);
}
CelValue contains_network(Context&, Arguments a) {
  return CelValue::boolean(contains_all(a[0].address(), a[1].address()));
}
CelValue contains_network_text(Context&, Arguments a) {
  NetworkAddress network;
  if (!parse_network(a[1].text(), network)) return no_network;
  return CelValue::boolean(contains_all(a[0].address(), network));
}
CelValue address_in(Context& context, Arguments a) {
  NetworkAddress address = a[0].address();
  address.prefix = 0;
  return context.address(address, Type::address);
}
CelValue masked_network(Context& context, Arguments a) {
  return context.address(masked(a[0].address()), Type::network);
}
CelValue prefix_length(Context&, Arguments a) { return CelValue::integer(a[0].address().prefix); }

constexpr std::array table{
    overload("ip", "s:p", address_of),
    overload("ip", "p:p", same),
    overload("isIP", "s:b", is_address),
    overload("ip.isCanonical", "s:b", is_canonical),
    overload("family", "p.:i", family),
    overload("isUnspecified", "p.:b", is_unspecified),
    overload("isLoopback", "p.:b", is_loopback),
    overload("isGlobalUnicast", "p.:b", is_global_unicast),
    overload("isLinkLocalUnicast", "p.:b", is_link_local_unicast),
    overload("isLinkLocalMulticast", "p.:b", is_link_local_multicast),
    overload("cidr", "s:c", network_of),
    overload("cidr", "c:c", same),
    overload("isCIDR", "s:b", is_network),
    overload("containsIP", "c.p:b", contains_address),
    overload("containsIP", "c.s:b", contains_address_text),
    overload("containsCIDR", "c.c:b", contains_network),
    overload("containsCIDR", "c.s:b", contains_network_text),
    overload("ip", "c.:p", address_in),
    overload("masked", "c.:c", masked_network),
    overload("prefixLength", "c.:i", prefix_length),
};

}  // namespace

bool parse_address(std::string_view text, NetworkAddress& to) noexcept {
  to = {};
  if (text.find(':') == std::string_view::npos) return parse_v4(text, to.bytes);
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.size() >= terminated.size() || text.find('\0') != std::string_view::npos) return false;
  std::copy(text.begin(), text.end(), terminated.begin());
  if (text.find('.') != std::string_view::npos) return false;
  if (inet_pton(AF_INET6, terminated.data(), to.bytes.data()) != 1) return false;
  to.is_v6 = true;
  constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  if (std::equal(mapped.begin(), mapped.end(), to.bytes.begin())) {
    const Bytes v6 = to.bytes;
    to = {};
    std::copy(v6.begin() + 12, v6.end(), to.bytes.begin());
  }
  return true;
}

bool parse_network(std::string_view text, NetworkAddress& to) noexcept {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos || !parse_address(text.substr(0, slash), to)) return false;
  const std::string_view digits = text.substr(slash + 1);
  std::uint8_t prefix = 0;
  const char* end = digits.data() + digits.size();
  const auto [read, problem] = std::from_chars(digits.data(), end, prefix);
  if (problem != std::errc() || read != end || (digits.size() > 1 && digits[0] == '0'))
    return false;
  if (prefix > bits_of(to)) return false;
  to.prefix = prefix;
  return true;
}

void append_address(std::string& out, const NetworkAddress& address, bool is_network) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(address.is_v6 ? AF_INET6 : AF_INET, address.bytes.data(), text.data(), text.size());
  out += text.data();
  if (is_network) out += '/' + std::to_string(address.prefix);
}

std::span<const Overload> network_functions() noexcept { return table; }

}  // namespace sluice
