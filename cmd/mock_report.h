#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "adapters/mock/mock_server.h"
#include "cmd/output.h"

namespace loadcurve {

// What a mock was asked and how it answered.
class MockReport {
 public:
  // `server` has ended and outlives it.
  explicit MockReport(const mock::MockServer& server) : server_(server) {}

  // A table with a line on how well it kept to its plan; as CSV the table alone; as JSON all.
  std::string Render(OutputFormat format) const;

 private:
  nlohmann::json ToJson() const;
  Table RouteTable() const;

  const mock::MockServer& server_;
};

}  // namespace loadcurve
