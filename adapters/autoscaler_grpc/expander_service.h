#pragma once

#include <grpcpp/support/server_callback.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "adapters/autoscaler_grpc/expander.grpc.pb.h"
#include "scaler/capacity/capacity_offer.h"
#include "scaler/capacity/expansion_choice.h"

namespace loadcurve::autoscaler_grpc {

// What was asked and answered, for who keeps a log.
struct ExpanderAnswer {
  std::vector<std::string> kept{};  // empty: a veto
  bool has_opinion = false;         // false: no price was known, and all were kept
  std::vector<capacity::ExpansionJudgement> judgements{};
};

// Answers Cluster Autoscaler. Thread-safe.
class ExpanderService final : public grpcplugin::Expander::CallbackService {
 public:
  using OnAnswer = std::function<void(const ExpanderAnswer&)>;

  // `on_answer` hears of each answer, on the threads of the server.
  ExpanderService(std::vector<capacity::CapacityOffer> pools, OnAnswer on_answer);

  // From the next question on.
  void UsePools(std::vector<capacity::CapacityOffer> pools);

  // The work itself. An option that cannot be read is INVALID_ARGUMENT, upon which Cluster
  // Autoscaler goes on as if there were no expander: a mistake is never a veto.
  grpc::Status Choose(const grpcplugin::BestOptionsRequest& request,
                      grpcplugin::BestOptionsResponse& response) const;

 private:
  grpc::ServerUnaryReactor* BestOptions(grpc::CallbackServerContext* context,
                                        const grpcplugin::BestOptionsRequest* request,
                                        grpcplugin::BestOptionsResponse* response) override;

  using Pools = std::shared_ptr<const std::vector<capacity::CapacityOffer>>;
  Pools pools() const;

  mutable std::mutex mutex_;
  Pools pools_;
  const OnAnswer on_answer_;
};

}  // namespace loadcurve::autoscaler_grpc
