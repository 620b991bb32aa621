#pragma once

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace loadcurve::kube {

// Reading JSON that others wrote. Nothing here throws: a field that is absent, or of another
// type than asked for, is absent.
using JsonPath = std::initializer_list<std::string_view>;

// Null where there is none.
const nlohmann::json* FieldAt(const nlohmann::json& object, JsonPath path);

std::string TextAt(const nlohmann::json& object, JsonPath path);  // "" where absent
std::optional<std::int64_t> WholeAt(const nlohmann::json& object, JsonPath path);
std::optional<double> NumberAt(const nlohmann::json& object, JsonPath path);

// kUnavailable, since half an answer was read: "WHAT: the answer is no JSON: ...".
[[nodiscard]] Result<nlohmann::json> ParseJson(std::string_view text, std::string_view what);

// One line; bytes that are no UTF-8 are replaced.
std::string TextOf(const nlohmann::json& value);

}  // namespace loadcurve::kube
