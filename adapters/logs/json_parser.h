#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "adapters/logs/field_map.h"
#include "adapters/logs/line_parser.h"
#include "adapters/logs/workload_name.h"

namespace loadcurve::logs {

// One JSON object a line: Envoy's and Istio's JSON, nginx with escape=json, and what
// applications log. Which keys tell what is a FieldMap's to say; keys of nested objects are
// joined by dots ("req.method").
//
// Values may be numbers or strings. A line with bytes that are no UTF-8, or with raw control
// characters, is read as if they were question marks and spaces; escapes that JSON does not
// know (nginx without escape=json) stay as they are.
class JsonParser final : public LineParser {
 public:
  // `fields` is copied.
  JsonParser(const FieldMap& fields, WantedFields wanted,
             WorkloadSource workload_source = WorkloadSource::kBestKnown);
  ~JsonParser() override;

  BadLine Parse(std::string_view line, LoggedRequest& request) override;
  std::unique_ptr<LineParser> Clone() const override;
  std::string_view FormatName() const override { return "json"; }
  std::string DurationSource() const override;

 private:
  class Keys;
  class Reading;  // keeps the JSON library out of this header

  JsonParser(std::shared_ptr<const Keys> keys, WantedFields wanted, WorkloadSource workload_source);
  static std::shared_ptr<const Keys> WellKnownKeys();
  static std::shared_ptr<const Keys> KeysOf(const FieldMap& fields);

  std::shared_ptr<const Keys> keys_;
  WantedFields wanted_;
  WorkloadSource workload_source_;
  std::unique_ptr<Reading> reading_;
};

}  // namespace loadcurve::logs
