#include "adapters/replay/request_input.h"

#include <utility>

#include "adapters/files/file_set.h"
#include "adapters/logs/request_stream.h"
#include "adapters/replay/request_documents.h"

namespace loadcurve::replay {
namespace {

Result<void> AddLogs(const logs::LogOptions& options, RequestSetBuilder& builder) {
  return logs::ForEachRequest(
      options, {.target = true}, [&](const logs::LoggedRequest& request, TimePoint end) {
        if (builder.is_full()) return builder.LeaveOut("beyond --max-requests");
        if (request.is_upgrade) return builder.LeaveOut("upgrade of the connection");
        const bool is_route = request.target_is_route;
        builder.Add({.ended = end,
                     .duration = request.duration,
                     .method = request.method,
                     .target = is_route ? std::string_view() : request.target,
                     .operation = is_route ? request.target : std::string_view()});
      });
}

}  // namespace

Result<RequestSet> ReadRequests(const logs::LogOptions& options,
                                const RequestSelection& selection) {
  LC_TRY(std::vector<logs::NamingRule> rules,
         logs::NamingRule::ParseAll("--route", options.classifier.route_rules));
  RequestSetBuilder builder(selection, std::move(rules));
  LC_TRY(const auto paths, files::ExpandPaths(options.paths));
  std::size_t documents = 0;
  for (const std::string& path : paths) documents += IsRequestDocument(path) ? 1 : 0;
  if (documents == 0) {
    LC_TRY_VOID(AddLogs(options, builder));
  } else if (documents < paths.size()) {
    return Fail(ErrorCode::kInvalidArgument,
                "logs together with .har or .requests.jsonl files; expected files of one kind");
  } else {
    for (const std::string& path : paths) LC_TRY_VOID(AddDocument(path, builder));
  }
  return builder.Finish();
}

}  // namespace loadcurve::replay
