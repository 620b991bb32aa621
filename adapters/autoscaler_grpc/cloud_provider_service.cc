#include "adapters/autoscaler_grpc/cloud_provider_service.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "adapters/autoscaler_grpc/kube_blob.h"
#include "adapters/autoscaler_grpc/node_template.h"
#include "adapters/autoscaler_grpc/pool_of_node.h"
#include "adapters/grpc/grpc_status.h"
#include "scaler/capacity/headroom_share.h"

namespace loadcurve::autoscaler_grpc {
namespace {

using capacity::CapacityOffer;
using capacity::GroupInstance;
using capacity::NodeState;
using capacity::Shortfall;

// Cluster Autoscaler's classes of errors of an instance.
constexpr int kOutOfResources = 1;
constexpr int kOtherError = 99;

std::string IdWithin(const std::string& provider_id) {
  return provider_id.substr(provider_id.rfind('/') + 1);
}

int Fitting(std::int64_t count) {
  return static_cast<int>(std::min<std::int64_t>(count, std::numeric_limits<int>::max()));
}

grpc::Status Answer(const Result<void>& done) {
  return done ? grpc::Status::OK : rpc::StatusOf(done.error());
}

void Fill(const CapacityOffer& pool, external::NodeGroup& group) {
  group.set_id(pool.pool);
  group.set_minsize(0);
  group.set_maxsize(Fitting(pool.most_nodes));
  group.set_debug(pool.pool + ": " + pool.instance_type + " in " + pool.zone + ", " +
                  std::string(Name(pool.capacity_class)));
}

external::InstanceStatus::InstanceState StateOf(NodeState state) {
  switch (state) {
    case NodeState::kBooting:
      return external::InstanceStatus::instanceCreating;
    case NodeState::kReady:
      return external::InstanceStatus::instanceRunning;
    case NodeState::kInterrupted:
    case NodeState::kLeaving:
      return external::InstanceStatus::instanceDeleting;
  }
  return external::InstanceStatus::unspecified;
}

// "InsufficientCapacity: the pool has no more now" is a code and a message.
void Fill(const GroupInstance& instance, external::InstanceErrorInfo& error) {
  const std::string code = instance.why_missing.substr(0, instance.why_missing.find(':'));
  const bool is_word = !code.empty() && code.find(' ') == std::string::npos;
  error.set_errorcode(is_word ? code : "NotToBeHad");
  error.set_errormessage(instance.why_missing);
  const bool is_short =
      instance.shortfall == Shortfall::kStock || instance.shortfall == Shortfall::kQuota;
  error.set_instanceerrorclass(is_short ? kOutOfResources : kOtherError);
}

// Hours from the one to the other, of whichever dialect; never below 0.
template <class Request>
double HoursOf(const Request& request) {
  const bool is_new = request.has_starttimestamp() || request.has_endtimestamp();
  const auto& start = is_new ? request.starttimestamp() : request.starttime();
  const auto& end = is_new ? request.endtimestamp() : request.endtime();
  const double seconds = static_cast<double>(end.seconds() - start.seconds()) +
                         1e-9 * static_cast<double>(end.nanos() - start.nanos());
  return std::max(seconds, 0.0) / 3600;
}

const CapacityOffer* PoolNamed(const std::vector<CapacityOffer>& pools, const std::string& name) {
  const auto pool = std::ranges::find(pools, name, &CapacityOffer::pool);
  return pool == pools.end() ? nullptr : &*pool;
}

// Also of a node that is not there yet: a template has labels alone.
const CapacityOffer* PoolOfNode(const capacity::NodeGroups& groups,
                                const external::ExternalGrpcNode& node) {
  if (const CapacityOffer* pool = groups.GroupOfNode(IdWithin(node.providerid()))) return pool;
  NodeBlob blob;
  blob.labels.insert(node.labels().begin(), node.labels().end());
  const auto named = blob.labels.find(std::string(kPoolLabel));
  return PoolOf(groups.pools(), named == blob.labels.end() ? "" : named->second, blob);
}

}  // namespace

std::string ProviderIdOf(std::string_view scheme, const CapacityOffer& pool, std::string_view id) {
  return std::string(scheme) + ":///" + pool.zone + "/" + std::string(id);
}

// ---- the provider

grpc::Status CloudProviderService::NodeGroups(Context*, const external::NodeGroupsRequest*,
                                              external::NodeGroupsResponse* response) {
  turns_.With([&](const auto& groups) {
    for (const CapacityOffer& pool : groups.pools()) Fill(pool, *response->add_nodegroups());
  });
  return grpc::Status::OK;
}

grpc::Status CloudProviderService::NodeGroupForNode(
    Context*, const external::NodeGroupForNodeRequest* request,
    external::NodeGroupForNodeResponse* response) {
  const std::string& provider_id = request->node().providerid();
  turns_.With([&](const auto& groups) {
    auto& group = *response->mutable_nodegroup();
    const CapacityOffer* pool = groups.GroupOfNode(IdWithin(provider_id));
    if (pool != nullptr && ProviderIdOf(scheme_, *pool, IdWithin(provider_id)) == provider_id)
      Fill(*pool, group);
  });
  return grpc::Status::OK;
}

grpc::Status CloudProviderService::PricingNodePrice(
    Context*, const external::PricingNodePriceRequest* request,
    external::PricingNodePriceResponse* response) {
  return turns_.With([&](const auto& groups) {
    const CapacityOffer* pool = PoolOfNode(groups, request->node());
    if (pool == nullptr)
      return grpc::Status(grpc::StatusCode::NOT_FOUND,
                          "node '" + request->node().name() + "' is of no pool with a price");
    response->set_price(pool->price.value() * HoursOf(*request));
    return grpc::Status::OK;
  });
}

grpc::Status CloudProviderService::PricingPodPrice(Context*,
                                                   const external::PricingPodPriceRequest* request,
                                                   external::PricingPodPriceResponse* response) {
  const auto pod = ReadPod(request->pod_bytes().empty() ? request->pod() : request->pod_bytes());
  if (!pod) return {grpc::StatusCode::INVALID_ARGUMENT, "the pod is no v1.Pod"};
  return turns_.With([&](const auto& groups) {
    const auto hour = capacity::ReplicaHourOn(groups.pools(), *pod);
    if (!hour)
      return grpc::Status(grpc::StatusCode::NOT_FOUND, "the pod fits on a node of no pool");
    response->set_price(hour->value() * HoursOf(*request));
    return grpc::Status::OK;
  });
}

grpc::Status CloudProviderService::GPULabel(Context*, const external::GPULabelRequest*,
                                            external::GPULabelResponse* response) {
  response->set_label("loadcurve.dev/gpu");
  return grpc::Status::OK;
}

grpc::Status CloudProviderService::GetAvailableGPUTypes(
    Context*, const external::GetAvailableGPUTypesRequest*,
    external::GetAvailableGPUTypesResponse*) {
  return grpc::Status::OK;
}

grpc::Status CloudProviderService::Cleanup(Context*, const external::CleanupRequest*,
                                           external::CleanupResponse*) {
  return grpc::Status::OK;
}

grpc::Status CloudProviderService::Refresh(Context*, const external::RefreshRequest*,
                                           external::RefreshResponse*) {
  turns_.AskAndWait();
  return Answer(turns_.With([&](const auto& groups) { return groups.IsCurrent(turns_.Now()); }));
}

// ---- a group

grpc::Status CloudProviderService::NodeGroupTargetSize(
    Context*, const external::NodeGroupTargetSizeRequest* request,
    external::NodeGroupTargetSizeResponse* response) {
  const auto target =
      turns_.With([&](const auto& groups) { return groups.TargetOf(request->id()); });
  if (!target) return rpc::StatusOf(target.error());
  response->set_targetsize(Fitting(*target));
  return grpc::Status::OK;
}

grpc::Status CloudProviderService::NodeGroupIncreaseSize(
    Context*, const external::NodeGroupIncreaseSizeRequest* request,
    external::NodeGroupIncreaseSizeResponse*) {
  const auto raised =
      turns_.With([&](auto& groups) { return groups.Increase(request->id(), request->delta()); });
  if (raised) turns_.Ask();
  return Answer(raised);
}

grpc::Status CloudProviderService::NodeGroupDeleteNodes(
    Context*, const external::NodeGroupDeleteNodesRequest* request,
    external::NodeGroupDeleteNodesResponse*) {
  std::vector<std::string> ids;
  for (const auto& node : request->nodes()) ids.push_back(IdWithin(node.providerid()));
  const auto lowered = turns_.With([&](auto& groups) { return groups.Delete(request->id(), ids); });
  if (!lowered) return rpc::StatusOf(lowered.error());
  turns_.AskAndWait();
  return Answer(
      turns_.With([&](const auto& groups) { return groups.Deleted(request->id(), ids); }));
}

grpc::Status CloudProviderService::NodeGroupDecreaseTargetSize(
    Context*, const external::NodeGroupDecreaseTargetSizeRequest* request,
    external::NodeGroupDecreaseTargetSizeResponse*) {
  return Answer(
      turns_.With([&](auto& groups) { return groups.Decrease(request->id(), request->delta()); }));
}

grpc::Status CloudProviderService::NodeGroupNodes(Context*,
                                                  const external::NodeGroupNodesRequest* request,
                                                  external::NodeGroupNodesResponse* response) {
  return turns_.With([&](const auto& groups) {
    const auto instances = groups.InstancesOf(request->id());
    if (!instances) return rpc::StatusOf(instances.error());
    const CapacityOffer& pool = *PoolNamed(groups.pools(), request->id());
    for (const GroupInstance& each : *instances) {
      auto& instance = *response->add_instances();
      instance.set_id(ProviderIdOf(scheme_, pool, each.id));
      instance.mutable_status()->set_instancestate(StateOf(each.state));
      if (each.shortfall != Shortfall::kNone)
        Fill(each, *instance.mutable_status()->mutable_errorinfo());
    }
    return grpc::Status::OK;
  });
}

grpc::Status CloudProviderService::NodeGroupTemplateNodeInfo(
    Context*, const external::NodeGroupTemplateNodeInfoRequest* request,
    external::NodeGroupTemplateNodeInfoResponse* response) {
  return turns_.With([&](const auto& groups) {
    const CapacityOffer* pool = PoolNamed(groups.pools(), request->id());
    if (pool == nullptr)
      return grpc::Status(grpc::StatusCode::NOT_FOUND,
                          "there is no node group '" + request->id() + "'");
    const std::string node = NodeTemplate(*pool);
    response->set_nodeinfo(node);
    response->set_nodebytes(node);
    return grpc::Status::OK;
  });
}

}  // namespace loadcurve::autoscaler_grpc
