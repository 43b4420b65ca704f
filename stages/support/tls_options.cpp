#include "stages/support/tls_options.h"

#include <array>
#include <utility>

namespace sluice {
namespace {

constexpr Duration longest_handshake{std::chrono::hours(1)};

constexpr std::array<std::pair<std::string_view, std::string TlsOptions::*>, 4> texts{
    {{"certificate", &TlsOptions::certificate},
     {"key", &TlsOptions::key},
     {"ca", &TlsOptions::ca},
     {"server_name", &TlsOptions::server_name}}};

bool parse_entry(const Entry& entry, TlsOptions& to, std::string& why) {
  for (const auto& [key, member] : texts) {
    if (entry.key != key) continue;
    if (!OptionType<std::string>::parse(entry.value, to.*member, why)) return false;
    // An end in the middle of a text is one to OpenSSL only.
    if (!(to.*member).empty() && (to.*member).find('\0') == std::string::npos) return true;
    why = "must not be empty";
    return false;
  }
  if (entry.key == "handshake_timeout") {
    if (!OptionType<Duration>::parse(entry.value, to.handshake_timeout, why)) return false;
    const Duration limit = to.handshake_timeout;
    if (limit > Duration{} && limit <= longest_handshake) return true;
    why = "it is more than 0s and at most " + print(longest_handshake);
    return false;
  }
  if (entry.key == "dangerously_skip_verify") {
    return OptionType<bool>::parse(entry.value, to.dangerously_skip_verify, why);
  }
  why =
      "there is no such key: there are certificate, key, ca, server_name, handshake_timeout, "
      "dangerously_skip_verify";
  return false;
}

}  // namespace

void report_tls(const OptionErrors& errors, const std::string& message, const std::string& hint) {
  errors.add("tls", "option.conflict", "option 'tls': " + message, hint);
}

void check_trust(const TlsOptions& tls, const OptionErrors& errors) {
  if (!tls.dangerously_skip_verify || tls.ca.empty()) return;
  report_tls(errors, "'dangerously_skip_verify' leaves 'ca' no use");
}

bool OptionType<TlsOptions>::parse(const Value& value, TlsOptions& to, std::string& why) {
  to = {};
  if (value.kind() != Value::Kind::map) {
    why = "expected a map, as in `{certificate: own.pem, ca: ca.pem}`; `{}` has all defaults";
    return false;
  }
  for (const Entry& entry : value.entries()) {
    if (parse_entry(entry, to, why)) continue;
    why.insert(0, "'" + entry.key + "': ");
    return false;
  }
  if (to.certificate.empty() && !to.key.empty()) {
    why = "'key': there is no certificate that it belongs to";
    return false;
  }
  return true;
}

std::string OptionType<TlsOptions>::print(const TlsOptions& value) {
  std::string all = "{";
  for (const auto& [key, member] : texts) {
    if (!(value.*member).empty()) all += std::string(key) + ": " + value.*member + ", ";
  }
  return all + "handshake_timeout: " + sluice::print(value.handshake_timeout) +
         ", dangerously_skip_verify: " + (value.dangerously_skip_verify ? "true" : "false") + "}";
}

}  // namespace sluice
