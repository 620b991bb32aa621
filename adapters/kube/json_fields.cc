#include "adapters/kube/json_fields.h"

#include <nlohmann/json.hpp>

namespace loadcurve::kube {

const nlohmann::json* FieldAt(const nlohmann::json& object, JsonPath path) {
  const nlohmann::json* at = &object;
  for (const std::string_view name : path) {
    if (!at->is_object()) return nullptr;
    const auto found = at->find(name);
    if (found == at->end()) return nullptr;
    at = &*found;
  }
  return at;
}

std::string TextAt(const nlohmann::json& object, JsonPath path) {
  const nlohmann::json* field = FieldAt(object, path);
  return field != nullptr && field->is_string() ? field->get_ref<const std::string&>() : "";
}

std::optional<std::int64_t> WholeAt(const nlohmann::json& object, JsonPath path) {
  const nlohmann::json* field = FieldAt(object, path);
  if (field == nullptr || !field->is_number_integer()) return std::nullopt;
  return field->get<std::int64_t>();
}

std::optional<double> NumberAt(const nlohmann::json& object, JsonPath path) {
  const nlohmann::json* field = FieldAt(object, path);
  if (field == nullptr || !field->is_number()) return std::nullopt;
  return field->get<double>();
}

Result<nlohmann::json> ParseJson(std::string_view text, std::string_view what) {
  nlohmann::json parsed = nlohmann::json::parse(text, nullptr, false);
  if (!parsed.is_discarded()) return parsed;
  constexpr std::size_t kShown = 120;
  return Fail(ErrorCode::kUnavailable, std::string(what) + ": the answer is no JSON: '" +
                                           std::string(text.substr(0, kShown)) +
                                           (text.size() > kShown ? "...'" : "'"));
}

std::string TextOf(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace loadcurve::kube
