#include "adapters/profile_codec/pool_text.h"

#include "adapters/profile_codec/document_text.h"
#include "adapters/profile_codec/quantity_text.h"

namespace loadcurve::profile_codec {
namespace {

using capacity::CapacityClass;

// Of a pool that does not say: the default of kubelets, and what machines take.
constexpr std::int64_t kUsualPods = 110;
constexpr Duration kPoolBoot = std::chrono::seconds(90);
constexpr std::int64_t kUsualMost = 1000;
constexpr auto kCores = "cores, as 8, 0.5 or 250m";
constexpr auto kAmount = "an amount, as 512Mi or 16Gi";
constexpr auto kPods = "a whole number >= 0";

void ReadAllocatable(Fields& fields, capacity::NodeResources& node) {
  fields.Require("cpu", kCores);
  fields.Require("memory", kAmount);
  node.pods = kUsualPods;
  ReadResources(fields, node);
}

}  // namespace

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

void ReadResources(Fields& fields, capacity::NodeResources& resources) {
  std::string text;
  fields.Text("cpu", text);
  if (const auto cores = CoresIn(text))
    resources.cpu = *cores;
  else if (fields.Has("cpu"))
    fields.Refuse("cpu", kCores);
  text.clear();
  fields.Text("memory", text);
  if (const auto memory = MemoryIn(text))
    resources.memory = *memory;
  else if (fields.Has("memory"))
    fields.Refuse("memory", kAmount);
  fields.Whole("pods", resources.pods, kPods);
  if (resources.pods < 0) fields.Refuse("pods", kPods);
}

void ReadPool(Fields& fields, capacity::CapacityOffer& pool) {
  fields.Require("name", "a name that no other pool has");
  fields.Text("name", pool.pool);
  fields.Text("region", pool.region);
  fields.Text("zone", pool.zone);
  fields.Text("type", pool.instance_type);
  pool.family = pool.instance_type.substr(0, pool.instance_type.find('.'));
  fields.Text("family", pool.family);
  ReadClass(fields, pool.capacity_class);
  fields.Require("allocatable", "what a node has for pods: cpu and memory");
  fields.Object("allocatable", [&](Fields& from) { ReadAllocatable(from, pool.allocatable); });
  fields.Require("price", "what a node costs an hour");
  double price = 0;
  fields.Number("price", price);
  pool.price = UsdPerHour(price);
  pool.boot = kPoolBoot;
  fields.Span("boot", pool.boot);
  pool.most_nodes = kUsualMost;
  // All of them are paid for, and a static NodePool holds as many.
  if (pool.capacity_class == CapacityClass::kReserved)
    fields.Require("most", "how many nodes the subscription is for");
  fields.Whole("most", pool.most_nodes, "a whole number >= 0");
  fields.Number("lossesPerHour", pool.losses_per_hour);
  fields.Number("speed", pool.speed);
  ReadTexts(fields, "labels", pool.labels);
  fields.Texts("taints", pool.taints);
}

}  // namespace loadcurve::profile_codec
