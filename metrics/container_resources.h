#pragma once

#include <optional>
#include <string>

#include "base/units.h"

namespace loadcurve {

// What one container of a replica asks for and may use, all > 0; what is not stated is absent.
struct ContainerResources {
  std::string name{};
  std::optional<CpuCores> cpu_request{};
  std::optional<CpuCores> cpu_limit{};
  std::optional<Bytes> memory_request{};
  std::optional<Bytes> memory_limit{};

  bool operator==(const ContainerResources&) const = default;
};

// As Kubernetes writes them: "250m", "2"; "512Mi", "2Gi", "1234567" where it is no whole Mi.
std::string CpuText(CpuCores cores);
std::string MemoryText(Bytes bytes);

}  // namespace loadcurve
