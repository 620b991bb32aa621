#include "adapters/http/curl_exchange.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "adapters/files/whole_file.h"

namespace loadcurve::http {
namespace {

using UrlParts = std::unique_ptr<CURLU, void (*)(CURLU*)>;

std::string PartOf(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return {};
  std::string copy(text);
  curl_free(text);
  return copy;
}

bool IsLoopback(std::string_view host) {
  return host == "localhost" || host == "[::1]" || host.starts_with("127.");
}

std::string_view Trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

ErrorCode CodeOf(CURLcode code) {
  switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return ErrorCode::kInvalidArgument;
    case CURLE_OPERATION_TIMEDOUT:
      return ErrorCode::kDeadlineExceeded;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
      return ErrorCode::kPermissionDenied;
    default:
      return ErrorCode::kUnavailable;
  }
}

long Milliseconds(Duration duration) {
  return static_cast<long>(std::chrono::ceil<std::chrono::milliseconds>(duration).count());
}

}  // namespace

CurlHandle::CurlHandle() : easy_(curl_easy_init()), multi_(curl_multi_init()) {}

CurlHandle::~CurlHandle() {
  curl_easy_cleanup(easy_);
  curl_multi_cleanup(multi_);
}

CurlExchange::CurlExchange(CurlHandle& handle, const CurlOptions& options, const Clock& clock,
                           const ExchangeLimits& limits)
    : handle_(handle),
      options_(options),
      clock_(clock),
      limits_(limits),
      failure_(CURL_ERROR_SIZE, '\0') {}

CurlExchange::~CurlExchange() {
  curl_easy_reset(handle_.easy());  // forgets the request, keeps the connections
  curl_slist_free_all(headers_);
  curl_slist_free_all(connect_to_);
}

Result<HttpResponse> CurlExchange::Run(const HttpRequest& request) {
  LC_TRY_VOID(Prepare(request));
  LC_TRY(const CURLcode code, Transfer(request.url));
  if (code != CURLE_OK && !has_ended_early_)
    return tl::unexpected<Error>(FailureOf(code, request.url));
  return std::move(response_);
}

Result<void> CurlExchange::Prepare(const HttpRequest& request) {
  const UrlParts url(curl_url(), curl_url_cleanup);
  const std::string scheme =
      curl_url_set(url.get(), CURLUPART_URL, request.url.c_str(), 0) == CURLUE_OK
          ? PartOf(url.get(), CURLUPART_SCHEME)
          : "";
  if (scheme != "https" && scheme != "http")
    return Fail(ErrorCode::kInvalidArgument,
                "'" + request.url + "' is no URL; expected https://host:port/path");
  const bool is_loopback = IsLoopback(PartOf(url.get(), CURLUPART_HOST));
  LC_TRY_VOID(PrepareHeaders(request, scheme == "https" || is_loopback));

  CURL* easy = handle_.easy();
  curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, options_.user_agent.c_str());
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, Milliseconds(options_.connect_limit));
  curl_easy_setopt(easy, CURLOPT_MAXLIFETIME_CONN,
                   std::max(1L, Milliseconds(options_.max_connection_age) / 1000));
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  if (is_loopback || !options_.connect_to.empty()) curl_easy_setopt(easy, CURLOPT_PROXY, "");
  if (!options_.connect_to.empty()) {
    connect_to_ = curl_slist_append(nullptr, ("::" + options_.connect_to).c_str());
    curl_easy_setopt(easy, CURLOPT_CONNECT_TO, connect_to_);
  }
  if (limits_.on_chunk == nullptr) curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
  if (request.method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  } else {
    if (!request.body.empty() || (request.method != "GET" && request.method != "DELETE")) {
      curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
      curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                       static_cast<curl_off_t>(request.body.size()));
    }
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, failure_.data());
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &CurlExchange::OnHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &CurlExchange::OnBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  PrepareTls();
  return {};
}

Result<void> CurlExchange::PrepareHeaders(const HttpRequest& request, bool is_private) {
  const auto add = [&](const std::string& line) {
    headers_ = curl_slist_append(headers_, line.c_str());
  };
  // libcurl sends "Name;" as a header without a value.
  for (const auto& [name, value] : request.headers)
    add(value.empty() ? name + ";" : name + ": " + value);
  add("Expect:");  // we do not ask for leave to send a body
  if (HeaderOf(request.headers, "Content-Type").empty()) add("Content-Type:");
  if (options_.token_file.empty()) return {};
  if (!is_private)
    return Fail(ErrorCode::kInvalidArgument,
                "'" + request.url + "' would carry the bearer token in the clear; expected https");
  LC_TRY(const std::string token, files::ReadWholeFile(options_.token_file));
  if (Trimmed(token).empty())
    return Fail(ErrorCode::kPermissionDenied,
                "the token file " + options_.token_file + " is empty");
  add("Authorization: Bearer " + std::string(Trimmed(token)));
  return {};
}

