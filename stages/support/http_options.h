// The options of stages that are clients of HTTP servers.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/io.h"
#include "engine/base/result.h"
#include "engine/stage/declare.h"
#include "engine/stage/option.h"
#include "engine/stage/option_errors.h"
#include "engine/stage/stage_context.h"
#include "stages/support/compression.h"
#include "stages/support/http_client.h"
#include "stages/support/tls_options.h"

namespace sluice {

/// `batch: {records, bytes, every}`: when a body is complete.
struct BodyLimits {
  std::uint64_t records = 1000;
  ByteSize bytes = 1_MiB;
  Duration every{std::chrono::seconds(1)};  ///< How long a record waits for others.
};

/// `headers: {Name: value}`.
struct HttpHeaders {
  std::vector<std::pair<std::string, std::string>> all;
  bool has(std::string_view name) const noexcept;
};

/// `basic_auth: {user, password_env}` or `{user, password_file}`.
struct BasicAuth {
  std::string user;
  std::string password_env;
  std::string password_file;
};

enum class HttpMethod : std::uint8_t { post, put };

template <>
struct EnumNames<HttpMethod> {
  static constexpr std::array<std::pair<std::string_view, HttpMethod>, 2> names{
      {{"POST", HttpMethod::post}, {"PUT", HttpMethod::put}}};
};

/// What servers know of the compressions there are (RFC 9110, RFC 8878).
enum class ContentCoding : std::uint8_t { none, gzip, zstd };

template <>
struct EnumNames<ContentCoding> {
  static constexpr std::array<std::pair<std::string_view, ContentCoding>, 3> names{
      {{"none", ContentCoding::none},
       {"gzip", ContentCoding::gzip},
       {"zstd", ContentCoding::zstd}}};
};

Compression compression_of(ContentCoding coding) noexcept;

template <>
struct OptionType<BodyLimits> {
  static std::string name() { return "map of records, bytes, every"; }
  static bool parse(const Value& value, BodyLimits& to, std::string& why);
  static std::string print(const BodyLimits& value);
  static std::vector<std::string> choices() { return {}; }
};

template <>
struct OptionType<HttpHeaders> {
  static std::string name() { return "map of names to values"; }
  static bool parse(const Value& value, HttpHeaders& to, std::string& why);
  static std::string print(const HttpHeaders& value);
  static std::vector<std::string> choices() { return {}; }
};

template <>
struct OptionType<BasicAuth> {
  static std::string name() { return "map of user and password_env or password_file"; }
  static bool parse(const Value& value, BasicAuth& to, std::string& why);
  static std::string print(const BasicAuth& value);
  static std::vector<std::string> choices() { return {}; }
};

/// What all requests of a client have in common.
struct HttpClientOptions {
  HttpHeaders headers;
  std::string bearer_token_file;
  std::string bearer_token_env;
  BasicAuth basic_auth;
  Duration connect_timeout{std::chrono::seconds(10)};
  std::optional<TlsOptions> tls;
};

/// Reports what is no http or https URL, and one that holds a password: URLs are shown. `option` is
/// the name of the one that holds it.
void check_url(const std::string& option, const std::string& url, const OptionErrors& errors);
/// Reports more than one way to authenticate.
void check_credentials(const HttpClientOptions& options, const OptionErrors& errors);

/// Reports what has no use in the option `tls` of a client.
void check_client_tls(const HttpClientOptions& options, const OptionErrors& errors);

/// Reads the credentials, looks at the files of `tls`, and takes over what else `options` say;
/// warns when servers are not to be verified. Errors: those of secret_of_file and TlsContext::load.
Status apply(const HttpClientOptions& options, StageContext& context, HttpSettings& settings);

/// The first line of a file, or what an environment variable holds: a secret. Errors, which do not
/// show it: io; bad_config when there is none, or it has control characters.
Result<std::string> secret_of_file(Io& io, const std::string& path);
Result<std::string> secret_of_environment(const std::string& name);

/// The server may do better when it is asked again: 408, 429 and 5xx.
bool may_come_right(long status) noexcept;
/// The longest that a client lets a server make it wait.
inline constexpr std::chrono::hours longest_retry_after{1};

/// Adds the options of HttpClientOptions and their check.
template <class Options>
Declare<Options>& declare_http_client_options(Declare<Options>& type) {
  return type
      .template option<HttpHeaders>("headers", &Options::headers,
                                    "Further headers of requests, as in `{X-Source: web}`.")
      .template option<std::string>("bearer_token_file", &Options::bearer_token_file,
                                    "A file whose first line is the token to authenticate with.")
      .template option<std::string>("bearer_token_env", &Options::bearer_token_env,
                                    "The environment variable that holds that token.")
      .template option<BasicAuth>(
          "basic_auth", &Options::basic_auth,
          "A user and where the password is found: `password_env` or `password_file`.")
      .template option<Duration>(
          "connect_timeout", &Options::connect_timeout,
          "The longest that connecting may take, with the handshake of https.",
          between(Duration{std::chrono::milliseconds(1)}, Duration{std::chrono::hours(24)}))
      .template option<std::optional<TlsOptions>>(
          "tls", &Options::tls,
          "For https. The server's certificate must be from `ca` (a PEM file; the CAs of the "
          "system, if not given); `dangerously_skip_verify` takes any, and says so in the log. "
          "`certificate` is our own (a PEM file, with those between it and its CA), for a server "
          "that wants one, `key` its private key, where that is not in the same file.")
      .check(check_credentials)
      .check(check_client_tls);
}

}  // namespace sluice
