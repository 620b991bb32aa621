#include "adapters/pool_codec/pool_text.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "adapters/profile_codec/pool_text.h"
#include "base/time_text.h"

namespace loadcurve::pool_codec {
namespace {

using capacity::CapacityOffer;
using capacity::HeldNodes;
using capacity::NodeResources;
using profile_codec::Fields;

constexpr std::int64_t kUsualPods = 110;  // of a node, where nothing is said

NodeResources Minus(const NodeResources& from, const NodeResources& taken) {
  return {from.cpu - taken.cpu, from.memory - taken.memory, from.pods - taken.pods};
}

void ReadPrice(Fields& fields, UsdPerHour& price) {
  fields.Require("price", "more than 0 USD an hour");
  double amount = 0;
  fields.Number("price", amount);
  if (fields.Has("price") && !(amount > 0)) fields.Refuse("price", "more than 0 USD an hour");
  price = UsdPerHour(amount);
}

void ReadCount(Fields& fields, const std::string& name, std::int64_t& value) {
  fields.Whole(name, value, "a whole number >= 0");
  if (value < 0) fields.Refuse(name, "a whole number >= 0");
}

void ReadNumberFrom(Fields& fields, const std::string& name, double& value, bool may_be_zero) {
  fields.Number(name, value);
  if (may_be_zero ? value < 0 : !(value > 0))
    fields.Refuse(name, may_be_zero ? "a number >= 0" : "a number above 0");
}

// A machine cut into equal shapes: so many as both its cores and its memory allow.
void Cut(Fields& fields, const NodeResources& machine, const PoolDefaults& defaults,
         CapacityOffer& offer) {
  NodeResources shape{.cpu = machine.cpu, .memory = machine.memory, .pods = kUsualPods};
  fields.Object("cut", [&](Fields& cut) { profile_codec::ReadResources(cut, shape); });
  double pieces = std::floor(machine.cpu / shape.cpu + 1e-9);
  if (shape.memory > Bytes(0))
    pieces = std::min(pieces, std::floor(static_cast<double>(machine.memory.value()) /
                                         static_cast<double>(shape.memory.value())));
  if (!(pieces >= 1 && pieces <= 10'000))
    return fields.Refuse("cut", "a shape that fits at least once into the machine");
  offer.pieces = static_cast<std::int64_t>(pieces);
  offer.allocatable = Minus(Minus(shape, defaults.reserve), defaults.daemons);
  offer.vcpu = shape.cpu;
}

void ReadRoom(Fields& fields, const PoolDefaults& defaults, CapacityOffer& offer) {
  if (fields.Has("machine") == fields.Has("allocatable")) {
    constexpr auto kExpected =
        "one of machine (what the instance type has) and allocatable (what a node says)";
    fields.Has("machine") ? fields.Refuse("machine", kExpected)
                          : fields.Require("allocatable", kExpected);
    return;
  }
  NodeResources room{.pods = kUsualPods};
  const std::string name = fields.Has("machine") ? "machine" : "allocatable";
  fields.Object(name, [&](Fields& resources) {
    resources.Require("cpu", "cores, as 8 or 7910m");
    resources.Require("memory", "an amount, as 16Gi");
    profile_codec::ReadResources(resources, room);
  });
  if (name == "machine" && fields.Has("cut")) {
    Cut(fields, room, defaults, offer);
  } else if (name == "machine") {
    offer.vcpu = room.cpu;
    offer.allocatable = Minus(Minus(room, defaults.reserve), defaults.daemons);
  } else {
    offer.allocatable = Minus(room, defaults.daemons);
  }
  const NodeResources& left = offer.allocatable;
  if (!(left.cpu > CpuCores(0)) || left.memory < Bytes(0) || left.pods <= 0)
    fields.Refuse(name, "more than the system and the daemon sets take");
}

// Of machines in the file, of nodes in the offer.
void CountPieces(CapacityOffer& offer, HeldNodes& held) {
  offer.price = offer.price / static_cast<double>(offer.pieces);
  offer.most_nodes *= offer.pieces;
  held.nodes *= offer.pieces;
  held.unsettled *= offer.pieces;
}

void ReadLabels(Fields& fields, CapacityOffer& offer) {
  fields.Object("labels", [&](Fields& labels) {
    labels.EachField([&](const std::string& key) { labels.Text(key, offer.labels[key]); });
  });
  fields.Texts("taints", offer.taints);
}

}  // namespace

void ReadPriceAge(Fields& fields, const PoolDefaults& defaults, TimePoint& priced_at) {
  fields.Time("pricedAt", priced_at);
  const std::string at_most = ToString(defaults.most_price_age);
  if (priced_at == TimePoint())
    return fields.Require("pricedAt", "when the prices were seen, as 2026-10-10T13:55:36Z");
  if (defaults.now - priced_at <= defaults.most_price_age) return;
  const auto age = std::chrono::floor<std::chrono::minutes>(defaults.now - priced_at);
  if (fields.Has("pricedAt"))
    fields.Refuse("pricedAt", "a price of the last " + at_most + " (mostPriceAge); it is " +
                                  ToString(age) + " old");
}

void ReadPool(Fields& fields, const PoolDefaults& defaults, std::vector<CapacityOffer>& offers,
              std::vector<HeldNodes>& held) {
  CapacityOffer offer;
  HeldNodes nodes;
  fields.Require("name", "a name of its own");
  fields.Text("name", offer.pool);
  if (std::ranges::find(offers, offer.pool, &CapacityOffer::pool) != offers.end())
    fields.Refuse("name", "a name of its own");
  fields.Text("region", offer.region);
  fields.Require("zone", "the zone of its nodes");
  fields.Text("zone", offer.zone);
  fields.Text("type", offer.instance_type);
  offer.family = offer.instance_type.substr(0, offer.instance_type.find('.'));
  fields.Text("family", offer.family);
  fields.Require("class", "reserved, on-demand or spot");
  profile_codec::ReadClass(fields, offer.capacity_class);
  ReadPrice(fields, offer.price);
  offer.priced_at = defaults.priced_at;
  ReadPriceAge(fields, defaults, offer.priced_at);
  ReadRoom(fields, defaults, offer);
  offer.boot = std::chrono::seconds(90);
  fields.Span("boot", offer.boot);
  offer.most_nodes = 1000;
  ReadCount(fields, "most", offer.most_nodes);
  ReadNumberFrom(fields, "lossesPerHour", offer.losses_per_hour, true);
  ReadNumberFrom(fields, "speed", offer.speed, false);
  ReadLabels(fields, offer);
  ReadCount(fields, "held", nodes.nodes);
  ReadCount(fields, "unsettled", nodes.unsettled);
  nodes.pool = offer.pool;
  CountPieces(offer, nodes);
  offers.push_back(std::move(offer));
  if (nodes.nodes > 0) held.push_back(std::move(nodes));
}

}  // namespace loadcurve::pool_codec
