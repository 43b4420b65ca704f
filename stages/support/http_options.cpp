#include "stages/support/http_options.h"

#include <fcntl.h>
#include <strings.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <span>
#include <utility>

#include "stages/support/tls_context.h"

namespace sluice {
namespace {

constexpr std::size_t longest_secret = 64 << 10;

/// Reads each entry of a map with read(entry, why); mistakes name the key.
template <class Read>
bool parse_map(const Value& value, std::string_view example, std::string& why, Read read) {
  if (value.kind() != Value::Kind::map) {
    why = "expected a map, as in `" + std::string(example) + "`";
    return false;
  }
  for (const Entry& entry : value.entries()) {
    if (read(entry, why)) continue;
    why.insert(0, "'" + entry.key + "': ");
    return false;
  }
  return true;
}

bool no_such_key(std::string_view keys, std::string& why) {
  why = "there is no such key: there are " + std::string(keys);
  return false;
}

bool has_controls(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](unsigned char byte) { return byte < ' ' || byte == 0x7f; });
}

/// A token of RFC 9110.
bool is_header_name(std::string_view name) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::all_of(name.begin(), name.end(), [&](char byte) {
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z') || others.find(byte) != std::string_view::npos;
  });
}

Error bad_secret(const std::string& what, const std::string& where) {
  Error error;
  error.code = ErrorCode::bad_config;
  error.message = what;
  error.file = where;
  return error;
}

Result<std::string> checked(std::string secret, const std::string& where) {
  if (secret.empty()) return bad_secret("there is no secret", where);
  if (has_controls(secret)) return bad_secret("the secret has control characters", where);
  return secret;
}

}  // namespace

Compression compression_of(ContentCoding coding) noexcept {
  switch (coding) {
    case ContentCoding::gzip:
      return Compression::gzip;
    case ContentCoding::zstd:
      return Compression::zstd;
    case ContentCoding::none:
      break;
  }
  return Compression::none;
}

bool HttpHeaders::has(std::string_view name) const noexcept {
  return std::any_of(all.begin(), all.end(), [&](const auto& header) {
    return header.first.size() == name.size() &&
           ::strncasecmp(header.first.data(), name.data(), name.size()) == 0;
  });
}

bool OptionType<BodyLimits>::parse(const Value& value, BodyLimits& to, std::string& why) {
  to = {};
  const bool read = parse_map(
      value, "{records: 1000, every: 1s}", why, [&](const Entry& entry, std::string& bad) {
        if (entry.key == "records") {
          return OptionType<std::uint64_t>::parse(entry.value, to.records, bad);
        }
        if (entry.key == "bytes") return OptionType<ByteSize>::parse(entry.value, to.bytes, bad);
        if (entry.key == "every") return OptionType<Duration>::parse(entry.value, to.every, bad);
        return no_such_key("records, bytes, every", bad);
      });
  if (!read) return false;
  const bool fits = to.records > 0 && to.bytes.bytes > 0 && to.bytes <= 256_MiB &&
                    to.every <= Duration{std::chrono::hours(1)};
  if (!fits) why = "a body has at least a record and at most 256MiB, and waits at most 1h";
  return fits;
}

std::string OptionType<BodyLimits>::print(const BodyLimits& value) {
  return "{records: " + std::to_string(value.records) + ", bytes: " + sluice::print(value.bytes) +
         ", every: " + sluice::print(value.every) + "}";
}

bool OptionType<HttpHeaders>::parse(const Value& value, HttpHeaders& to, std::string& why) {
  to = {};
  return parse_map(value, "{X-Source: sluice}", why, [&](const Entry& entry, std::string& bad) {
    std::string text;
    if (!OptionType<std::string>::parse(entry.value, text, bad)) return false;
    if (!is_header_name(entry.key) || has_controls(text)) {
      bad = "a header has a name of letters, digits and dashes, and a value without line ends";
      return false;
    }
    to.all.emplace_back(entry.key, std::move(text));
    return true;
  });
}

std::string OptionType<HttpHeaders>::print(const HttpHeaders& value) {
  std::string text;
  for (const auto& [name, content] : value.all) {
    text.append(text.empty() ? "{" : ", ").append(name).append(": ").append(content);
  }
  return text.empty() ? text : text + "}";
}

bool OptionType<BasicAuth>::parse(const Value& value, BasicAuth& to, std::string& why) {
  to = {};
  const bool read = parse_map(value, "{user: logs, password_file: password.txt}", why,
                              [&](const Entry& entry, std::string& bad) {
                                std::string* const member =
                                    entry.key == "user"            ? &to.user
                                    : entry.key == "password_env"  ? &to.password_env
                                    : entry.key == "password_file" ? &to.password_file
                                                                   : nullptr;
                                if (member != nullptr) {
                                  return OptionType<std::string>::parse(entry.value, *member, bad);
                                }
                                return no_such_key("user, password_env, password_file", bad);
                              });
  if (!read) return false;
  if (!to.user.empty() && to.password_env.empty() != to.password_file.empty()) return true;
  why = "it needs a user, and one of password_env and password_file";
  return false;
}

