// How a ScalingProfile is written. By hand and not by the YAML library's emitter: names
// from logs must be quoted so that every YAML reader sees text, and numbers must read back
// to the last digit.

#include <fmt/format.h>

#include <cstdint>

#include "adapters/profile_codec/objective_text.h"
#include "adapters/profile_codec/profile_codec.h"
#include "base/time_text.h"
#include "metrics/container_resources.h"

namespace loadcurve::profile_codec {
namespace {

// True where every YAML reader takes the plain text for text: no number, no true, no null,
// no sign of the language.
bool IsPlain(std::string_view text) {
  if (text.empty() || text.size() > 120) return false;
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (!is_letter(text.front())) return false;
  for (const char c : text) {
    if (!is_letter(c) && !(c >= '0' && c <= '9') && c != '-' && c != '_' && c != '.' && c != '/')
      return false;
  }
  std::string lower;
  for (const char c : text) lower += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  for (const std::string_view word : {"true", "false", "yes", "no", "on", "off", "null", "y", "n"})
    if (lower == word) return false;
  return true;
}

// Code points that YAML readers fold, drop or refuse, and those that people cannot see.
bool MustEscape(std::uint32_t point) {
  return point < 0x20 || (point >= 0x7F && point < 0xA0) || point == 0x2028 || point == 0x2029 ||
         point == 0xFEFF || (point & 0xFFFEU) == 0xFFFE;
}

// The code point at `at`, which is moved behind it. `text` is valid UTF-8.
std::uint32_t NextPoint(std::string_view text, std::size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at++]);
  if (lead < 0x80) return lead;
  const int following = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
  std::uint32_t point = lead & (0x3FU >> following);
  for (int k = 0; k < following; ++k)
    point = point << 6U | (static_cast<unsigned char>(text[at++]) & 0x3FU);
  return point;
}

std::string Text(std::string_view text) {
  if (IsPlain(text)) return std::string(text);
  std::string quoted = "\"";
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t start = at;
    const std::uint32_t point = NextPoint(text, at);
    if (point == '"' || point == '\\') {
      quoted += '\\';
      quoted += static_cast<char>(point);
    } else if (!MustEscape(point)) {
      quoted += text.substr(start, at - start);
    } else if (point > 0xFFFF) {
      quoted += fmt::format("\\U{:08x}", point);
    } else {
      quoted += fmt::format("\\u{:04x}", point);
    }
  }
  return quoted + "\"";
}

std::string Text(double number) {
  return fmt::format("{}", number);
}
std::string Text(std::int64_t number) {
  return std::to_string(number);
}

