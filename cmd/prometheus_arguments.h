#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cmd/command_line.h"
#include "cmd/source_factory.h"

namespace loadcurve {

// Which Prometheus is asked, and how it knows us.
class PrometheusArguments {
 public:
  // Adds --prometheus and the options that go with it.
  void AddTo(CLI::App& command);

  // kInvalidArgument: a header that has no name.
  [[nodiscard]] Result<PrometheusAddress> ToAddress() const;

 private:
  void AddIdentityTo(CLI::App& command);

  PrometheusAddress address_;
  std::vector<std::string> headers_;
};

}  // namespace loadcurve
