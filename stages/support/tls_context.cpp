#include "stages/support/tls_context.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstddef>
#include <span>
#include <utility>

#include "stages/support/tls_transport.h"

namespace sluice {
namespace {

struct Free {
  void operator()(BIO* bio) const noexcept { BIO_free(bio); }
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

Error error_of(ErrorCode code, std::string message, std::string file = {}) {
  Error error;
  error.code = code;
  error.message = std::move(message);
  error.file = std::move(file);
  return error;
}

Error bad_file(std::string message, const std::string& path) {
  return error_of(ErrorCode::bad_config, std::move(message), path);
}

Error internal(const std::string& doing) {
  return error_of(ErrorCode::internal, doing + ": " + tls_reason());
}

Result<std::string> content_of(Io& io, const std::string& path) {
  constexpr std::size_t most_bytes = 16 << 20;
  constexpr std::size_t step_bytes = 64 << 10;
  Result<File> file = File::open(io, path, O_RDONLY);
  if (!file) return std::move(file).error();
  std::string text;
  while (text.size() <= most_bytes) {
    const std::size_t before = text.size();
    text.resize(before + step_bytes);
    const Result<std::size_t> count = file.value().read(std::span(text).subspan(before));
    if (!count) return count.error();
    text.resize(before + count.value());
    if (count.value() == 0) return text;
  }
  return bad_file("a PEM file of more than 16 MiB", path);
}

Owned<BIO> reader_of(const std::string& text) {
  return Owned<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

Owned<X509> next_certificate(BIO& pem) {
  return Owned<X509>(PEM_read_bio_X509(&pem, nullptr, nullptr, nullptr));
}

/// Nobody is at hand who could be asked.
int refuse_to_unlock(char* /*to*/, int /*size*/, int /*writing*/, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

Status use_certificate(SSL_CTX& context, const std::string& text, const std::string& path) {
  const Owned<BIO> pem = reader_of(text);
  const Owned<X509> own = next_certificate(*pem);
  if (own == nullptr) return bad_file("there is no certificate (PEM) in this file", path);
  if (SSL_CTX_use_certificate(&context, own.get()) != 1) {
    return bad_file("cannot use this certificate: " + tls_reason(), path);
  }
  while (const Owned<X509> between = next_certificate(*pem)) {
    if (SSL_CTX_add1_chain_cert(&context, between.get()) != 1) return internal("no chain");
  }
  return Done{};
}

Status use_key(SSL_CTX& context, const std::string& text, const std::string& path) {
  const Owned<BIO> pem = reader_of(text);
  bool is_locked = false;
  const Owned<EVP_PKEY> key(
      PEM_read_bio_PrivateKey(pem.get(), nullptr, refuse_to_unlock, &is_locked));
  if (is_locked) return bad_file("a pass phrase locks this key: store it without one", path);
  if (key == nullptr) return bad_file("there is no private key (PEM) in this file", path);
  if (SSL_CTX_use_PrivateKey(&context, key.get()) == 1) return Done{};
  return bad_file("this key does not go with the certificate: " + tls_reason(), path);
}

Status use_identity(SSL_CTX& context, Io& io, const TlsOptions& options) {
  if (options.certificate.empty()) return Done{};
  const Result<std::string> certificate = content_of(io, options.certificate);
  if (!certificate) return certificate.error();
  Status used = use_certificate(context, certificate.value(), options.certificate);
  if (!used) return used;
  if (options.key.empty()) return use_key(context, certificate.value(), options.certificate);
  const Result<std::string> key = content_of(io, options.key);
  if (!key) return key.error();
  return use_key(context, key.value(), options.key);
}

/// Trusts the certificates of `path`, which a server also names to its clients.
Status trust(SSL_CTX& context, Io& io, const std::string& path, TlsSide side) {
  const Result<std::string> text = content_of(io, path);
  if (!text) return text.error();
  const Owned<BIO> pem = reader_of(text.value());
  std::size_t count = 0;
  for (; const Owned<X509> ca = next_certificate(*pem); ++count) {
    if (X509_STORE_add_cert(SSL_CTX_get_cert_store(&context), ca.get()) != 1) {
      return bad_file("cannot use a certificate of this file: " + tls_reason(), path);
    }
    if (side == TlsSide::server && SSL_CTX_add_client_CA(&context, ca.get()) != 1) {
      return internal("no list of CAs");
    }
  }
  if (count == 0) return bad_file("there is no certificate (PEM) in this file", path);
  return Done{};
}

void set_up(SSL_CTX& context) {
  SSL_CTX_set_min_proto_version(&context, TLS1_2_VERSION);
  SSL_CTX_set_options(&context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
  SSL_CTX_set_num_tickets(&context, 0);
  SSL_CTX_set_session_cache_mode(&context, SSL_SESS_CACHE_OFF);
  // A quiet session holds no buffers.
  SSL_CTX_set_mode(&context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                 SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
  // Several records with one read, where there are several.
  constexpr std::size_t read_buffer_bytes = 64 << 10;
  SSL_CTX_set_read_ahead(&context, 1);
  SSL_CTX_set_default_read_buffer_len(&context, read_buffer_bytes);
}

/// A literal address: it is no name that could be sent to the server (RFC 6066, 3).
bool is_number(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  return ::inet_pton(AF_INET, host.c_str(), address.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
}

bool set_peer(SSL& session, const std::string& host, bool verifies) {
  if (host.empty()) return true;
  if (is_number(host)) {
    X509_VERIFY_PARAM* const check = SSL_get0_param(&session);
    return !verifies || X509_VERIFY_PARAM_set1_ip_asc(check, host.c_str()) == 1;
  }
  if (SSL_set_tlsext_host_name(&session, host.c_str()) != 1) return false;
  SSL_set_hostflags(&session, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return !verifies || SSL_set1_host(&session, host.c_str()) == 1;
}

}  // namespace

TlsContext::TlsContext(std::shared_ptr<ssl_ctx_st> context, TlsSide side, bool verifies)
    : context_(std::move(context)), side_(side), verifies_(verifies) {}

Result<TlsContext> TlsContext::load(Io& io, const TlsOptions& options, TlsSide side) {
  ERR_clear_error();
  const bool is_server = side == TlsSide::server;
  const std::shared_ptr<SSL_CTX> context(
      SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method()), SSL_CTX_free);
  if (context == nullptr) return internal("no TLS");
  set_up(*context);
  if (Status used = use_identity(*context, io, options); !used) return std::move(used).error();
  const bool verifies = is_server ? !options.ca.empty() : !options.dangerously_skip_verify;
  if (!options.ca.empty()) {
    Status trusted = trust(*context, io, options.ca, side);
    if (!trusted) return std::move(trusted).error();
  } else if (verifies && SSL_CTX_set_default_verify_paths(context.get()) != 1) {
    return internal("the system has no CAs");
  }
  const int verification = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  SSL_CTX_set_verify(context.get(), verifies ? verification : SSL_VERIFY_NONE, nullptr);
  // What ends the search for one more certificate is no error.
  ERR_clear_error();
  return TlsContext(context, side, verifies);
}

Result<std::unique_ptr<Transport>> TlsContext::session(File socket, const std::string& host) const {
  ERR_clear_error();
  std::shared_ptr<SSL> session(SSL_new(context_.get()), SSL_free);
  if (session == nullptr) return internal("no TLS session");
  if (side_ == TlsSide::server) {
    SSL_set_accept_state(session.get());
  } else {
    SSL_set_connect_state(session.get());
    if (!set_peer(*session, host, verifies_)) return internal("no TLS with '" + host + "'");
  }
  return make_tls_transport(std::move(socket), std::move(session), host);
}

}  // namespace sluice
