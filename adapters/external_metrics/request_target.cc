#include "adapters/external_metrics/request_target.h"

#include <algorithm>
#include <optional>

#include "adapters/http/percent_code.h"

namespace loadcurve::external_metrics {
namespace {

// Calls `take` with each part of `text` between two marks; false as soon as it is.
template <class Take>
bool ForEachPart(std::string_view text, char mark, const Take& take) {
  while (!text.empty()) {
    const std::size_t at = text.find(mark);
    const std::string_view part = text.substr(0, at);
    text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
    if (!take(part)) return false;
  }
  return true;
}

}  // namespace

Result<RequestTarget> RequestTarget::Parse(std::string_view target) {
  const auto bad = [&] {
    return Fail(ErrorCode::kInvalidArgument,
                "request target '" + std::string(target) +
                    "'; expected a path that begins with '/' and correct percent-encoding");
  };
  if (!target.starts_with('/')) return bad();
  RequestTarget parsed;
  const std::size_t mark = target.find('?');
  std::string_view path = target.substr(0, mark);
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  parsed.path_ = path;
  const bool is_path = ForEachPart(path.substr(1), '/', [&](std::string_view part) {
    std::optional<std::string> segment = http::PercentDecoded(part, http::PlusSign::kItself);
    if (segment) parsed.segments_.push_back(std::move(*segment));
    return segment.has_value();
  });
  if (!is_path) return bad();
  if (mark == std::string_view::npos) return parsed;

  const bool is_query = ForEachPart(target.substr(mark + 1), '&', [&](std::string_view part) {
    const std::size_t equals = part.find('=');
    const std::string_view raw =
        equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1);
    std::optional<std::string> name =
        http::PercentDecoded(part.substr(0, equals), http::PlusSign::kSpace);
    std::optional<std::string> value = http::PercentDecoded(raw, http::PlusSign::kSpace);
    if (!name || !value) return false;
    parsed.query_.emplace_back(std::move(*name), std::move(*value));
    return true;
  });
  if (!is_query) return bad();
  return parsed;
}

std::string_view RequestTarget::Parameter(std::string_view name) const {
  for (const auto& [other, value] : query_) {
    if (other == name) return value;
  }
  return {};
}

std::vector<std::string_view> RequestTarget::Parameters(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& [other, value] : query_) {
    if (other == name) values.push_back(value);
  }
  return values;
}

bool RequestTarget::Has(std::string_view name) const {
  return std::any_of(query_.begin(), query_.end(),
                     [&](const auto& parameter) { return parameter.first == name; });
}

bool RequestTarget::IsSet(std::string_view name) const {
  const std::string_view value = Parameter(name);
  return value == "true" || value == "1";
}

}  // namespace loadcurve::external_metrics
