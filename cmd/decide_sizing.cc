#include "cmd/decide_sizing.h"

#include "adapters/http/curl_transport.h"
#include "adapters/prometheus/container_usage_source.h"
#include "base/clock.h"
#include "scaler/right_sizer.h"
#include "scaler/right_sizing.h"
#include "scaler/step_start.h"

namespace loadcurve {

Result<SizingAdvice> AdviceBy(const PrometheusAddress& address, const ScalingProfile& profile,
                              const SizingQuestion& question) {
  const ScalingProfileFields& fields = profile.fields();
  if (fields.metadata.namespace_name.empty())
    return Fail(ErrorCode::kInvalidArgument,
                "metadata.namespace is absent; expected one: by it and spec.targetRef the "
                "Prometheus knows the pods");
  const SystemClock clock;
  http::CurlTransport transport(TransportOptionsOf(address), clock);
  LC_TRY(prometheus::QueryClient client, QueryClientFor(transport, address));
  prometheus::ContainerUsageSource source(std::move(client), {.names = {profile.Workload()}});
  const Duration step = question.load != nullptr ? question.load->step() : fields.forecast.step;
  const Duration window = SizingWindow(step);
  const Duration history = fields.right_sizing.value_or(RightSizingSpec{}).history;
  const TimePoint until = StepStart(question.now, step);
  LC_TRY(const MeasuredUsage usage, source.Read(until - history / window * window, until, window));
  SizingInputs inputs = SizingInputsOf(fields);
  inputs.now = question.now;
  inputs.usage = &usage;
  inputs.window = window;
  inputs.load = question.load;
  inputs.replicas = question.replicas;
  return AdviseSizes(inputs);
}

}  // namespace loadcurve
