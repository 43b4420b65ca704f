#include "stages/support/tls_transport.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <sys/socket.h>

#include <cerrno>
#include <mutex>
#include <new>
#include <utility>

namespace sluice {
namespace {

/// What `print` writes into a BIO.
template <class Print>
std::string printed(Print print) {
  const std::unique_ptr<BIO, int (*)(BIO*)> text(BIO_new(BIO_s_mem()), BIO_free);
  if (text == nullptr) return {};
  print(text.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(text.get(), &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

/// Why the certificate at hand is refused.
std::string refusal_of(X509_STORE_CTX& check) {
  const int error = X509_STORE_CTX_get_error(&check);
  std::string reason = X509_verify_cert_error_string(error);
  X509* const certificate = X509_STORE_CTX_get_current_cert(&check);
  if (certificate == nullptr) return reason;
  const std::string subject = printed([&](BIO* to) {
    const unsigned long flags = XN_FLAG_ONELINE & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB);
    X509_NAME_print_ex(to, X509_get_subject_name(certificate), 0, flags);
  });
  std::string text = "the certificate of '" + subject + "' is refused: " + reason;
  const ASN1_TIME* const when =
      error == X509_V_ERR_CERT_HAS_EXPIRED     ? X509_get0_notAfter(certificate)
      : error == X509_V_ERR_CERT_NOT_YET_VALID ? X509_get0_notBefore(certificate)
                                               : nullptr;
  if (when == nullptr) return text;
  return text + " (" + printed([&](BIO* to) { ASN1_TIME_print(to, when); }) + ")";
}

/// True when OpenSSL's oldest error is an alert (RFC 8446, 6.2) of a peer that does not want what
/// we are or can.
bool is_unwanted() {
  const unsigned long code = ERR_peek_error();
  if (ERR_GET_LIB(code) != ERR_LIB_SSL) return false;
  switch (ERR_GET_REASON(code) - SSL_AD_REASON_OFFSET) {
    case SSL_AD_HANDSHAKE_FAILURE:
    case SSL_AD_BAD_CERTIFICATE:
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
    case SSL_AD_CERTIFICATE_REVOKED:
    case SSL_AD_CERTIFICATE_EXPIRED:
    case SSL_AD_CERTIFICATE_UNKNOWN:
    case SSL_AD_UNKNOWN_CA:
    case SSL_AD_ACCESS_DENIED:
    case SSL_AD_PROTOCOL_VERSION:
    case SSL_AD_INSUFFICIENT_SECURITY:
    case SSL_AD_UNRECOGNIZED_NAME:
    case SSL_AD_CERTIFICATE_REQUIRED:
      return true;
    default:
      return false;
  }
}

class TlsTransport final : public Transport {
 public:
  TlsTransport(File socket, std::shared_ptr<SSL> session, std::string host)
      : Transport(std::move(socket)), session_(std::move(session)), host_(std::move(host)) {
    SSL_set_app_data(session_.get(), this);
    SSL_set_verify(session_.get(), SSL_get_verify_mode(session_.get()), judge);
    BIO* const bio = BIO_new(socket_method());
    if (bio == nullptr) throw std::bad_alloc();
    BIO_set_data(bio, this);
    BIO_set_init(bio, 1);
    SSL_set_bio(session_.get(), bio, bio);
  }

  Result<Handshake> handshake() override {
    const std::lock_guard lock(mutex_);
    begin();
    const int done = SSL_do_handshake(session_.get());
    if (done == 1) return Handshake::done;
    const int why = SSL_get_error(session_.get(), done);
    if (why == SSL_ERROR_WANT_READ) return Handshake::must_read;
    if (why == SSL_ERROR_WANT_WRITE) return Handshake::must_write;
    return handshake_failure(why);
  }

  Result<Transfer> read(std::span<char> to) override {
    const std::lock_guard lock(mutex_);
    begin();
    std::size_t count = 0;
    const int done = SSL_read_ex(session_.get(), to.data(), to.size(), &count);
    if (done == 1) return Transfer{Transfer::State::moved, count};
    const int why = SSL_get_error(session_.get(), done);
    if (why == SSL_ERROR_ZERO_RETURN) return Transfer{Transfer::State::end};
    if (is_wait(why)) return Transfer{Transfer::State::must_wait};
    return failure("cannot read", why);
  }

  bool has_buffered() const noexcept override {
    const std::lock_guard lock(mutex_);
    return SSL_has_pending(session_.get()) == 1;
  }

  Result<Transfer> write(std::string_view from) override {
    const std::lock_guard lock(mutex_);
    begin();
    std::size_t count = 0;
    const int done = SSL_write_ex(session_.get(), from.data(), from.size(), &count);
    if (done == 1) return Transfer{Transfer::State::moved, count};
    const int why = SSL_get_error(session_.get(), done);
    if (is_wait(why)) return Transfer{Transfer::State::must_wait};
    if (why == SSL_ERROR_SYSCALL && errno_ == EPIPE) return Transfer{Transfer::State::end};
    return failure("cannot write", why);
  }

  /// Peers that know TLS 1.2 only, or no half-closed connections, see the end of both streams.
  Result<Transfer> end_writing() override {
    const std::lock_guard lock(mutex_);
    begin();
    const int done = SSL_shutdown(session_.get());
    if (done < 0) {
      const int why = SSL_get_error(session_.get(), done);
      if (is_wait(why)) return Transfer{Transfer::State::must_wait};
      return failure("cannot end the stream", why);
    }
    if (::shutdown(fd(), SHUT_WR) == 0) return Transfer{};
    return io_error("cannot end the stream", errno, name());
  }

 private:
  // --- What OpenSSL asks of a socket ------------------------------------------------------------

  static TlsTransport& of(BIO* bio) noexcept {
    return *static_cast<TlsTransport*>(BIO_get_data(bio));
  }

  static int read_socket(BIO* bio, char* to, int size) noexcept {
    TlsTransport& self = of(bio);
    const auto count = self.call(bio, BIO_FLAGS_READ, [&] {
      return self.io().read(self.fd(), to, static_cast<std::size_t>(size));
    });
    if (count == 0) self.at_end_ = true;
    return static_cast<int>(count);
  }

  static int write_socket(BIO* bio, const char* from, int size) noexcept {
    TlsTransport& self = of(bio);
    const auto count = self.call(bio, BIO_FLAGS_WRITE, [&] {
      return self.io().write(self.fd(), from, static_cast<std::size_t>(size));
    });
    return static_cast<int>(count);
  }

  template <class Call>
  ssize_t call(BIO* bio, int direction, Call call) noexcept {
    BIO_clear_retry_flags(bio);
    ssize_t count = 0;
    do {
      count = call();
    } while (count < 0 && errno == EINTR);
    if (count >= 0) return count;
    errno_ = errno;
    if (errno_ == EAGAIN || errno_ == EWOULDBLOCK) {
      BIO_set_flags(bio, direction | BIO_FLAGS_SHOULD_RETRY);
    }
    return count;
  }

  static long control_socket(BIO* bio, int command, long /*number*/, void* /*pointer*/) noexcept {
    if (command == BIO_CTRL_EOF) return of(bio).at_end_ ? 1 : 0;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
  }

  static const BIO_METHOD* socket_method() {
    static const std::unique_ptr<BIO_METHOD, void (*)(BIO_METHOD*)> method = [] {
      BIO_METHOD* const made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "sluice");
      BIO_meth_set_read(made, read_socket);
      BIO_meth_set_write(made, write_socket);
      BIO_meth_set_ctrl(made, control_socket);
      return std::unique_ptr<BIO_METHOD, void (*)(BIO_METHOD*)>(made, BIO_meth_free);
    }();
    return method.get();
  }

  // --- What it says -----------------------------------------------------------------------------

  /// Before a call whose outcome is asked for: both are left over from earlier ones.
  void begin() noexcept {
    ERR_clear_error();
    errno_ = 0;
  }

  /// Without renegotiation a read waits for nothing but bytes to read, and a write for room.
  static bool is_wait(int why) noexcept {
    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
  }

  /// Called for each mistake in the peer's chain; 0 ends the handshake.
  static int judge(int is_good, X509_STORE_CTX* check) {
    if (is_good == 1) return 1;
    const auto* const session = static_cast<const SSL*>(
        X509_STORE_CTX_get_ex_data(check, SSL_get_ex_data_X509_STORE_CTX_idx()));
    static_cast<TlsTransport*>(SSL_get_app_data(session))->refusal_ = refusal_of(*check);
    return 0;
  }

  Error error_of(ErrorCode code, std::string message) const {
    Error error;
    error.code = code;
    error.message = std::move(message);
    error.file = name();
    return error;
  }

  Error failure(std::string_view doing, int why) const {
    if (why == SSL_ERROR_SYSCALL && errno_ != 0) return io_error(doing, errno_, name());
    if (is_unwanted()) return error_of(ErrorCode::bad_config, "the peer refuses: " + tls_reason());
    if (at_end_) {
      return error_of(ErrorCode::corrupt_input,
                      "the TLS stream was cut off: it ended without the peer saying so");
    }
    return error_of(ErrorCode::io, std::string(doing) + ": TLS: " + tls_reason());
  }

  Error handshake_failure(int why) const {
    const std::string doing =
        "TLS handshake" + (host_.empty() ? "" : " with '" + host_ + "'") + " failed";
    if (why == SSL_ERROR_SYSCALL && errno_ != 0) return io_error(doing, errno_, name());
    if (!refusal_.empty()) return error_of(ErrorCode::bad_config, doing + ": " + refusal_);
    if (is_unwanted()) {
      return error_of(ErrorCode::bad_config, doing + ": the peer refuses: " + tls_reason());
    }
    const std::string reason = at_end_ ? "the peer closed the connection" : tls_reason();
    return error_of(ErrorCode::io, doing + ": " + reason);
  }

  mutable std::mutex mutex_;  ///< A session is for one thread at a time.
  std::shared_ptr<SSL> session_;
  std::string host_;
  std::string refusal_;  ///< Of the peer's certificate.
  int errno_ = 0;        ///< Of the last call that failed.
  bool at_end_ = false;  ///< The socket has given all there will be.
};

}  // namespace

std::unique_ptr<Transport> make_tls_transport(File socket, std::shared_ptr<ssl_st> session,
                                              std::string host) {
  return std::make_unique<TlsTransport>(std::move(socket), std::move(session), std::move(host));
}

std::string tls_reason() {
  const unsigned long code = ERR_peek_error();
  const char* const reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? "unknown reason" : reason;
}

}  // namespace sluice