std::string OptionType<BasicAuth>::print(const BasicAuth& value) {
  if (value.user.empty()) return {};
  const bool is_file = !value.password_file.empty();
  return "{user: " + value.user + ", " +
         (is_file ? "password_file: " + value.password_file
                  : "password_env: " + value.password_env) +
         "}";
}

void check_url(const std::string& option, const std::string& url, const OptionErrors& errors) {
  if (!errors.given(option)) return;
  const bool is_http = url.starts_with("http://") || url.starts_with("https://");
  if (!is_http || has_controls(url) || url.find(' ') != std::string::npos) {
    errors.add(option, "option.type",
               "option '" + option + "': expected http://HOST/... or https://HOST/...");
    return;
  }
  const std::size_t host = url.find("//") + 2;
  if (url.substr(host, url.find_first_of("/?#", host) - host).find('@') != std::string::npos) {
    errors.add(option, "option.conflict",
               "option '" + option + "': it must not hold a user or a password",
               "use `basic_auth`, which is never shown");
  }
}

void check_credentials(const HttpClientOptions& /*options*/, const OptionErrors& errors) {
  const int ways = (errors.given("bearer_token_file") ? 1 : 0) +
                   (errors.given("bearer_token_env") ? 1 : 0) +
                   (errors.given("basic_auth") ? 1 : 0);
  if (ways < 2) return;
  errors.add("basic_auth", "option.conflict",
             "'bearer_token_file', 'bearer_token_env' and 'basic_auth' exclude each other");
}

void check_client_tls(const HttpClientOptions& options, const OptionErrors& errors) {
  if (!options.tls) return;
  const TlsOptions& tls = *options.tls;
  if (!tls.server_name.empty()) {
    report_tls(errors, "'server_name' has no use here", "the URL says whom the server is to be");
  }
  if (tls.handshake_timeout != TlsOptions{}.handshake_timeout) {
    report_tls(errors, "'handshake_timeout' has no use here",
               "the handshake is part of `connect_timeout`");
  }
  check_trust(tls, errors);
}

Status apply(const HttpClientOptions& options, StageContext& context, HttpSettings& settings) {
  Io& io = context.io();
  settings.connect_timeout =
      std::chrono::ceil<std::chrono::milliseconds>(options.connect_timeout.value);
  for (const auto& [name, value] : options.headers.all) {
    // libcurl leaves a header out whose value is empty, unless it is written so.
    std::string& header = settings.headers.emplace_back(name);
    header.append(value.empty() ? ";" : ": ").append(value);
  }
  const auto secret = [&](const std::string& file, const std::string& variable) {
    return file.empty() ? secret_of_environment(variable) : secret_of_file(io, file);
  };
  if (!options.bearer_token_file.empty() || !options.bearer_token_env.empty()) {
    auto token = secret(options.bearer_token_file, options.bearer_token_env);
    if (!token) return std::move(token).error();
    settings.bearer_token = std::move(token).value();
  }
  if (!options.basic_auth.user.empty()) {
    auto password = secret(options.basic_auth.password_file, options.basic_auth.password_env);
    if (!password) return std::move(password).error();
    settings.user = options.basic_auth.user;
    settings.password = std::move(password).value();
  }
  if (!options.tls) return Done{};
  settings.tls = *options.tls;
  if (settings.tls.dangerously_skip_verify) {
    context.log(LogLevel::warning, "unverified",
                {{"reason", "dangerously_skip_verify: whoever answers is taken for the server"}});
  }
  // libcurl reads the files when it connects, and would ask for pass phrases.
  const auto loaded = TlsContext::load(io, settings.tls, TlsSide::client);
  if (!loaded) return loaded.error();
  return Done{};
}

bool may_come_right(long status) noexcept {
  constexpr long request_timeout = 408;
  constexpr long too_many_requests = 429;
  return status == request_timeout || status == too_many_requests || status >= 500;
}

Result<std::string> secret_of_file(Io& io, const std::string& path) {
  Result<File> file = File::open(io, path, O_RDONLY);
  if (!file) return std::move(file).error();
  std::string text(longest_secret, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const Result<std::size_t> count = file.value().read(std::span(text).subspan(size));
    if (!count) return count.error();
    if (count.value() == 0) break;
    size += count.value();
  }
  text.resize(std::min(size, text.find('\n')));
  if (text.ends_with('\r')) text.pop_back();
  return checked(std::move(text), path);
}

Result<std::string> secret_of_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): nobody sets any.
  return checked(value != nullptr ? value : "", "environment variable " + name);
}

}  // namespace sluice