void CurlExchange::PrepareTls() {
  CURL* easy = handle_.easy();
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
  curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, 0L);  // or a rotated file is read a day late
  if (!options_.ca_pem.empty()) {
    curl_blob blob{.data = const_cast<char*>(options_.ca_pem.data()),
                   .len = options_.ca_pem.size(),
                   .flags = CURL_BLOB_NOCOPY};
    curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &blob);
  } else if (!options_.ca_file.empty()) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, options_.ca_file.c_str());
  }
  if (!options_.ca_pem.empty() || !options_.ca_file.empty())
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);  // these authorities and no others
  PrepareIdentity();
}

void CurlExchange::PrepareIdentity() {
  CURL* easy = handle_.easy();
  if (options_.certificate_file.empty()) {
    if (options_.certificate_pem.empty()) return;
    const auto lend = [&](CURLoption option, const std::string& pem) {
      curl_blob blob{
          .data = const_cast<char*>(pem.data()), .len = pem.size(), .flags = CURL_BLOB_NOCOPY};
      curl_easy_setopt(easy, option, &blob);
    };
    lend(CURLOPT_SSLCERT_BLOB, options_.certificate_pem);
    lend(CURLOPT_SSLKEY_BLOB, options_.key_pem);
    return;
  }
  curl_easy_setopt(easy, CURLOPT_SSLCERT, options_.certificate_file.c_str());
  curl_easy_setopt(easy, CURLOPT_SSLKEY, options_.key_file.c_str());
}

Result<CURLcode> CurlExchange::Transfer(const std::string& url) {
  CURLM* multi = handle_.multi();
  curl_multi_add_handle(multi, handle_.easy());
  const std::stop_callback on_stop(limits_.stop, [multi] { curl_multi_wakeup(multi); });
  last_progress_ = clock_.MonotonicNow();
  Result<CURLcode> outcome = CURLE_OK;
  for (;;) {
    int running = 0;
    curl_multi_perform(multi, &running);
    if (running == 0) break;
    if (limits_.stop.stop_requested()) {
      outcome = Fail(ErrorCode::kCancelled, "asked to stop while talking to " + url);
      break;
    }
    const Duration left = last_progress_ + limits_.patience - clock_.MonotonicNow();
    if (left <= Duration(0)) {
      outcome =
          Fail(ErrorCode::kDeadlineExceeded,
               url + ": " + (limits_.on_chunk == nullptr ? "no full answer" : "nothing came") +
                   " within " + std::to_string(Milliseconds(limits_.patience)) + " ms");
      break;
    }
    curl_multi_poll(multi, nullptr, 0, static_cast<int>(std::min(Milliseconds(left), 60'000L)),
                    nullptr);
  }
  int left_over = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi, &left_over)) {
    if (message->msg == CURLMSG_DONE && outcome) outcome = message->data.result;
  }
  curl_multi_remove_handle(multi, handle_.easy());
  return outcome;
}

Error CurlExchange::FailureOf(CURLcode code, const std::string& url) const {
  if (is_too_large_)
    return {ErrorCode::kUnavailable,
            url + ": an answer of more than " + std::to_string(options_.max_body_bytes) + " bytes"};
  std::string why = failure_.substr(0, failure_.find('\0'));
  if (why.empty()) why = curl_easy_strerror(code);
  return {CodeOf(code), url + ": " + why};
}

std::size_t CurlExchange::OnHeader(char* text, std::size_t one, std::size_t size, void* self) {
  auto& exchange = *static_cast<CurlExchange*>(self);
  const std::string_view line(text, one * size);
  if (line.starts_with("HTTP/")) {  // of several answers (100, then 200) the last one counts
    long status = 0;
    curl_easy_getinfo(exchange.handle_.easy(), CURLINFO_RESPONSE_CODE, &status);
    exchange.response_ = {.status = static_cast<int>(status)};
    return line.size();
  }
  const std::size_t colon = line.find(':');
  if (colon != std::string_view::npos)
    exchange.response_.headers.emplace_back(Trimmed(line.substr(0, colon)),
                                            Trimmed(line.substr(colon + 1)));
  return line.size();
}

std::size_t CurlExchange::OnBody(char* text, std::size_t one, std::size_t size, void* self) {
  const std::string_view chunk(text, one * size);
  return static_cast<CurlExchange*>(self)->TakeBody(chunk) ? chunk.size() : 0;
}

bool CurlExchange::TakeBody(std::string_view chunk) {
  if (limits_.on_chunk != nullptr && IsSuccess()) {
    last_progress_ = clock_.MonotonicNow();
    if ((*limits_.on_chunk)(chunk)) return true;
    has_ended_early_ = true;
    return false;
  }
  is_too_large_ = response_.body.size() + chunk.size() > options_.max_body_bytes;
  if (is_too_large_) return false;
  response_.body += chunk;
  return true;
}

}  // namespace loadcurve::http
