// Certificates for tests of TLS, made when they are needed.
#pragma once

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

namespace sluice {

/// A folder with a CA and what it has signed, which goes away with the object.
class Certificates {
 public:
  Certificates() {
    std::string name = (std::filesystem::temp_directory_path() / "sluice-tls-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    folder_ = name;
    ca_ = make("ca", "ca", "", 1, nullptr);
    make("other", "other", "", 1, nullptr);
  }
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;
  ~Certificates() { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return folder_ + "/" + name + ".pem"; }

  /// Makes NAME.pem, a certificate of the CA and its key, for `names` ("DNS:a,IP:1.2.3.4"), valid
  /// until `days` from now; its path.
  std::string sign(const std::string& name, const std::string& names, int days = 1) {
    make(name, name, names, days, &ca_);
    return path(name);
  }

 private:
  struct Issued {
    std::shared_ptr<X509> certificate;
    std::shared_ptr<EVP_PKEY> key;
  };

  static void extend(X509& to, X509& issuer, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, &issuer, &to, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    EXPECT_NE(extension, nullptr) << value;
    X509_add_ext(&to, extension, -1);
    X509_EXTENSION_free(extension);
  }

  Issued make(const std::string& file, const std::string& subject, const std::string& names,
              int days, const Issued* issuer) {
    static long serial = 1;
    Issued made{{X509_new(), X509_free}, {EVP_EC_gen("P-256"), EVP_PKEY_free}};
    X509& certificate = *made.certificate;
    X509_set_version(&certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(&certificate), serial++);
    constexpr long day_seconds = 24 * 60 * 60;
    X509_gmtime_adj(X509_getm_notBefore(&certificate), -10 * day_seconds);
    X509_gmtime_adj(X509_getm_notAfter(&certificate), days * day_seconds);
    X509_set_pubkey(&certificate, made.key.get());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(&certificate), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(subject.c_str()), -1, -1, 0);
    X509& parent = issuer == nullptr ? certificate : *issuer->certificate;
    X509_set_issuer_name(&certificate, X509_get_subject_name(&parent));
    extend(certificate, parent, NID_basic_constraints,
           issuer == nullptr ? "critical,CA:TRUE" : "CA:FALSE");
    if (!names.empty()) extend(certificate, parent, NID_subject_alt_name, names);
    X509_sign(&certificate, issuer == nullptr ? made.key.get() : issuer->key.get(), EVP_sha256());
    std::FILE* out = std::fopen(path(file).c_str(), "w");
    PEM_write_X509(out, &certificate);
    PEM_write_PrivateKey(out, made.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(out);
    return made;
  }

  std::string folder_;
  Issued ca_;
};

}  // namespace sluice
