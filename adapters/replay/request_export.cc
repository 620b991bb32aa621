#include "adapters/replay/request_export.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/time_text.h"

namespace loadcurve::replay {
namespace {

using nlohmann::ordered_json;

bool IsHarmless(std::string_view name) {
  constexpr std::array<std::string_view, 3> kHarmless = {"Accept", "Accept-Encoding",
                                                         "Content-Type"};
  return std::any_of(kHarmless.begin(), kHarmless.end(),
                     [name](std::string_view known) { return http::IsSameName(known, name); });
}

// A request as its lines have it, but for the time.
struct Exported {
  ordered_json fields;
  std::uint64_t headers_dropped = 0;
  bool is_body_dropped = false;
};

Result<Exported> Export(const ReplayRequest& request, const Pseudonyms* pseudonyms) {
  Exported made;
  std::string path = request.path;
  if (pseudonyms != nullptr) {
    LC_TRY(path, pseudonyms->InTarget(request.path));
  }
  made.fields = {{"time", ""}, {"method", request.method}, {"path", std::move(path)}};
  for (const auto& [name, value] : request.headers) {
    if (pseudonyms == nullptr || IsHarmless(name))
      made.fields["headers"][name] = value;
    else
      ++made.headers_dropped;
  }
  made.is_body_dropped = pseudonyms != nullptr && !request.body.empty();
  if (!request.body.empty() && !made.is_body_dropped) made.fields["body"] = request.body;
  return made;
}

}  // namespace

Result<ExportCounts> ExportRequests(
    const RequestSet& requests, const Pseudonyms* pseudonyms,
    const std::function<Result<void>(std::string_view line)>& write) {
  ExportCounts counts;
  std::vector<std::optional<Exported>> made(requests.requests.size());
  for (const RecordedArrival& arrival : requests.arrivals) {
    std::optional<Exported>& request = made[arrival.request];
    if (!request) {
      LC_TRY(request, Export(requests.requests[arrival.request], pseudonyms));
    }
    request->fields["time"] = ToRfc3339(requests.began + arrival.at);
    ++counts.requests;
    counts.headers_dropped += request->headers_dropped;
    counts.bodies_dropped += request->is_body_dropped ? 1 : 0;
    LC_TRY_VOID(
        write(request->fields.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n"));
  }
  return counts;
}

}  // namespace loadcurve::replay
