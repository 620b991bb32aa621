#include "adapters/http/curl_transport.h"

#include <mutex>
#include <utility>
#include <vector>

#include "adapters/http/curl_exchange.h"

namespace loadcurve::http {
namespace {

// libcurl wants to be told once per program, before the first handle.
void StartCurl() {
  static const CURLcode kStarted = curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(kStarted);
}

}  // namespace

// Handles that are not in use, latest first, so that connections stay few and warm.
class CurlTransport::Connections {
 public:
  Connections(CurlOptions options, const Clock& clock)
      : options_(std::move(options)), clock_(clock) {
    StartCurl();
  }

  [[nodiscard]] Result<HttpResponse> Run(const HttpRequest& request, const ExchangeLimits& limits) {
    std::unique_ptr<CurlHandle> handle = Take();
    if (handle->easy() == nullptr || handle->multi() == nullptr)
      return Fail(ErrorCode::kInternal, "libcurl cannot start");
    Result<HttpResponse> answer = CurlExchange(*handle, options_, clock_, limits).Run(request);
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(handle));
    return answer;
  }

 private:
  std::unique_ptr<CurlHandle> Take() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return std::make_unique<CurlHandle>();
    std::unique_ptr<CurlHandle> handle = std::move(idle_.back());
    idle_.pop_back();
    return handle;
  }

  const CurlOptions options_;
  const Clock& clock_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<CurlHandle>> idle_;
};

CurlTransport::CurlTransport(CurlOptions options, const Clock& clock)
    : connections_(std::make_unique<Connections>(std::move(options), clock)) {}

CurlTransport::~CurlTransport() = default;

Result<HttpResponse> CurlTransport::Send(const HttpRequest& request, Duration deadline) {
  return connections_->Run(request, {.patience = deadline});
}

Result<HttpResponse> CurlTransport::Stream(const HttpRequest& request, Duration silence,
                                           const std::stop_token& stop, const OnChunk& on_chunk) {
  return connections_->Run(request, {.patience = silence, .stop = stop, .on_chunk = &on_chunk});
}

}  // namespace loadcurve::http
