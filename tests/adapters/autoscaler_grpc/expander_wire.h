#pragma once

#include <map>
#include <string>
#include <vector>

// Requests as Cluster Autoscaler puts them on the wire, written byte by byte: without the .proto
// that reads them.
namespace loadcurve::autoscaler_grpc {

inline std::string Varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7U) bytes += static_cast<char>((value & 0x7FU) | 0x80U);
  return bytes + static_cast<char>(value);
}

// A field of length-delimited bytes: a text, a message or bytes.
inline std::string Field(std::uint64_t number, const std::string& bytes) {
  return Varint(number << 3U | 2U) + Varint(bytes.size()) + bytes;
}

inline std::string NumberField(std::uint64_t number, std::uint64_t value) {
  return Varint(number << 3U) + Varint(value);
}

inline std::string Entry(const std::string& key, const std::string& value) {
  return Field(1, key) + Field(2, value);
}

using Texts = std::map<std::string, std::string>;

// k8s.io.api.core.v1.Node: metadata = 1 {name = 1, labels = 11}, spec = 2, status = 3
// {capacity = 1, allocatable = 2}, with fields that the reader passes over.
inline std::string NodeBytes(const std::string& name, const Texts& labels,
                             const Texts& allocatable) {
  std::string metadata = Field(1, name) + Field(5, "uid-of-" + name);
  for (const auto& [key, value] : labels) metadata += Field(11, Entry(key, value));
  std::string status;
  for (const auto& [key, value] : allocatable) {
    status += Field(1, Entry(key, Field(1, value)));
    status += Field(2, Entry(key, Field(1, value)));
  }
  status += Field(7, Field(1, "machine-id"));
  return Field(1, metadata) + Field(2, Field(3, "provider://" + name)) + Field(3, status);
}

// v1.Pod: metadata = 1, spec = 2 {volumes = 1, containers = 2 {name = 1, resources = 8
// {requests = 2}}}.
inline std::string PodBytes(const std::string& name, const std::string& cpu,
                            const std::string& memory) {
  const std::string resources =
      Field(2, Entry("cpu", Field(1, cpu))) + Field(2, Entry("memory", Field(1, memory)));
  const std::string container = Field(1, "main") + Field(2, "image") + Field(8, resources);
  return Field(1, Field(1, name) + Field(3, "shop")) +
         Field(2, Field(1, Field(1, "volume")) + Field(2, container) + NumberField(4, 30));
}

enum class Dialect {
  kInline,  // up to 1.33
  kBoth,    // 1.34
  kBytes,   // 1.35 and newer
};

struct WireOption {
  std::string group;
  std::uint64_t nodes = 1;
  std::vector<std::string> pods;
  std::string node;
};

inline std::string RequestBytes(const std::vector<WireOption>& options, Dialect dialect) {
  const bool is_inline = dialect != Dialect::kBytes;
  const bool is_bytes = dialect != Dialect::kInline;
  std::string request;
  for (const WireOption& option : options) {
    std::string bytes = Field(1, option.group) + NumberField(2, option.nodes) + Field(3, "debug");
    for (const std::string& pod : option.pods) {
      if (is_inline) bytes += Field(4, pod);
      if (is_bytes) bytes += Field(5, pod);
    }
    request += Field(1, bytes);
  }
  for (const WireOption& option : options) {
    if (is_inline) request += Field(2, Entry(option.group, option.node));
    if (is_bytes) request += Field(3, Entry(option.group, option.node));
  }
  return request;
}

}  // namespace loadcurve::autoscaler_grpc
