#include "adapters/mock/control_endpoint.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>

namespace loadcurve::mock {
namespace {

using nlohmann::json;

ControlAnswer Answered(int status, const json& body) {
  return {status, body.dump(2, ' ', false, json::error_handler_t::replace) + "\n"};
}

ControlAnswer Refused(int status, std::string_view why) {
  return Answered(status, {{"error", why}});
}

std::string Decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned code = 0;
    const char* const digits = text.data() + i + 1;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(digits, digits + 2, code, 16).ptr == digits + 2) {
      decoded += static_cast<char>(code);
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

json FaultsOf(const ServiceModel& model, Duration now) {
  json faults = json::array();
  for (std::size_t i = 0; i < model.faults().size(); ++i) {
    const FaultRule& rule = model.plan().faults[i];
    faults.push_back({{"name", rule.name},
                      {"kind", Name(rule.kind)},
                      {"on", model.faults()[i].is_on},
                      {"active", model.IsActive(i, now)},
                      {"hits", model.faults()[i].hits}});
  }
  return {{"uptime_seconds", Seconds(now)}, {"faults", std::move(faults)}};
}

}  // namespace

ControlAnswer AnswerControl(std::string_view method, std::string_view target, Duration now,
                            ServiceModel& model, const std::function<Result<void>()>& reload) {
  constexpr std::string_view kFaults = "/faults/";
  if (target == "/") {
    if (method != "GET") return Refused(405, "expected GET /");
    return Answered(200, FaultsOf(model, now));
  }
  const bool is_on = target.ends_with("/on");
  const bool is_switch = target.starts_with(kFaults) && (is_on || target.ends_with("/off"));
  if (!is_switch && target != "/reload")
    return Refused(404, "expected GET /, POST /reload, or POST /faults/NAME/on or off");
  if (method != "POST") return Refused(405, "expected POST");
  if (!is_switch) {
    if (const auto reloaded = reload(); !reloaded) return Refused(422, reloaded.error().message);
    return Answered(200, FaultsOf(model, now));
  }
  target.remove_prefix(kFaults.size());
  target.remove_suffix(std::min(target.size(), std::string_view(is_on ? "/on" : "/off").size()));
  if (const auto done = model.Switch(Decoded(target), is_on, now); !done)
    return Refused(404, done.error().message);
  return Answered(200, FaultsOf(model, now));
}

}  // namespace loadcurve::mock