// Seconds in as many decimals as the microseconds need.
std::string SecondsText(Duration duration) {
  const std::int64_t us = duration.count();
  std::string text = fmt::format("{}{}.{:06}", us < 0 ? "-" : "", std::abs(us) / 1'000'000,
                                 std::abs(us) % 1'000'000);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

// Lines of "key: value", two spaces deeper in each mapping.
class Lines {
 public:
  void Put(std::string_view key, const std::string& value) {
    text_ += fmt::format("{:{}}{}: {}\n", "", depth_ * 2, key, value);
  }
  void Put(std::string_view key, double value) { Put(key, Text(value)); }
  void Put(std::string_view key, const std::optional<double>& value) {
    if (value) Put(key, *value);
  }
  void PutText(std::string_view key, std::string_view value) { Put(key, Text(value)); }

  // What `fill` puts stands under `key`; where it puts nothing, so does this.
  template <class Fill>
  void PutObject(std::string_view key, Fill fill) {
    const std::size_t before = text_.size();
    text_ += fmt::format("{:{}}{}:\n", "", depth_ * 2, key);
    const std::size_t header_end = text_.size();
    ++depth_;
    fill();
    --depth_;
    if (text_.size() == header_end) text_.resize(before);
  }

  // An element of a list: "- first", and what `fill` puts below it.
  template <class Fill>
  void PutElement(const std::string& first, Fill fill) {
    text_ += fmt::format("{:{}}- {}\n", "", depth_ * 2, first);
    ++depth_;
    fill();
    --depth_;
  }

  std::string Take() { return std::move(text_); }

 private:
  std::string text_;
  int depth_ = 0;
};

void PutTexts(Lines& lines, std::string_view key, const std::map<std::string, std::string>& texts) {
  lines.PutObject(key, [&] {
    for (const auto& [name, value] : texts) lines.PutText(Text(name), value);
  });
}

void PutMetadata(Lines& lines, const ProfileName& metadata) {
  lines.PutObject("metadata", [&] {
    lines.PutText("name", metadata.name);
    if (!metadata.namespace_name.empty()) lines.PutText("namespace", metadata.namespace_name);
    PutTexts(lines, "labels", metadata.labels);
    PutTexts(lines, "annotations", metadata.annotations);
  });
}

std::string KnotText(const WeightKnot& knot) {
  std::string text = "{";
  if (knot.upper != Duration::max())
    text += fmt::format("upperSeconds: {}, ", SecondsText(knot.upper));
  text += fmt::format("weight: {}", knot.weight);
  if (knot.low != knot.weight) text += fmt::format(", low: {}", knot.low);
  if (knot.high != knot.weight) text += fmt::format(", high: {}", knot.high);
  return text + "}";
}

void PutCurves(Lines& lines, const RequestWeights& weights) {
  lines.PutObject("curves", [&] {
    for (const WeightCurve& curve : weights.curves()) {
      lines.PutElement("route: " + Text(curve.route), [&] {
        lines.PutObject("knots", [&] {
          for (const WeightKnot& knot : curve.knots) lines.PutElement(KnotText(knot), [] {});
        });
      });
    }
  });
}

void PutWeights(Lines& lines, const RequestWeights& weights) {
  lines.PutObject("weights", [&] {
    lines.PutText("kind", Name(weights.kind()));
    lines.PutText("version", weights.version());
    if (weights.kind() == WeightsKind::kOccupancy)
      lines.Put("referenceSeconds", SecondsText(weights.reference_duration().value()));
    if (weights.kind() == WeightsKind::kFitted)
      lines.Put("referenceCpuSeconds", weights.reference_cpu().value().value());
    if (weights.kind() == WeightsKind::kFitted || weights.kind() == WeightsKind::kTable)
      PutCurves(lines, weights);
  });
}

void PutCapacity(Lines& lines, const ReplicaCapacity& capacity) {
  lines.PutObject("perReplica", [&] {
    lines.Put("metricsqps", capacity.load.value());
    lines.Put("low", capacity.low.value());
    lines.Put("high", capacity.high.value());
    lines.PutText("binding", Name(capacity.binding));
    lines.PutText("weightsVersion", capacity.weights_version);
    lines.Put("targetShare", capacity.target_share.value());
    if (capacity.slots) lines.Put("slots", capacity.slots->value());
    if (!capacity.memory) return;
    lines.PutObject("memory", [&] {
      lines.PutText("limit", MemoryText(capacity.memory->limit));
      if (capacity.memory->idle > Bytes(0))
        lines.PutText("idle", MemoryText(capacity.memory->idle));
    });
  });
}

void PutQueue(Lines& lines, const QueueSource& queue) {
  lines.PutObject("queue", [&] {
    lines.PutText("backlog", queue.backlog);
    if (!queue.arrival_rate.empty()) lines.PutText("arrivalRate", queue.arrival_rate);
    if (!queue.service_rate.empty()) lines.PutText("serviceRate", queue.service_rate);
    lines.Put("drainTime", ToString(queue.drain_time));
  });
}

void PutPrometheus(Lines& lines, const PrometheusSource& source) {
  const PrometheusSource defaults;
  const auto put = [&](std::string_view key, const std::string& text, const std::string& usual) {
    if (text != usual) lines.PutText(key, text);
  };
  lines.PutObject("prometheus", [&] {
    put("preset", source.preset, "");
    put("object", source.object, "");
    put("histogram", source.histogram, "");
    put("unit", source.unit, defaults.unit);
    if (source.is_native) lines.Put("native", "true");
    PutTexts(lines, "matchers", source.matchers);
    lines.PutObject("routeLabels", [&] {
      for (const std::string& label : source.route_labels) lines.PutElement(Text(label), [] {});
    });
    put("statusLabel", source.status_label, "");
    put("podLabel", source.pod_label, defaults.pod_label);
    put("inFlight", source.in_flight, "");
    put("rate", source.rate, "");
    put("meanSeconds", source.mean_seconds, "");
    if (source.queue) PutQueue(lines, *source.queue);
    put("load", source.load, "");
  });
}

void PutOnline(Lines& lines, const CalibrationSpec& calibration) {
  const CalibrationSpec usual;
  lines.PutObject("calibration", [&] {
    if (calibration.is_online) lines.PutText("mode", "online");
    if (calibration.every != usual.every) lines.Put("every", ToString(calibration.every));
    if (calibration.history != usual.history) lines.Put("history", ToString(calibration.history));
  });
}

void PutMode(Lines& lines, const char* name, LearningMode mode) {
  if (mode == LearningMode::kManual) return;
  lines.PutObject(name, [&] { lines.PutText("mode", std::string(Name(mode))); });
}

void PutLoad(Lines& lines, const LoadSpec& load) {
  lines.PutObject("load", [&] {
    lines.PutObject("source", [&] {
      lines.PutText("kind", load.source.kind);
      if (!load.source.workload.empty()) lines.PutText("workload", load.source.workload);
      if (!load.source.duration.empty()) lines.PutText("duration", load.source.duration);
      if (load.source.prometheus) PutPrometheus(lines, *load.source.prometheus);
    });
    if (load.weights) PutWeights(lines, *load.weights);
    if (load.per_replica) PutCapacity(lines, *load.per_replica);
    lines.PutObject("speeds", [&] {
      for (const auto& [family, speed] : load.speeds) lines.Put(Text(family), speed);
    });
    PutMode(lines, "speedLearning", load.speed_learning);
    PutOnline(lines, load.calibration);
    PutMode(lines, "capacity", load.capacity_mode);
  });
}

void PutObjective(Lines& lines, const ScalingProfileFields& profile) {
  const Objective& objective = profile.objective;
  lines.Put("targetUtilization", objective.target_utilization.value());
  lines.Put("quantile", objective.quantile);
  if (objective.violations) lines.PutText("violations", PercentText(*objective.violations));
  if (objective.prices) {
    lines.Put("replicaHour", objective.prices->replica_hour);
    lines.Put("shortageMinute", objective.prices->shortage_minute);
  } else if (profile.budget) {
    lines.Put("replicaHour", profile.budget->replica_hour);
  }
  if (objective.latency) {
    lines.Put("latencyTarget", ToString(objective.latency->within));
    lines.Put("latencyQuantile", objective.latency->quantile);
  }
  if (!objective.survive) return;
  if (objective.survive->zones == 0) {
    lines.PutText("survive", Text(objective.survive->pods.value()) + " pods");
    return;
  }
  lines.PutText("survive", "zone");
  lines.Put("zones", Text(std::int64_t{objective.survive->zones}));
}

void PutStepLimits(Lines& lines, const StepLimits& limits) {
  if (limits.max_step) lines.Put("maxStep", Text(limits.max_step->value()));
  if (limits.max_share) lines.Put("maxShare", limits.max_share->value());
}

void PutWindow(Lines& lines, const PolicyWindow& window) {
  if (!window.recurrence) {
    lines.Put("from", "\"" + ToRfc3339(window.once.from) + "\"");
    lines.Put("until", "\"" + ToRfc3339(window.once.until) + "\"");
    return;
  }
  lines.PutText("start", window.recurrence->start.text());
  lines.PutText("timeZone", window.recurrence->zone.name());
  lines.Put("duration", ToString(window.recurrence->duration));
}

void PutStatedPolicy(Lines& lines, const ScalingProfileFields& profile) {
  lines.PutObject("schedules", [&] {
    for (const Schedule& schedule : profile.schedules)
      lines.PutElement("name: " + Text(schedule.window.name), [&] {
        PutWindow(lines, schedule.window);
        if (schedule.min) lines.Put("minReplicas", Text(schedule.min->value()));
        if (schedule.max) lines.Put("maxReplicas", Text(schedule.max->value()));
      });
  });
  lines.PutObject("freezes", [&] {
    for (const Freeze& freeze : profile.freezes)
      lines.PutElement("name: " + Text(freeze.window.name), [&] {
        PutWindow(lines, freeze.window);
        lines.PutText("kind", freeze.kind == FreezeKind::kAll ? "All" : "Shrink");
      });
  });
  if (!profile.budget) return;
  lines.PutObject("budget", [&] {
    lines.Put("perHour", profile.budget->per_hour);
    lines.Put("perMonth", profile.budget->per_month);
    if (profile.budget->is_hard) lines.Put("hard", "true");
  });
}

void PutPolicy(Lines& lines, const ScalingProfileFields& profile) {
  lines.PutObject("startup", [&] { lines.Put("p95", ToString(profile.startup)); });
  lines.PutObject("objective", [&] { PutObjective(lines, profile); });
  lines.PutObject("bounds", [&] {
    lines.Put("minReplicas", Text(profile.bounds.min.value()));
    lines.Put("maxReplicas", Text(profile.bounds.max.value()));
  });
  lines.PutObject("forecast", [&] {
    lines.Put("step", ToString(profile.forecast.step));
    if (profile.forecast.horizon) lines.Put("horizon", ToString(*profile.forecast.horizon));
    if (profile.forecast.season) lines.Put("season", ToString(*profile.forecast.season));
  });
  lines.PutObject("behavior", [&] {
    lines.PutObject("scaleUp", [&] { PutStepLimits(lines, profile.behavior.scale_up); });
    lines.PutObject("scaleDown", [&] {
      PutStepLimits(lines, profile.behavior.scale_down);
      lines.Put("window", ToString(profile.behavior.scale_down_window));
      if (profile.behavior.observation > Duration(0))
        lines.Put("observation", ToString(profile.behavior.observation));
    });
    lines.Put("changeCost", ToString(profile.behavior.change_cost));
  });
  PutStatedPolicy(lines, profile);
  if (profile.right_sizing)
    lines.PutObject("rightSizing", [&] {
      lines.Put("history", ToString(profile.right_sizing->history));
      if (!profile.right_sizing->prices) return;
      lines.Put("cpuHour", profile.right_sizing->prices->cpu_hour);
      lines.Put("gibHour", profile.right_sizing->prices->gib_hour);
    });
  if (profile.rollout == RolloutSpec{}) return;
  lines.PutObject("rollout", [&] {
    const auto& stage = profile.rollout.stage;
    lines.Put("stage", std::string(stage ? Name(*stage) : "Auto"));
    lines.Put("window", ToString(profile.rollout.window));
  });
}

void PutFit(Lines& lines, const MetricFit& fit) {
  lines.Put("r2", fit.r2);
  lines.Put("r2Error", fit.r2_error);
  lines.Put("correlation", fit.correlation);
  lines.Put("correlationError", fit.correlation_error);
}

void PutCalibration(Lines& lines, const CalibrationStatus& status) {
  lines.PutObject("calibration", [&] {
    lines.Put("time", "\"" + ToRfc3339(status.calibrated_at) + "\"");
    lines.PutText("verdict", status.verdict);
    lines.Put("lagSeconds", SecondsText(status.lag));
    lines.Put("idleCores", status.idle_cores.value());
    lines.Put("conditionNumber", status.condition_number);
    lines.PutObject("windows", [&] {
      lines.Put("used", Text(status.windows_used));
      lines.PutObject("excluded", [&] {
        for (const auto& [reason, count] : status.windows_excluded)
          lines.Put(Text(reason), Text(count));
      });
    });
    lines.PutObject("outOfSample", [&] {
      for (const auto& [metric, fit] : status.out_of_sample)
        lines.PutObject(Text(metric), [&, &judged = fit] { PutFit(lines, judged); });
    });
  });
}

std::string WriteProfile(const ScalingProfileFields& profile) {
  Lines lines;
  lines.Put("apiVersion", "loadcurve.dev/v1alpha1");
  lines.Put("kind", "ScalingProfile");
  PutMetadata(lines, profile.metadata);
  lines.PutObject("spec", [&] {
    lines.PutObject("targetRef", [&] {
      lines.PutText("apiVersion", profile.target.api_version);
      lines.PutText("kind", profile.target.kind);
      lines.PutText("name", profile.target.name);
    });
    PutLoad(lines, profile.load);
    PutPolicy(lines, profile);
    if (profile.manages_hpa) lines.Put("managedHPA", "true");
  });
  if (profile.calibration)
    lines.PutObject("status", [&] { PutCalibration(lines, *profile.calibration); });
  return lines.Take();
}

}  // namespace

std::string WriteProfiles(std::span<const ScalingProfile> profiles) {
  std::string text;
  for (const ScalingProfile& profile : profiles) {
    if (!text.empty()) text += "---\n";
    text += WriteProfile(profile.fields());
  }
  return text;
}

}  // namespace loadcurve::profile_codec
