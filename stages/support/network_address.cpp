#include "stages/support/network_address.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <memory>
#include <system_error>

#include "engine/base/escape.h"

namespace sluice {
namespace {

constexpr std::string_view unix_prefix = "unix:";
constexpr std::string_view forms = "HOST:PORT, [IPV6]:PORT, :PORT or unix:PATH";

/// Room for the path and the zero behind it.
constexpr std::size_t longest_path = sizeof(sockaddr_un::sun_path) - 1;

bool is_ipv6(std::string_view text) {
  // The zone is no part of what inet_pton knows.
  const std::string number(text.substr(0, text.find('%')));
  in6_addr parsed{};
  return ::inet_pton(AF_INET6, number.c_str(), &parsed) == 1;
}

bool is_host_name(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char byte) {
    return byte > ' ' && byte != 0x7f && std::strchr("[]/\\@%:?#", byte) == nullptr;
  });
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, port);
  if (text.empty() || error != std::errc{} || stop != end) return std::nullopt;
  return port;
}

SocketAddress unix_address(const std::string& path) {
  SocketAddress address;
  auto& local = reinterpret_cast<sockaddr_un&>(address.storage);
  local.sun_family = AF_UNIX;
  path.copy(static_cast<char*>(local.sun_path), longest_path);
  address.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  return address;
}

std::string unix_text(const SocketAddress& address) {
  const auto& local = reinterpret_cast<const sockaddr_un&>(address.storage);
  constexpr std::size_t before = offsetof(sockaddr_un, sun_path);
  std::string path;
  if (address.length > before) path.assign(local.sun_path, address.length - before);
  // A name in the abstract space begins with a zero, and is shown as other programs show it.
  if (!path.empty() && path.front() == '\0') {
    path.front() = '@';
  } else {
    path.resize(std::min(path.size(), path.find('\0')));
  }
  return std::string(unix_prefix) + path;
}

std::string zone_of(const sockaddr_in6& address) {
  if (address.sin6_scope_id == 0) return {};
  std::array<char, IF_NAMESIZE> name{};
  const char* known = ::if_indextoname(address.sin6_scope_id, name.data());
  return "%" + (known != nullptr ? std::string(known) : std::to_string(address.sin6_scope_id));
}

std::string number_of(int family, const void* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const char* written = ::inet_ntop(family, address, text.data(), text.size());
  return written != nullptr ? written : "?";
}

std::string with_port(const std::string& host, in_port_t port) {
  return host + ":" + std::to_string(ntohs(port));
}

Error resolver_error(int code, const NetworkAddress& address) {
  if (code == EAI_SYSTEM) return io_error("cannot resolve", errno, address.text());
  Error error;
  error.code = ErrorCode::io;
  error.message = std::string("cannot resolve: ") + ::gai_strerror(code);
  error.file = address.text();
  return error;
}

}  // namespace

std::optional<NetworkAddress> NetworkAddress::parse(std::string_view text, std::string& why) {
  const std::string got = ", got '" + escape(text) + "'";
  NetworkAddress address;
  if (text.starts_with(unix_prefix)) {
    address.path_ = text.substr(unix_prefix.size());
    if (address.path_.empty() || address.path_.find('\0') != std::string::npos) {
      why = "expected a path behind unix:" + got;
      return std::nullopt;
    }
    if (address.path_.size() > longest_path) {
      why =
          "the path of a Unix socket has at most " + std::to_string(longest_path) + " bytes" + got;
      return std::nullopt;
    }
    return address;
  }
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || (text.ends_with(']') && text.starts_with('['))) {
    why = "expected " + std::string(forms) + got + ", which has no port";
    return std::nullopt;
  }
  const std::optional<std::uint16_t> port = parse_port(text.substr(colon + 1));
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (!bracketed && is_ipv6(text)) {
    why = "an IPv6 address is written in brackets and with a port, as in [::1]:514" + got;
  } else if (bracketed ? !is_ipv6(host) : !is_host_name(host)) {
    why = "expected " + std::string(forms) + got;
  } else if (!port) {
    why = "a port is a number from 0 to 65535" + got;
  } else {
    address.host_ = host;
    address.port_ = *port;
    return address;
  }
  return std::nullopt;
}

std::string NetworkAddress::text() const {
  if (is_unix()) return std::string(unix_prefix) + path_;
  const bool needs_brackets = host_.find(':') != std::string::npos;
  return (needs_brackets ? "[" + host_ + "]" : host_) + ":" + std::to_string(port_);
}

bool OptionType<NetworkAddress>::parse(const Value& value, NetworkAddress& to, std::string& why) {
  if (!option_detail::expect_scalar(value, "an address: " + std::string(forms), why)) return false;
  const std::optional<NetworkAddress> address = NetworkAddress::parse(value.text(), why);
  if (address) to = *address;
  return address.has_value();
}

std::string SocketAddress::text() const {
  if (family() == AF_UNIX || length <= sizeof(sa_family_t)) return unix_text(*this);
  if (family() == AF_INET) {
    const auto& four = reinterpret_cast<const sockaddr_in&>(storage);
    return with_port(number_of(AF_INET, &four.sin_addr), four.sin_port);
  }
  const auto& six = reinterpret_cast<const sockaddr_in6&>(storage);
  if (IN6_IS_ADDR_V4MAPPED(&six.sin6_addr)) {
    return with_port(number_of(AF_INET, &six.sin6_addr.s6_addr[12]), six.sin6_port);
  }
  return with_port("[" + number_of(AF_INET6, &six.sin6_addr) + zone_of(six) + "]", six.sin6_port);
}

Result<std::vector<SocketAddress>> resolve(const NetworkAddress& address, SocketType type,
                                           Purpose purpose) {
  if (address.is_unix()) return std::vector<SocketAddress>{unix_address(address.path())};
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = type == SocketType::stream ? SOCK_STREAM : SOCK_DGRAM;
  wanted.ai_flags = AI_NUMERICSERV | (purpose == Purpose::listen ? AI_PASSIVE : 0);
  addrinfo* list = nullptr;
  const std::string port = std::to_string(address.port());
  const char* host = address.host().empty() ? nullptr : address.host().c_str();
  const int code = ::getaddrinfo(host, port.c_str(), &wanted, &list);
  if (code != 0) return resolver_error(code, address);
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);

  std::vector<SocketAddress> candidates;
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    SocketAddress& candidate = candidates.emplace_back();
    candidate.length = std::min<socklen_t>(entry->ai_addrlen, sizeof candidate.storage);
    std::memcpy(&candidate.storage, entry->ai_addr, candidate.length);
  }
  if (host == nullptr && purpose == Purpose::listen) {
    // The resolver names IPv4 first, but an IPv6 socket takes both.
    std::stable_partition(candidates.begin(), candidates.end(), [](const SocketAddress& candidate) {
      return candidate.family() == AF_INET6;
    });
  }
  return candidates;
}

}  // namespace sluice
