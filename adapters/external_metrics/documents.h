#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace loadcurve::external_metrics {

// A document that never changes while the program runs, and its ETag (quoted).
struct ConstantDocument {
  std::string body;
  std::string etag;
};
[[nodiscard]] Result<ConstantDocument> MakeConstant(std::string body);

// RFC 9110, 13.1.2: whether an If-None-Match names that ETag, or is "*".
bool IsNamedBy(std::string_view if_none_match, std::string_view etag);

// What /version tells; "" is allowed.
struct BuildVersion {
  std::string git_version = "v0.0.0";
  std::string git_commit{};
  std::string build_date{};  // RFC 3339
};

// All that discovery and OpenAPI answer: nothing of it depends on the state of the world, or
// the APIService would flap with it.
struct Documents {
  ConstantDocument group_list;            // /apis
  ConstantDocument aggregated_discovery;  // /apis, to those who accept it
  ConstantDocument group;                 // /apis/external.metrics.k8s.io
  ConstantDocument resources;             // /apis/external.metrics.k8s.io/v1beta1
  ConstantDocument version;               // /version
  ConstantDocument openapi_v2;            // /openapi/v2
  ConstantDocument openapi_v3_index;      // /openapi/v3
  ConstantDocument openapi_v3;            // /openapi/v3/apis/external.metrics.k8s.io/v1beta1
  std::string openapi_v3_hash;            // of the last one, as the index names it
};

// `metrics`: the names to list as resources; with none the one entry "externalmetrics" stands
// for all, since clients take an empty list for an error.
[[nodiscard]] Result<Documents> MakeDocuments(const std::vector<std::string>& metrics,
                                              const BuildVersion& version);

// The OpenAPI documents, as JSON.
std::string OpenApiV2(const BuildVersion& version);
std::string OpenApiV3(const BuildVersion& version);

}  // namespace loadcurve::external_metrics
