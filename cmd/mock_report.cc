#include "cmd/mock_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "cmd/latency_report.h"

namespace loadcurve {
namespace {

using mock::Outcome;
using mock::RouteTally;
using nlohmann::json;

std::uint64_t Of(const RouteTally& tally, Outcome outcome) {
  return tally.outcomes[static_cast<std::size_t>(outcome)];
}

std::uint64_t Answered(const RouteTally& tally) {
  return Of(tally, Outcome::kAnswer) + Of(tally, Outcome::kCut);
}

std::uint64_t Ended(const RouteTally& tally) {
  return Answered(tally) + Of(tally, Outcome::kReset) + Of(tally, Outcome::kHang);
}

std::uint64_t ServerErrors(const RouteTally& tally) {
  std::uint64_t errors = 0;
  for (const auto& [status, count] : tally.statuses) errors += status >= 500 ? count : 0;
  return errors;
}

json ToJson(const RouteTally& tally) {
  json object = {{"requests", tally.requests},
                 {"answered", Answered(tally)},
                 {"cut", Of(tally, Outcome::kCut)},
                 {"reset", Of(tally, Outcome::kReset)},
                 {"hung", Of(tally, Outcome::kHang)},
                 {"under_way", tally.requests - Ended(tally)},
                 {"overflows", tally.overflows},
                 {"left", tally.left},
                 {"body_bytes", tally.body_bytes},
                 {"statuses", json::object()},
                 {"wished_seconds", LatencyToJson(tally.wished)},
                 {"queued_seconds", LatencyToJson(tally.queued)},
                 {"given_seconds", LatencyToJson(tally.given)},
                 {"error_seconds", LatencyToJson(tally.error)}};
  for (const auto& [status, count] : tally.statuses)
    object["statuses"][std::to_string(status)] = count;
  return object;
}

std::vector<std::string> Row(const std::string& name, const RouteTally& tally) {
  return {name,
          std::to_string(tally.requests),
          std::to_string(ServerErrors(tally)),
          std::to_string(Of(tally, Outcome::kReset) + Of(tally, Outcome::kHang) +
                         Of(tally, Outcome::kCut)),
          Milliseconds(tally.wished, 0.5),
          Milliseconds(tally.given, 0.5),
          Milliseconds(tally.wished, 0.99),
          Milliseconds(tally.given, 0.99),
          Milliseconds(tally.error, 0.99)};
}

}  // namespace

Table MockReport::RouteTable() const {
  Table table{{"route", "requests", "5xx", "broken", "wished_p50_ms", "given_p50_ms",
               "wished_p99_ms", "given_p99_ms", "error_p99_ms"},
              {}};
  for (const auto& [name, tally] : server_.tally()) table.rows.push_back(Row(name, tally));
  table.rows.push_back(Row("(all)", Total(server_.tally())));
  return table;
}

json MockReport::ToJson() const {
  json object = {{"seconds", Seconds(server_.uptime())},
                 {"most_connections", server_.most_connections()},
                 {"refused_connections", server_.refused_connections()},
                 {"total", loadcurve::ToJson(Total(server_.tally()))},
                 {"routes", json::array()},
                 {"faults", json::array()}};
  for (const auto& [name, tally] : server_.tally()) {
    json route = loadcurve::ToJson(tally);
    route["route"] = name;
    object["routes"].push_back(std::move(route));
  }
  const mock::ServiceModel& model = server_.model();
  for (std::size_t i = 0; i < model.faults().size(); ++i) {
    const mock::FaultRule& rule = model.plan().faults[i];
    object["faults"].push_back({{"name", rule.name},
                                {"kind", mock::Name(rule.kind)},
                                {"on", model.faults()[i].is_on},
                                {"hits", model.faults()[i].hits}});
  }
  return object;
}

std::string MockReport::Render(OutputFormat format) const {
  if (format == OutputFormat::kCsv) return ToCsv(RouteTable());
  if (format == OutputFormat::kJson)
    return ToJson().dump(2, ' ', false, json::error_handler_t::replace) + "\n";
  const RouteTally total = Total(server_.tally());
  const double seconds = Seconds(server_.uptime());
  return ToText(RouteTable()) +
         fmt::format(
             "\n{} requests in {:.1f} s ({:.1f}/s) over at most {} connections at once\n"
             "later than wished: p50 {} ms, p99 {} ms, at most {} ms\n",
             total.requests, seconds,
             seconds > 0 ? static_cast<double>(total.requests) / seconds : 0,
             server_.most_connections(), Milliseconds(total.error, 0.5),
             Milliseconds(total.error, 0.99), Milliseconds(total.error, 1));
}

}  // namespace loadcurve
