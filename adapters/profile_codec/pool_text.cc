#include "adapters/profile_codec/pool_text.h"

#include <cmath>

#include "adapters/profile_codec/document_text.h"

namespace loadcurve::profile_codec {
namespace {

using capacity::CapacityClass;

constexpr double kGib = 1024.0 * 1024.0 * 1024.0;
constexpr double kMostGib = 1e6;
// Of a pool that states none: the default of kubelets.
constexpr std::int64_t kUsualPods = 110;
constexpr std::int64_t kAnyNumber = 1'000'000;

void ReadClass(Fields& fields, CapacityClass& capacity_class) {
  std::string text(Name(capacity_class));
  fields.Text("class", text);
  for (const auto known :
       {CapacityClass::kReserved, CapacityClass::kOnDemand, CapacityClass::kSpot}) {
    if (Name(known) != text) continue;
    capacity_class = known;
    return;
  }
  fields.Refuse("class", "reserved, on-demand or spot");
}

void ReadSize(Fields& fields, capacity::NodeResources& node) {
  fields.Require("cpu", "the cores that a node has for pods");
  double cores = 0;
  fields.Number("cpu", cores);
  node.cpu = CpuCores(cores);
  fields.Require("memoryGib", "the memory that a node has for pods");
  double gib = 0;
  fields.Number("memoryGib", gib);
  if (std::abs(gib) > kMostGib) fields.Refuse("memoryGib", "a number of GiB, up to 1000000");
  else node.memory = Bytes(std::llround(gib * kGib));
  node.pods = kUsualPods;
  fields.Whole("pods", node.pods, "a whole number > 0");
}

}  // namespace

void ReadPool(Fields& fields, capacity::CapacityOffer& pool) {
  fields.Require("name", "a name that no other pool has");
  fields.Text("name", pool.pool);
  fields.Text("region", pool.region);
  fields.Text("zone", pool.zone);
  fields.Text("instanceType", pool.instance_type);
  fields.Text("family", pool.family);
  ReadClass(fields, pool.capacity_class);
  ReadSize(fields, pool.allocatable);
  fields.Require("pricePerHour", "what a node costs an hour");
  double price = 0;
  fields.Number("pricePerHour", price);
  pool.price = UsdPerHour(price);
  fields.Require("boot", "how long a node takes from its order until it is ready, as 90s");
  fields.Span("boot", pool.boot);
  pool.most_nodes = kAnyNumber;
  fields.Whole("mostNodes", pool.most_nodes, "a whole number >= 0");
  fields.Number("lossesPerHour", pool.losses_per_hour);
  fields.Number("speed", pool.speed);
  ReadTexts(fields, "labels", pool.labels);
}

}  // namespace loadcurve::profile_codec
