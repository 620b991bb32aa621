#include "adapters/autoscaler_grpc/expander_service.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "adapters/autoscaler_grpc/kube_blob.h"
#include "adapters/autoscaler_grpc/pool_of_node.h"

namespace loadcurve::autoscaler_grpc {
namespace {

using capacity::CapacityOffer;

capacity::NodePrice PriceOf(const CapacityOffer& pool) {
  return {.price = pool.price,
          .capacity_class = pool.capacity_class,
          .losses_per_hour = pool.losses_per_hour,
          .speed = pool.speed,
          .is_closed = pool.most_nodes == 0};
}

// The same pods come with every option: each is read once.
class PodReader {
 public:
  std::optional<capacity::NodeResources> Read(const std::string& bytes) {
    const auto [known, is_new] = known_.try_emplace(bytes);
    if (is_new) known->second = ReadPod(bytes);
    return known->second;
  }

 private:
  std::unordered_map<std::string_view, std::optional<capacity::NodeResources>> known_;
};

// The blob of a group: of whichever dialect.
const std::string* NodeOf(const grpcplugin::BestOptionsRequest& request, const std::string& group) {
  for (const auto* nodes : {&request.nodebytesmap(), &request.nodemap()}) {
    const auto found = nodes->find(group);
    if (found != nodes->end()) return &found->second;
  }
  return nullptr;
}

grpc::Status Refused(const std::string& group, const std::string& what) {
  return {grpc::StatusCode::INVALID_ARGUMENT, "node group '" + group + "': " + what};
}

}  // namespace

ExpanderService::ExpanderService(std::vector<CapacityOffer> pools, OnAnswer on_answer)
    : on_answer_(std::move(on_answer)) {
  UsePools(std::move(pools));
}

void ExpanderService::UsePools(std::vector<CapacityOffer> pools) {
  auto next = std::make_shared<const std::vector<CapacityOffer>>(std::move(pools));
  const std::lock_guard lock(mutex_);
  pools_ = std::move(next);
}

ExpanderService::Pools ExpanderService::pools() const {
  const std::lock_guard lock(mutex_);
  return pools_;
}

grpc::Status ExpanderService::Choose(const grpcplugin::BestOptionsRequest& request,
                                     grpcplugin::BestOptionsResponse& response) const {
  std::vector<capacity::ExpansionOption> options;
  std::vector<capacity::NodeResources> nodes;
  PodReader reader;
  const Pools pools = this->pools();
  for (const grpcplugin::Option& asked : request.options()) {
    const std::string& group = asked.nodegroupid();
    const std::string* const blob = NodeOf(request, group);
    const auto node = blob == nullptr ? std::optional(NodeBlob()) : ReadNode(*blob);
    if (!node) return Refused(group, "its node is no v1.Node");
    capacity::ExpansionOption option{.group = group, .nodes = std::max(asked.nodecount(), 1)};
    const auto& blobs = asked.podbytes().empty() ? asked.pod() : asked.podbytes();
    option.pods.reserve(static_cast<std::size_t>(blobs.size()));
    for (const std::string& bytes : blobs) {
      const auto pod = reader.Read(bytes);
      if (!pod) return Refused(group, "one of its pods is no v1.Pod");
      option.pods.push_back(*pod);
    }
    capacity::NodeResources size = node->allocatable;
    if (const CapacityOffer* const pool = PoolOf(*pools, group, *node)) {
      option.price = PriceOf(*pool);
      if (size.cpu.value() <= 0) size = pool->allocatable;
    }
    options.push_back(std::move(option));
    nodes.push_back(size);
  }
  const auto choice = ChooseExpansion(options, nodes);
  ExpanderAnswer answer{.judgements = choice.judgements};
  for (const std::size_t index : choice.kept) {
    const auto& kept = request.options(static_cast<int>(index));
    auto& option = *response.add_options();
    option.set_nodegroupid(kept.nodegroupid());
    option.set_nodecount(kept.nodecount());
    option.set_debug(choice.judgements[index].why);
    answer.kept.push_back(kept.nodegroupid());
  }
  answer.has_opinion =
      std::ranges::any_of(options, [](const auto& each) { return each.price.has_value(); });
  if (on_answer_) on_answer_(answer);
  return grpc::Status::OK;
}

grpc::ServerUnaryReactor* ExpanderService::BestOptions(
    grpc::CallbackServerContext* context, const grpcplugin::BestOptionsRequest* request,
    grpcplugin::BestOptionsResponse* response) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  reactor->Finish(Choose(*request, *response));
  return reactor;
}

}  // namespace loadcurve::autoscaler_grpc
