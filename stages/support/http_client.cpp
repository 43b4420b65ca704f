#include "stages/support/http_client.h"

#include <algorithm>
#include <utility>

#include "stages/support/curl_transfer.h"

namespace sluice {
namespace {

/// The text of an answer, as far as it is wanted.
struct KeptText {
  std::string text;
  std::size_t limit = 0;
};

std::size_t keep_text(char* data, std::size_t size, std::size_t count, void* to) {
  auto& kept = *static_cast<KeptText*>(to);
  const std::size_t bytes = size * count;
  kept.text.append(data, std::min(bytes, kept.limit - kept.text.size()));
  return bytes;
}

}  // namespace

HttpClient::HttpClient() : transfer_(std::make_unique<CurlTransfer>()) {}
HttpClient::~HttpClient() = default;

Status HttpClient::open(const HttpSettings& settings) {
  url_ = settings.url;
  if (Status opened = transfer_->open(settings); !opened) return opened;
  // Without this, long bodies wait a second for a server that does not know `100 Continue`.
  std::vector<std::string> headers{"Expect:"};
  headers.insert(headers.end(), settings.headers.begin(), settings.headers.end());
  if (Status done = transfer_->set_headers(headers); !done) return done;
  const bool done = transfer_->set(CURLOPT_POST, 1L) &&
                    transfer_->set(CURLOPT_CUSTOMREQUEST, settings.method.c_str()) &&
                    transfer_->set(CURLOPT_WRITEFUNCTION, &keep_text);
  if (!done) return CurlTransfer::no_memory();
  return Done{};
}

Result<HttpAnswer> HttpClient::send(std::string_view body, std::size_t text_limit) {
  KeptText kept{{}, text_limit};
  transfer_->set(CURLOPT_POSTFIELDS, body.data());
  transfer_->set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  transfer_->set(CURLOPT_WRITEDATA, &kept);
  const CURLcode result = transfer_->perform();
  if (interrupted() || result != CURLE_OK) return transfer_->error_of(result, "cannot send", url_);
  return HttpAnswer{transfer_->status(), transfer_->retry_after(), std::move(kept.text)};
}

void HttpClient::interrupt() noexcept { transfer_->interrupt(); }
bool HttpClient::interrupted() const noexcept { return transfer_->interrupted(); }

}  // namespace sluice
