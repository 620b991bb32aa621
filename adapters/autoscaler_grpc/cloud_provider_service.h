#pragma once

#include <grpcpp/server_context.h>

#include <string>
#include <string_view>
#include <vector>

#include "adapters/autoscaler_grpc/cloud_provider.grpc.pb.h"
#include "adapters/autoscaler_grpc/node_group_turns.h"
#include "base/result.h"

namespace loadcurve::autoscaler_grpc {

namespace external = clusterautoscaler::cloudprovider::v1::externalgrpc;

// Node.spec.providerID, as cloud controllers write it: "aws:///eu-1a/i-0abc". What stands behind
// the last '/' is the provider's own id, whatever stands before.
std::string ProviderIdOf(std::string_view scheme, const capacity::CapacityOffer& pool,
                         std::string_view id);

// Answers Cluster Autoscaler as its external cloud provider. A group is a pool.
//
// Refresh waits for a turn of the orders, so that what follows is of now; all others answer from
// memory, but for NodeGroupDeleteNodes, which returns when the provider has them back. An increase
// returns once it is taken up: what came of it stands among the nodes after the next Refresh.
// NodeGroupGetOptions is UNIMPLEMENTED: the flags of Cluster Autoscaler hold. Thread-safe.
class CloudProviderService final : public external::CloudProvider::Service {
 public:
  // `turns` outlives it. `scheme` of provider ids, as "aws".
  CloudProviderService(NodeGroupTurns& turns, std::string scheme)
      : turns_(turns), scheme_(std::move(scheme)) {}

  using Context = grpc::ServerContext;

  grpc::Status NodeGroups(Context* context, const external::NodeGroupsRequest* request,
                          external::NodeGroupsResponse* response) override;
  grpc::Status NodeGroupForNode(Context* context, const external::NodeGroupForNodeRequest* request,
                                external::NodeGroupForNodeResponse* response) override;
  // The price of its pool, whose node it is by its id, or by what its labels say.
  grpc::Status PricingNodePrice(Context* context, const external::PricingNodePriceRequest* request,
                                external::PricingNodePriceResponse* response) override;
  // Its share of the node on which it is cheapest.
  grpc::Status PricingPodPrice(Context* context, const external::PricingPodPriceRequest* request,
                               external::PricingPodPriceResponse* response) override;
  grpc::Status GPULabel(Context* context, const external::GPULabelRequest* request,
                        external::GPULabelResponse* response) override;
  grpc::Status GetAvailableGPUTypes(Context* context,
                                    const external::GetAvailableGPUTypesRequest* request,
                                    external::GetAvailableGPUTypesResponse* response) override;
  grpc::Status Cleanup(Context* context, const external::CleanupRequest* request,
                       external::CleanupResponse* response) override;
  grpc::Status Refresh(Context* context, const external::RefreshRequest* request,
                       external::RefreshResponse* response) override;
  grpc::Status NodeGroupTargetSize(Context* context,
                                   const external::NodeGroupTargetSizeRequest* request,
                                   external::NodeGroupTargetSizeResponse* response) override;
  grpc::Status NodeGroupIncreaseSize(Context* context,
                                     const external::NodeGroupIncreaseSizeRequest* request,
                                     external::NodeGroupIncreaseSizeResponse* response) override;
  grpc::Status NodeGroupDeleteNodes(Context* context,
                                    const external::NodeGroupDeleteNodesRequest* request,
                                    external::NodeGroupDeleteNodesResponse* response) override;
  grpc::Status NodeGroupDecreaseTargetSize(
      Context* context, const external::NodeGroupDecreaseTargetSizeRequest* request,
      external::NodeGroupDecreaseTargetSizeResponse* response) override;
  grpc::Status NodeGroupNodes(Context* context, const external::NodeGroupNodesRequest* request,
                              external::NodeGroupNodesResponse* response) override;
  grpc::Status NodeGroupTemplateNodeInfo(
      Context* context, const external::NodeGroupTemplateNodeInfoRequest* request,
      external::NodeGroupTemplateNodeInfoResponse* response) override;

 private:
  NodeGroupTurns& turns_;
  const std::string scheme_;
};

}  // namespace loadcurve::autoscaler_grpc
