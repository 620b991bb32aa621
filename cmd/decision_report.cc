#include "cmd/decision_report.h"

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "base/time_text.h"

namespace loadcurve {

nlohmann::ordered_json ToJson(const ReplicaDecision& decision) {
  nlohmann::ordered_json reasons = nlohmann::ordered_json::array();
  for (const DecisionReason& reason : decision.reasons)
    reasons.push_back({{"stage", Name(reason.stage)},
                       {"before", reason.before.value()},
                       {"after", reason.after.value()},
                       {"why", reason.why}});
  return {{"workload", ToString(decision.workload)},
          {"current", decision.current.value()},
          {"desired", decision.desired.value()},
          {"valid_until", ToRfc3339(decision.valid_until)},
          {"reasons", std::move(reasons)}};
}

Table ReasonsTable(const ReplicaDecision& decision) {
  Table table{{"stage", "before", "after", "why"}, {}};
  for (const DecisionReason& reason : decision.reasons)
    table.rows.push_back({std::string(Name(reason.stage)), std::to_string(reason.before.value()),
                          std::to_string(reason.after.value()), reason.why});
  return table;
}

}  // namespace loadcurve
