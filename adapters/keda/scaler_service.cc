#include "adapters/keda/scaler_service.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

#include "adapters/grpc/grpc_status.h"
#include "adapters/keda/trigger.h"

namespace loadcurve::keda {
namespace {

TriggerText TextOf(const externalscaler::ScaledObjectRef& ref) {
  return {ref.name(), ref.namespace_(), {ref.scalermetadata().begin(), ref.scalermetadata().end()}};
}

// For clients that know whole numbers only; never fewer than meant.
std::int64_t WholeAbove(double value) {
  constexpr auto kMost = static_cast<double>(std::numeric_limits<std::int64_t>::max());
  const double whole = std::ceil(value);
  return whole >= kMost ? std::numeric_limits<std::int64_t>::max()
                        : static_cast<std::int64_t>(whole);
}

grpc::ServerUnaryReactor* Answer(grpc::CallbackServerContext& context, const grpc::Status& status) {
  grpc::ServerUnaryReactor* const reactor = context.DefaultReactor();
  reactor->Finish(status);
  return reactor;
}

// A call that ends at once.
class Refusal final : public grpc::ServerWriteReactor<externalscaler::IsActiveResponse> {
 public:
  explicit Refusal(const grpc::Status& status) { Finish(status); }
  void OnDone() override { delete this; }
};

}  // namespace

ScalerService::ScalerService(ReadMetric read, std::vector<std::string> metrics)
    : read_(std::move(read)),
      metrics_(std::move(metrics)),
      streams_([this](const MetricRequest& request) { return IsWanted(request); }) {}

Result<bool> ScalerService::IsWanted(const MetricRequest& request) const {
  LC_TRY(const double replicas, read_({request.namespace_name, request.profile, metrics_.front()}));
  return replicas > 0;
}

Result<bool> ScalerService::Activity(const Ref& ref) const {
  LC_TRY(const Trigger trigger, TriggerOf(TextOf(ref), metrics_));
  return IsWanted(trigger.request);
}

Result<void> ScalerService::Measure(const externalscaler::GetMetricsRequest& request,
                                    externalscaler::GetMetricsResponse& response) const {
  LC_TRY(const Trigger trigger, TriggerOf(TextOf(request.scaledobjectref()), metrics_));
  const std::string& asked = request.metricname();
  if (!asked.empty() && asked != trigger.request.metric)
    return Fail(ErrorCode::kInvalidArgument, "metricName is '" + asked + "'; expected '" +
                                                 trigger.request.metric +
                                                 "', as the trigger's metadata has it");
  LC_TRY(const double value, read_(trigger.request));
  auto& item = *response.add_metricvalues();
  item.set_metricname(trigger.request.metric);
  item.set_metricvalue(WholeAbove(value));
  item.set_metricvaluefloat(value);
  return {};
}

grpc::ServerUnaryReactor* ScalerService::IsActive(Context* context, const Ref* ref,
                                                  externalscaler::IsActiveResponse* response) {
  const auto activity = Activity(*ref);
  if (!activity) return Answer(*context, rpc::StatusOf(activity.error()));
  response->set_result(*activity);
  return Answer(*context, grpc::Status::OK);
}

grpc::ServerWriteReactor<externalscaler::IsActiveResponse>* ScalerService::StreamIsActive(
    Context* /*context*/, const Ref* ref) {
  auto trigger = TriggerOf(TextOf(*ref), metrics_);
  if (!trigger) return new Refusal(rpc::StatusOf(trigger.error()));
  return streams_.Open(std::move(trigger->request));
}

grpc::ServerUnaryReactor* ScalerService::GetMetricSpec(
    Context* context, const Ref* ref, externalscaler::GetMetricSpecResponse* response) {
  const auto trigger = TriggerOf(TextOf(*ref), metrics_);
  if (!trigger) return Answer(*context, rpc::StatusOf(trigger.error()));
  auto& spec = *response->add_metricspecs();
  spec.set_metricname(trigger->request.metric);
  spec.set_targetsize(WholeAbove(trigger->target));
  spec.set_targetsizefloat(trigger->target);
  return Answer(*context, grpc::Status::OK);
}

grpc::ServerUnaryReactor* ScalerService::GetMetrics(
    Context* context, const externalscaler::GetMetricsRequest* request,
    externalscaler::GetMetricsResponse* response) {
  const auto measured = Measure(*request, *response);
  return Answer(*context, measured ? grpc::Status::OK : rpc::StatusOf(measured.error()));
}

}  // namespace loadcurve::keda
