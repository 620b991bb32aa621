#pragma once

#include <curl/curl.h>

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "adapters/http/curl_transport.h"

// How CurlTransport works inside, for its own source only: libcurl stays out of its header.
namespace loadcurve::http {

// A libcurl handle with the connections it keeps. One exchange at a time.
class CurlHandle {
 public:
  CurlHandle();
  ~CurlHandle();
  CurlHandle(const CurlHandle&) = delete;
  CurlHandle& operator=(const CurlHandle&) = delete;

  CURL* easy() const { return easy_; }
  CURLM* multi() const { return multi_; }

 private:
  CURL* easy_;
  CURLM* multi_;
};

// When an exchange ends before its answer does.
struct ExchangeLimits {
  Duration patience{0};  // from the start, or from the latest part where parts are handed over
  std::stop_token stop{};
  const HttpTransport::OnChunk* on_chunk = nullptr;  // null: the body is kept
};

// One request and its answer, on a handle that is lent.
class CurlExchange {
 public:
  CurlExchange(CurlHandle& handle, const CurlOptions& options, const Clock& clock,
               const ExchangeLimits& limits);
  ~CurlExchange();
  CurlExchange(const CurlExchange&) = delete;
  CurlExchange& operator=(const CurlExchange&) = delete;

  [[nodiscard]] Result<HttpResponse> Run(const HttpRequest& request);

 private:
  static std::size_t OnHeader(char* text, std::size_t one, std::size_t size, void* self);
  static std::size_t OnBody(char* text, std::size_t one, std::size_t size, void* self);

  [[nodiscard]] Result<void> Prepare(const HttpRequest& request);
  [[nodiscard]] Result<void> PrepareHeaders(const HttpRequest& request, bool is_private);
  void PrepareTls();
  void PrepareIdentity();
  [[nodiscard]] Result<CURLcode> Transfer(const std::string& url);
  [[nodiscard]] Error FailureOf(CURLcode code, const std::string& url) const;
  bool TakeBody(std::string_view chunk);
  bool IsSuccess() const { return response_.status >= 200 && response_.status < 300; }

  CurlHandle& handle_;
  const CurlOptions& options_;
  const Clock& clock_;
  const ExchangeLimits& limits_;
  curl_slist* headers_ = nullptr;
  curl_slist* connect_to_ = nullptr;
  std::string failure_;  // filled by libcurl
  HttpResponse response_;
  Duration last_progress_{0};
  bool has_ended_early_ = false;  // on_chunk wanted no more
  bool is_too_large_ = false;
};

}  // namespace loadcurve::http
