#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/mock/mock_plan.h"
#include "adapters/profile_codec/yaml_fields.h"

// The kinds of value that a plan has, each read from one field. What is wrong is refused in the
// field's own reading and leaves the value as it is.
namespace loadcurve::mock {

// The regular expression of "GET /item/{id}": {...} is one part of a path, "*" at its end all the
// rest, and as the method any; a query may follow. Nothing where it is no such text.
std::optional<std::string> ExpressionOf(std::string_view route);

struct WholeRange {
  std::int64_t least = 0;
  std::int64_t most = 0;
};

template <class Whole>
void ReadWhole(profile_codec::Fields& fields, const std::string& name, WholeRange range,
               Whole& value) {
  const std::string expected =
      "a whole number from " + std::to_string(range.least) + " to " + std::to_string(range.most);
  auto whole = static_cast<std::int64_t>(value);
  fields.Whole(name, whole, expected);
  if (whole < range.least || whole > range.most) return fields.Refuse(name, expected);
  value = static_cast<Whole>(whole);
}

// A number from 0 to 1.
void ReadShare(profile_codec::Fields& fields, const std::string& name, double& share);

// A duration longer than 0.
void ReadPositive(profile_codec::Fields& fields, const std::string& name, Duration& value);

// "20ms", or {constant: 20ms}, {uniform: {from, to}}, {lognormal: {median, p99}} or
// {percentiles: {p50: 20ms, ...}}; in microseconds.
void ReadLatency(profile_codec::Fields& fields, const std::string& name, Distribution& value);

// The same in bytes.
void ReadSize(profile_codec::Fields& fields, const std::string& name,
              std::optional<Distribution>& value);

// 200, or {200: 0.98, 404: 0.02}, of which the shares add up to 1.
void ReadStatuses(profile_codec::Fields& fields, const std::string& name,
                  std::vector<StatusShare>& statuses);

// A mapping of texts; not the headers that the mock writes itself.
void ReadHeaders(profile_codec::Fields& fields, const std::string& name, http::Headers& headers);

}  // namespace loadcurve::mock
